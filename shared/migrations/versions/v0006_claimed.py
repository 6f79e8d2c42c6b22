"""Claimed rows of the outbox are looked for all day, and are few among many."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Find them without reading the others.

    From now on a message that is given up is claimed until somebody has heard of it: of those that
    were given up before, everybody who will has.
    """
    op.execute("UPDATE outbox SET claimed_by = NULL, claimed_until = NULL WHERE state = 'dead'")
    claimed = sa.text("claimed_by IS NOT NULL")
    op.create_index(
        "ix_outbox_claimed_by",
        "outbox",
        ["claimed_by"],
        sqlite_where=claimed,
        postgresql_where=claimed,
    )
