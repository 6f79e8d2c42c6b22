"""Claimed rows of the outbox are looked for all day, and are few among many."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Find them without reading the others."""
    claimed = sa.text("claimed_by IS NOT NULL")
    op.create_index(
        "ix_outbox_claimed_by",
        "outbox",
        ["claimed_by"],
        sqlite_where=claimed,
        postgresql_where=claimed,
    )
