"""Entries by id, of which the oldest closed ones are forgotten and counted."""

from collections.abc import Callable, Iterator
from typing import Protocol


class Entry(Protocol):
    """Something that events tell about."""

    last_at: int
    """The time of the latest event about it."""

    @property
    def closed(self) -> bool:
        """Whether nothing new is expected."""
        ...

    def release(self) -> None:
        """Give back the room that it takes beyond its own place."""


class Room:
    """How many entries there may be in all places together, and how heavy their documents."""

    __slots__ = ("entries", "weight")

    def __init__(self, entries: int, weight: int) -> None:
        self.entries = entries
        self.weight = weight


class Bounded[V: Entry]:
    """At most so many entries; an event about a forgotten one does not bring it back."""

    __slots__ = ("_forgotten_until", "_items", "_most", "_room", "forgotten")

    def __init__(self, most: int, room: Room) -> None:
        self.forgotten = 0
        self._items: dict[str, V] = {}
        self._most = most
        self._room = room
        self._forgotten_until = -1

    def __iter__(self) -> Iterator[V]:
        return iter(self._items.values())

    def __len__(self) -> int:
        return len(self._items)

    def get(self, key: str) -> V | None:
        """The entry, if it is known and not forgotten."""
        return self._items.get(key)

    def admit(
        self, key: str, timestamp: int, make: Callable[[], V], *, begins: bool = True
    ) -> V | None:
        """The entry, made at need; None for a forgotten one.

        Events come in order, so of what is not known the beginning is news, unless it lies in the
        time that was forgotten.
        """
        entry = self._items.get(key)
        if entry is not None:
            return entry
        if self.forgotten and (not begins or timestamp <= self._forgotten_until):
            return None
        if not self._has_room():
            self._forget(timestamp)
            return None
        entry = self._items[key] = make()
        self._room.entries -= 1
        return entry

    def release(self) -> None:
        """Give back the room of all entries."""
        self._room.entries += len(self._items)
        for entry in self._items.values():
            entry.release()

    def _has_room(self) -> bool:
        if len(self._items) < self._most and self._room.entries > 0:
            return True
        oldest = next((key for key, entry in self._items.items() if entry.closed), None)
        if oldest is None:
            return False
        forgotten = self._items.pop(oldest)
        forgotten.release()
        self._room.entries += 1
        self._forget(forgotten.last_at)
        return True

    def _forget(self, timestamp: int) -> None:
        self.forgotten += 1
        self._forgotten_until = max(self._forgotten_until, timestamp)
