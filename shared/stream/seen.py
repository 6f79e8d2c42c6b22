"""Remembers what was delivered, in little memory however long a stream gets."""

from collections import deque
from collections.abc import Hashable

from shared.events import Frame

_WINDOW = 2_000


class Recent:
    """The last keys that were added."""

    def __init__(self, size: int = _WINDOW) -> None:
        self._size = size
        self._order: deque[Hashable] = deque()
        self._keys: set[Hashable] = set()

    def add(self, key: Hashable) -> bool:
        """Whether the key is new."""
        if key in self._keys:
            return False
        self._keys.add(key)
        self._order.append(key)
        if len(self._order) > self._size:
            self._keys.discard(self._order.popleft())
        return True


class SeenFrames:
    """Tells new frames from repeated ones by their event id, and old ones by their position.

    A server that ignores where to resume repeats more than the ids that are remembered. Then a
    frame is old when both its sequence and its time lie before everything that is remembered.
    """

    def __init__(self, size: int = _WINDOW) -> None:
        self._size = size
        self._order: deque[tuple[str, int, int]] = deque()
        self._ids: set[str] = set()

    def is_new(self, frame: Frame, *, reopened: bool) -> bool:
        """Whether the frame was not delivered before; `reopened` after the first connection."""
        event = frame.data
        event_id, sequence = event.event_id, frame.broker_sequence or 0
        if event_id in self._ids or (reopened and self._is_past(sequence, event.event_timestamp)):
            return False
        self._ids.add(event_id)
        self._order.append((event_id, sequence, event.event_timestamp))
        if len(self._order) > self._size:
            self._ids.discard(self._order.popleft()[0])
        return True

    def _is_past(self, sequence: int, timestamp: int) -> bool:
        if len(self._order) < self._size:
            return False
        _, oldest_sequence, oldest_timestamp = self._order[0]
        return sequence < oldest_sequence and timestamp <= oldest_timestamp
