"""Every message and file that a chat is to show; a row is a message, not one sending of it."""

from sqlalchemy import (
    JSON,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy import Column as C

from shared.tables.columns import UtcDateTime, metadata

_CLAIMED = text("claimed_by IS NOT NULL")

# `content` and `version` say what the message should be, `sent_version` and `sent_hash` what is
# shown. `key` is its name among us, `thread_key` the name of the message it replies to; within a
# thread, rows are sent in the order of `seq`. `wanted_at` is when what is not shown yet was first
# put, or was last made more urgent: of equally urgent rows the oldest is sent first. `doubts`
# counts the posts, the first of them at `attempted_at`, of which nobody knows yet whether they
# arrived; `step` is how far the message was made plainer since Slack refused a richer form of it.
# A dead row stays claimed until whoever is to hear of its loss has.
outbox = Table(
    "outbox",
    metadata,
    C("seq", Integer, primary_key=True, autoincrement=True),
    C("key", String(200), nullable=False),
    C("kind", String(20), nullable=False),
    C("channel", String(40), nullable=False),
    C("thread_key", String(200)),
    C("content", JSON, nullable=False),
    C("blob", LargeBinary),
    C("version", Integer, nullable=False),
    C("sent_version", Integer, nullable=False),
    C("sent_hash", String(64)),
    C("priority", Integer, nullable=False),
    C("state", String(20), nullable=False),
    C("attempts", Integer, nullable=False),
    C("not_before", UtcDateTime),
    C("ts", String(40)),
    C("error", Text),
    C("attempted_at", UtcDateTime),
    C("attempted_version", Integer),
    C("doubts", Integer, nullable=False),
    C("step", Integer, nullable=False),
    C("sent_at", UtcDateTime),
    C("claimed_by", String(64)),
    C("claimed_until", UtcDateTime),
    C("created_at", UtcDateTime, nullable=False),
    C("wanted_at", UtcDateTime, nullable=False),
    UniqueConstraint("key"),
    Index(None, "state"),
    Index(None, "channel", "ts"),
    Index(None, "thread_key", "seq"),
    Index(None, "sent_at"),
    Index(None, "claimed_by", sqlite_where=_CLAIMED, postgresql_where=_CLAIMED),
)
