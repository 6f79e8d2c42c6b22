"""How patiently a stream is followed."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from shared.timers import loop_time


@dataclass(frozen=True, slots=True)
class Pace:
    """Times in seconds, sizes in bytes; the clock, the sleep and the dice can be replaced."""

    poll: float = 5.0
    """Between two looks at the execution beside its stream."""
    hurry: float = 0.05
    """Before the second look after a terminal event; each further wait is twice as long."""
    doubt: float = 1.0
    """How long a terminal event is believed while the execution itself is open."""
    settle: float = 0.2
    """How long an ended execution's stream must be quiet when it has told of the end,"""
    grace: float = 2.0
    """and when it has not,"""
    late: float = 5.0
    """and when it has not although a worker brought about the end, which reports what it does;"""
    log_grace: float = 6.0
    """its log stream must be quiet for longer, since workers send their logs in batches."""
    successor: float = 60.0
    """How long an execution may say CONTINUED_AS_NEW before that counts as its end."""
    opening: float = 10.0
    """How long the end waits for a stream that is being opened."""
    silence: float = 60.0
    """Without a single byte, not even a heartbeat, before the stream is opened again."""
    steady: float = 10.0
    """A connection that lived this long counts as a success, whatever it brought."""
    first_wait: float = 0.5
    longest_wait: float = 30.0
    longest_asked_wait: float = 120.0
    """The longest wait that a server can ask for."""
    attempts: int = 8
    """Failures in a row before following is given up."""
    largest_event: int = 4 * 1024 * 1024
    buffer: int = 64
    """Items that wait for a slow reader; beyond them the connection is not read."""
    now: Callable[[], float] = loop_time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    dice: Callable[[], float] = random.random

    def backoff(self, failures: int) -> float:
        """The jittered wait after so many failures in a row."""
        grown = min(self.longest_wait, self.first_wait * 2.0 ** min(max(failures - 1, 0), 30))
        return grown * (0.5 + self.dice() / 2)

    def asked(self, wait: float) -> float:
        """A wait that a server asked for, bounded and jittered upwards."""
        return min(wait, self.longest_asked_wait) + self.first_wait * self.dice()

    def next_poll(self) -> float:
        """The wait before the next look; cards that began together drift apart."""
        return self.poll * (0.8 + 0.4 * self.dice())


AT_EASE = Pace()
