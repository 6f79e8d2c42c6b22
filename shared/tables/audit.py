"""The audit trail."""

from sqlalchemy import JSON, Index, Integer, String, Table, Text
from sqlalchemy import Column as C

from shared.tables.columns import UtcDateTime, metadata

audit = Table(
    "audit",
    metadata,
    C("id", String(64), primary_key=True),
    C("started_at", UtcDateTime, nullable=False),
    C("finished_at", UtcDateTime),
    C("duration_ms", Integer),
    C("actor_kind", String(40), nullable=False),
    C("actor_id", Text, nullable=False),
    C("actor_name", Text, nullable=False),
    C("place", Text, nullable=False),
    C("operation", String(100), nullable=False),
    C("effect", String(20), nullable=False),
    C("arguments", JSON, nullable=False),
    C("targets", JSON, nullable=False),
    C("outcome", String(20), nullable=False),
    C("error", Text),
    Index(None, "started_at"),
)
