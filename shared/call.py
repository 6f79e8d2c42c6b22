"""One call of an operation as policy and audit see it: who asks, from where, for what."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Effect(StrEnum):
    """What an operation may do to the world; READ < WRITE < DESTRUCTIVE."""

    READ = "read"
    WRITE = "write"
    DESTRUCTIVE = "destructive"

    @property
    def rank(self) -> int:
        """The place in the order, from 0."""
        return list(type(self)).index(self)

    def __lt__(self, other: str) -> bool:
        return self.rank < Effect(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Effect(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Effect(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Effect(other).rank


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: `kind` is local, mcp or slack; `id` is stable, `name` is for people."""

    kind: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A validated request; `targets` are the ids it names, `place` is where it was asked."""

    id: str
    operation: str
    effect: Effect
    actor: Actor
    place: str
    arguments: Mapping[str, Any]
    targets: tuple[str, ...]
