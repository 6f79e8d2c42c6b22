"""When something is asked again: soon after news, ever more rarely without."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

_GROWTH = 1.5


@dataclass(frozen=True, slots=True)
class _Paced:
    due: datetime
    wait: float


class Pacing:
    """Remembered by this process alone: another one that takes over asks about all anew."""

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._known: dict[str, _Paced] = {}

    def due(self, keys: Iterable[str], now: datetime) -> list[str]:
        """Those whose time has come, the longest overdue first; nobody waits for ever."""
        ready = [key for key in dict.fromkeys(keys) if self._at(key, now) <= now]
        return sorted(ready, key=lambda key: self._at(key, datetime.min.replace(tzinfo=now.tzinfo)))

    def soon(self, key: str, now: datetime, wait: float) -> None:
        """There was news: ask again after so many seconds."""
        self._known[key] = _Paced(now + timedelta(seconds=wait), wait)

    def later(self, key: str, now: datetime, first: float, longest: float | None = None) -> None:
        """There was no news: wait longer than the last time."""
        known = self._known.get(key)
        grown = known.wait * _GROWTH if known else first
        self.soon(key, now, min(grown, longest or self._longest, self._longest))

    def keep(self, keys: Collection[str]) -> None:
        """Forget all others."""
        self._known = {key: paced for key, paced in self._known.items() if key in keys}

    def _at(self, key: str, unknown: datetime) -> datetime:
        known = self._known.get(key)
        return known.due if known else unknown
