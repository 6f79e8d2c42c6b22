"""What a workspace is made of."""

from dataclasses import dataclass, field
from typing import Any, Literal

type Json = dict[str, Any]
type ChannelKind = Literal["channel", "private", "im"]


@dataclass(slots=True)
class User:
    """A person or the user of an app; `guest` is restricted, `stranger` is from another company."""

    id: str
    name: str
    real_name: str
    email: str = ""
    tz: str = "Europe/Paris"
    guest: bool = False
    stranger: bool = False
    deleted: bool = False
    app_id: str | None = None


@dataclass(slots=True)
class Group:
    """A user group, such as @oncall."""

    id: str
    handle: str
    name: str
    users: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Message:
    """A message; `to` names the only person who sees it, when it is ephemeral."""

    ts: str
    channel: str
    user: str
    text: str = ""
    blocks: list[Json] | None = None
    attachments: list[Json] | None = None
    thread_ts: str | None = None
    metadata: Json | None = None
    app_id: str | None = None
    to: str | None = None
    edited: Json | None = None
    files: list[str] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    subtype: str | None = None
    broadcast: bool = False
    stream: Json | None = None
    """The state of a text stream: recipient, started (seconds), open, chunks."""


@dataclass(slots=True)
class Channel:
    """A conversation; its messages are in the order of their ts, ephemeral ones included."""

    id: str
    name: str
    kind: ChannelKind
    members: set[str] = field(default_factory=set)
    archived: bool = False
    shared: bool = False
    messages: list[Message] = field(default_factory=list)

    def message(self, ts: str) -> Message | None:
        """The message with this ts."""
        return next((each for each in reversed(self.messages) if each.ts == ts), None)


@dataclass(slots=True)
class File:
    """A file; `content` is None until it is uploaded, `shares` are (channel, thread_ts)."""

    id: str
    name: str
    length: int
    user: str
    created: float
    title: str = ""
    snippet_type: str | None = None
    content: bytes | None = None
    completed: bool = False
    shares: list[tuple[str, str | None]] = field(default_factory=list)


@dataclass(slots=True)
class View:
    """An open modal of a person, or their App Home (`type` home)."""

    id: str
    type: Literal["modal", "home"]
    app_id: str
    user: str
    body: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    state: dict[str, dict[str, Json]] = field(default_factory=dict)
    """What a person has filled in: block_id > action_id > Slack's value object."""
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class App:
    """An installed app; the manifest is as its author wrote it."""

    id: str
    name: str
    manifest: Json
    user: str
    bot_id: str
    bot_token: str
    app_token: str
    signing_secret: str
    scopes: set[str] = field(default_factory=set)
    revoked: bool = False
    request_url: str | None = None
    """Where signed HTTP deliveries go when Socket Mode is off."""

    @property
    def settings(self) -> Json:
        """The manifest's settings."""
        found: Json = self.manifest.get("settings") or {}
        return found

    @property
    def features(self) -> Json:
        """The manifest's features."""
        found: Json = self.manifest.get("features") or {}
        return found
