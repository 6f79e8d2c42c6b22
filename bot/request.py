"""What a person asks for, and where they stand while asking."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self


class By(StrEnum):
    """How somebody asked."""

    COMMAND = "command"
    MENTION = "mention"
    DIRECT = "direct"
    BUTTON = "button"
    FORM = "form"
    SHORTCUT = "shortcut"
    HOME = "home"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where somebody asked, and by what means they can be answered.

    `message_ts` is the message that was written, or whose button was pressed; `ephemeral` says that
    only this person sees it. `key` names the delivery: the same one has the same key.
    """

    by: By
    key: str
    user: str
    team: str | None = None
    channel: str | None = None
    thread_ts: str | None = None
    message_ts: str | None = None
    ephemeral: bool = False
    trigger_id: str | None = None
    response_url: str | None = None
    view_id: str | None = None

    @property
    def is_direct(self) -> bool:
        """Whether this is the person's own conversation with the bot."""
        return (self.channel or "").startswith("D")

    @property
    def is_public(self) -> bool:
        """Whether everybody there sees the answer."""
        if self.by in (By.MENTION, By.DIRECT):
            return True
        return self.by in (By.BUTTON, By.FORM) and not self.ephemeral and bool(self.message_ts)

    @property
    def digest(self) -> str:
        """A short name of the delivery, for ids that must not differ when it is taken twice."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:10]

    def kept(self) -> dict[str, Any]:
        """What a form remembers of where it was opened."""
        fields = ("by", "key", "user", "team", "channel", "thread_ts", "message_ts", "ephemeral")
        return {name: getattr(self, name) for name in (*fields, "response_url")}

    @classmethod
    def of(cls, kept: Mapping[str, Any], **changes: Any) -> Self:
        """The origin that a form remembered, with the means of the present."""
        return replace(cls(**{**kept, "by": By(kept["by"])}), **changes)


@dataclass(frozen=True, slots=True)
class Request:
    """An operation or a command of the bot by name; `confirmed` after a person was asked."""

    name: str
    arguments: Mapping[str, Any]
    origin: Origin
    confirmed: bool = False
