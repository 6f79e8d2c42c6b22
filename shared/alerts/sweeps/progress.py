"""How far the ends of runs were read: a cursor that no run can be lost behind."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

# A time that the clocks of two machines do not differ by.
_ABSURD = timedelta(days=1)


class Progress:
    """The cursor is the greatest end seen, by the server's own clock.

    It moves page by page only where the pages prove to be in order; otherwise everything has to be
    read before it moves, and it moves back when the order breaks.
    """

    def __init__(self, cursor: datetime, *, unsorted: bool, now: datetime) -> None:
        self.cursor = cursor
        self.unsorted = unsorted
        self.moved = False
        self._start = cursor
        self._newest = cursor
        self._last: datetime | None = None
        self._proven = False
        self._limit = now + _ABSURD

    def take(self, ends: Sequence[datetime], *, last: bool) -> None:
        """A page was read."""
        before = (self.cursor, self.unsorted)
        self._check(ends)
        self._newest = max([self._newest, *(end for end in ends if end < self._limit)])
        trusted = self._proven and not self.unsorted
        self.cursor = self._newest if last or trusted else self._start
        self.moved = before != (self.cursor, self.unsorted)

    def _check(self, ends: Sequence[datetime]) -> None:
        if not ends:
            return
        row = ends if self._last is None else (self._last, *ends)
        if any(later < earlier for earlier, later in pairwise(row)):
            self.unsorted = True
        self._proven = self._proven or row[0] != row[-1]
        self._last = ends[-1]
