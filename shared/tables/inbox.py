"""What came in from a chat: deliveries already seen, drafts of views, and what people looked at."""

from sqlalchemy import JSON, Index, String, Table, Text
from sqlalchemy import Column as C

from shared.tables.columns import UtcDateTime, metadata

seen = Table(
    "seen",
    metadata,
    C("key", String(300), primary_key=True),
    C("at", UtcDateTime, nullable=False),
    Index(None, "at"),
)

drafts = Table(
    "drafts",
    metadata,
    C("id", String(32), primary_key=True),
    C("payload", JSON, nullable=False),
    C("at", UtcDateTime, nullable=False),
    Index(None, "at"),
)

recents = Table(
    "recents",
    metadata,
    C("user", String(40), primary_key=True),
    C("channel", String(40), primary_key=True),
    C("execution_id", Text, nullable=False),
    C("at", UtcDateTime, nullable=False),
)

listings = Table(
    "listings",
    metadata,
    C("user", String(40), primary_key=True),
    C("channel", String(40), primary_key=True),
    C("ids", JSON, nullable=False),
    C("at", UtcDateTime, nullable=False),
)
