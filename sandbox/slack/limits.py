"""Slack's rate limits: a tier per app and method, and the pace of posts in one channel."""

import math
from collections import deque
from enum import Enum

from sandbox.slack.clock import Clock
from sandbox.slack.refusals import RateLimited

POST_BURST = 5
"""So many posts may follow one another in a channel before one a second holds."""


class Tier(Enum):
    """How many calls in how many seconds."""

    # One a minute in the mean, yet an app may open all of its ten sockets when it starts.
    T1 = (10, 600)
    T2 = (20, 60)
    T3 = (50, 60)
    T4 = (100, 60)
    SPECIAL = (300, 60)


class Limits:
    """What an app has used lately; refused calls cost nothing."""

    def __init__(self, clock: Clock | None = None, enabled: bool = True) -> None:
        self.clock = clock or Clock()
        self.enabled = enabled
        self._calls: dict[tuple[str, str], deque[float]] = {}
        self._free: dict[tuple[str, str], float] = {}

    def call(self, app_id: str, method: str, tier: Tier) -> None:
        """Count a call; raises `RateLimited`."""
        if not self.enabled:
            return
        calls, seconds = tier.value
        now = self.clock.now()
        recent = self._calls.setdefault((app_id, method), deque())
        while recent and recent[0] <= now - seconds:
            recent.popleft()
        if len(recent) >= calls:
            raise RateLimited(_whole(recent[0] + seconds - now))
        recent.append(now)

    def post(self, app_id: str, channel_id: str) -> None:
        """Count a post in a channel; raises `RateLimited`."""
        if not self.enabled:
            return
        now = self.clock.now()
        free = max(self._free.get((app_id, channel_id), 0), now)
        if (wait := free - now - (POST_BURST - 1)) > 0:
            raise RateLimited(_whole(wait))
        self._free[app_id, channel_id] = free + 1

    def forget(self) -> None:
        """Begin anew, as after a quiet minute."""
        self._calls.clear()
        self._free.clear()


def _whole(seconds: float) -> int:
    return max(math.ceil(seconds), 1)
