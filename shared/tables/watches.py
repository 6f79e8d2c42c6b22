"""Which executions are shown live, where, and what was told of them already."""

from sqlalchemy import Column as C
from sqlalchemy import Index, String, Table, Text, UniqueConstraint

from shared.tables.columns import UtcDateTime, metadata

# `live_key` is set while the watch goes on: a channel shows an execution live once.
watches = Table(
    "watches",
    metadata,
    C("id", String(32), primary_key=True),
    C("execution_id", Text, nullable=False),
    C("workflow", Text, nullable=False),
    C("channel", String(40), nullable=False),
    C("card_key", String(200), nullable=False),
    C("live_key", String(400)),
    C("state", String(20), nullable=False),
    C("mode", String(20), nullable=False),
    C("requested_by", String(40), nullable=False),
    C("created_at", UtcDateTime, nullable=False),
    C("ended_at", UtcDateTime),
    UniqueConstraint("live_key"),
    Index(None, "state"),
    Index(None, "card_key"),
)

told = Table(
    "told",
    metadata,
    C("watch_id", String(32), primary_key=True),
    C("key", String(200), primary_key=True),
    C("at", UtcDateTime, nullable=False),
)
