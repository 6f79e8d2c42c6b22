"""What the outbox holds."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.delivery.priority import Priority
from bot.message import File, Message


class State(StrEnum):
    """Where a message is on its way."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    AMBIGUOUS = "ambiguous"
    """Posted, and nobody knows whether it arrived."""
    DEAD = "dead"


class Kind(StrEnum):
    """What a row is."""

    MESSAGE = "message"
    FILE = "file"
    ANCHOR = "anchor"
    """A message of somebody else, under which ours are put."""


_MOST_BLOCKS = 40
_LONGEST_REPLY = 9_000

UNSENT = (State.PENDING, State.SENDING, State.AMBIGUOUS)


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message is."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class Dead:
    """A message that will not be shown, or not be changed any more, and why."""

    key: str
    channel: str
    error: str


@dataclass(frozen=True, slots=True)
class Loss:
    """A dead row, and the claim that is held until whoever wants to know has heard of it."""

    seq: int
    claim: str
    dead: Dead


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the sender has to know of a row to choose it."""

    seq: int
    key: str
    kind: Kind
    state: State
    channel: str
    thread_key: str | None
    is_shown: bool
    priority: Priority
    orphaned: str | None
    """Why it can have no place in its thread any more."""

    @property
    def lane(self) -> tuple[str, str]:
        """Only one row of a lane is on its way at a time."""
        return self.channel, self.thread_key or (self.key if self.is_shown else "")

    @property
    def doubtful(self) -> bool:
        """It may have been posted already."""
        return not self.is_shown and self.state is not State.PENDING


@dataclass(frozen=True, slots=True)
class Row:
    """A row that the holder of `claim` alone may send."""

    seq: int
    claim: str
    claimed_until: datetime
    key: str
    kind: Kind
    channel: str
    thread_key: str | None
    thread_ts: str | None
    content: Mapping[str, Any]
    blob: bytes | None
    version: int
    sent_hash: str | None
    priority: Priority
    state: State
    attempts: int
    ts: str | None
    attempted_at: datetime | None
    attempted_version: int | None
    doubts: int
    step: int
    wanted_at: datetime

    @property
    def doubtful(self) -> bool:
        """It may have been posted already."""
        return self.ts is None and self.state is not State.PENDING

    @property
    def message(self) -> Message:
        """The message it is to be."""
        blocks, loud = tuple(self.content["blocks"]), bool(self.content.get("broadcast"))
        return Message(self.content["text"], blocks, broadcast=loud)

    @property
    def file(self) -> File:
        """The file it is."""
        return File(
            name=self.content["name"],
            content=self.blob or b"",
            title=self.content["title"],
            snippet_type=self.content["snippet_type"],
        )


def message_content(message: Message) -> dict[str, Any]:
    """A message as the outbox keeps it."""
    content: dict[str, Any] = {"text": message.text, "blocks": list(message.blocks)}
    return {**content, "broadcast": True} if message.broadcast else content


def gathered(content: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any] | None:
    """Two replies in one; None where that would be too long to read."""
    blocks = [*content["blocks"], *more["blocks"]]
    if len(blocks) > _MOST_BLOCKS or len(json.dumps(blocks)) > _LONGEST_REPLY:
        return None
    return {**content, "text": more["text"], "blocks": blocks}


def file_content(file: File, comment: str) -> dict[str, Any]:
    """A file as the outbox keeps it, beside its bytes."""
    return {
        "name": file.name,
        "title": file.title,
        "snippet_type": file.snippet_type,
        "comment": comment,
    }


def fingerprint(content: Mapping[str, Any]) -> str:
    """Equal for equal contents."""
    written = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def stays_key(key: str) -> str:
    """The name of the reply that says of a message that Slack does not let us change it."""
    return f"{key}:stays"


def file_key(owner: str, file: File) -> str:
    """The name of a file that belongs to a message; the same file has the same name."""
    digest = hashlib.sha256(f"{owner}\n{file.name}\n".encode() + file.content).digest()
    short = base64.b32encode(digest[:15]).decode().lower()
    return f"{owner[:160]}/file/{short}"
