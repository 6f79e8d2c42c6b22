"""What happened since the process began."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

# By what keys of the outbox begin with; others count together.
_FAMILIES = {
    "act": "card",
    "alert": "alert",
    "alerts": "alert",
    "card": "card",
    "question": "question",
    "told": "card",
}
_OTHER = "other"


class Answered(StrEnum):
    """How Slack took a call."""

    OK = "ok"
    LIMITED = "limited"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


@dataclass(slots=True)
class Counters:
    """Plain numbers that only grow."""

    answers: Counter[tuple[str, Answered]] = field(default_factory=Counter)
    """Requests to Slack by method and answer,"""
    shown: Counter[tuple[str, str]] = field(default_factory=Counter)
    """and messages by their family, such as alert, and whether they were posted or changed."""

    calls: int = 0
    """Requests to Slack, repetitions included."""
    posts: int = 0
    updates: int = 0
    files: int = 0
    limited: int = 0
    """Answers of Slack that asked for patience."""
    refused: int = 0
    unreachable: int = 0
    unchanged: int = 0
    """Versions that were not sent because they are what is shown already."""
    ambiguous: int = 0
    """Posts of which nobody knew whether they arrived,"""
    found: int = 0
    """those that turned out to be there, each a duplicate avoided,"""
    possible_duplicates: int = 0
    """and those that were sent again without being able to look."""
    stepped_down: int = 0
    """Messages shown in a plainer form since Slack refused the richer one."""
    dead: int = 0

    def posted(self, key: str) -> None:
        """A message is shown."""
        self.posts += 1
        self.shown[family_of(key), "post"] += 1

    def updated(self, key: str) -> None:
        """A newer version of a message is shown."""
        self.updates += 1
        self.shown[family_of(key), "update"] += 1


def family_of(key: str) -> str:
    """What kind of message has such a key."""
    return _FAMILIES.get(key.partition(":")[0], _OTHER)
