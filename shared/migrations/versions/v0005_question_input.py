"""What the execution that asks a question was started with: what the question is about."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add it; questions that were asked before say nothing of it."""
    op.add_column("questions", sa.Column("input", sa.JSON()))
