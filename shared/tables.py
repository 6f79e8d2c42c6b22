"""The tables of the store; migrations bring a database to this shape."""

from datetime import UTC, datetime

from sqlalchemy import JSON, Dialect, Index, Integer, MetaData, String, Table, Text
from sqlalchemy import Column as C
from sqlalchemy.types import DateTime, TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """A time with its zone, also in SQLite, which forgets zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC on the way in."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC on the way out."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


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
