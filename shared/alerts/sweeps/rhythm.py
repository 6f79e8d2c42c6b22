"""How often each part of the sweeps looks, and how much it may look at in one turn."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class SweepRhythm:
    """Periods in seconds, and bounds on the calls of one turn."""

    every: float = 10.0
    """Between two turns: ends of executions are looked for in each."""
    waiting: float = 15.0
    slow: float = 30.0
    retrying: float = 30.0
    schedules: float = 60.0
    longest_wait: float = 600.0
    """Until something that keeps failing, or about which there is no news, is asked again."""

    overlap: timedelta = timedelta(minutes=2)
    """How far behind the newest end another one may still turn up."""
    gap: float = 60.0
    """Nobody looked when the last complete turn is longer ago than this, and than three turns."""
    page: int = 100
    """The page size that is asked for; shorter pages are as good."""
    most_pages: int = 20
    """Of running executions or of schedules, in one turn."""
    most_asked: int = 30
    """Executions asked what they wait for, in one turn."""
    most_looked: int = 20
    """Executions, or schedules, looked at more closely in one turn."""

    running_long: float = 60.0
    """Executions older than this are asked what they wait for, whatever their search keys say."""
    retrying_after: float = 30.0
    """Executions older than this are looked at for steps that fail again and again."""
    attempts: int = 5
    """How often a step has to fail for that; code that failed twice is tried for ever."""
    failures: int = 3
    """How many executions of a schedule have to fail in a row."""
    missed_after: float = 60.0
    """How late a schedule may be."""
    at_once: int = 10
    """Calls at the same time."""
    query_seconds: float = 3.0
    """A query hangs when no worker answers."""

    @property
    def longest_pause(self) -> timedelta:
        """Longer than this between two complete turns, and what happened meanwhile is late."""
        return timedelta(seconds=max(self.gap, 3 * self.every))
