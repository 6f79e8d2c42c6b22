"""Entries by id, of which the oldest closed ones are forgotten and counted."""

from collections.abc import Callable, Iterator
from typing import Protocol


class Entry(Protocol):
    """Something that events tell about."""

    @property
    def last_at(self) -> int:
        """The time of the latest event about it."""
        ...

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

    __slots__ = ("_forgotten_until", "_most", "_room", "forgotten", "known")

    def __init__(self, most: int, room: Room) -> None:
        self.forgotten = 0
        self.known: dict[str, V] = {}
        self._most = most
        self._room = room
        self._forgotten_until = -1

    def __iter__(self) -> Iterator[V]:
        return iter(self.known.values())

    def __len__(self) -> int:
        return len(self.known)

    def admit(
        self, key: str, timestamp: int, make: Callable[[], V], *, begins: bool = True
    ) -> V | None:
        """A new entry for what is not known; None when it was, and is forgotten.

        Events come in order, so only what begins is new, unless it began in the forgotten time.
        """
        if self.forgotten and (not begins or timestamp <= self._forgotten_until):
            return None
        if not self._has_room():
            self._forget(timestamp)
            return None
        entry = self.known[key] = make()
        self._room.entries -= 1
        return entry

    def release(self) -> None:
        """Give back the room of all entries."""
        self._room.entries += len(self.known)
        for entry in self.known.values():
            entry.release()

    def _has_room(self) -> bool:
        if len(self.known) < self._most and self._room.entries > 0:
            return True
        for key, entry in self.known.items():
            if entry.closed:
                del self.known[key]
                entry.release()
                self._room.entries += 1
                self._forget(entry.last_at)
                return True
        return False

    def _forget(self, timestamp: int) -> None:
        self.forgotten += 1
        if timestamp > self._forgotten_until:
            self._forgotten_until = timestamp
