"""The name of a channel beside its id; why an alert is over, and how often it came back."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add them; where the channel is still a name, that is the one."""
    op.add_column("subscriptions", sa.Column("named", sa.String(length=100)))
    op.add_column(
        "subscriptions", sa.Column("handed", sa.Integer(), nullable=False, server_default="0")
    )
    # What held before is no news to whoever subscribed long ago.
    op.execute("UPDATE subscriptions SET handed = version")
    op.execute("UPDATE subscriptions SET named = channel WHERE channel LIKE '#%'")
    op.add_column("alert_groups", sa.Column("ended_because", sa.Text()))
    op.add_column(
        "alert_groups", sa.Column("returns", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_index("ix_alert_groups_recovered_at", "alert_groups", ["recovered_at"])
