"""Who started an execution, as the audit trail tells."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.operations.start import start_workflow
from shared.tables import audit

# The clock of the API and ours may differ.
_ABOUT = timedelta(minutes=10)
# The last of them: whoever asked was interrupted, and did not hear what became of it.
_STARTED = ("ok", "partly", "started")


@dataclass(frozen=True, slots=True)
class Starter:
    """Whoever asked for the start; `user` is their id where it was in Slack."""

    name: str
    user: str | None = None


async def starter_of(
    connection: AsyncConnection, execution_id: str, started_at: datetime
) -> Starter | None:
    """Who started it through us; None for what schedules, parents and other programs start."""
    wanted = (
        select(audit.c.actor_kind, audit.c.actor_id, audit.c.actor_name, audit.c.targets)
        .where(
            audit.c.operation == start_workflow.name,
            audit.c.outcome.in_(_STARTED),
            audit.c.started_at.between(started_at - _ABOUT, started_at + _ABOUT),
        )
        .order_by(audit.c.started_at.desc())
    )
    for row in await connection.execute(wanted):
        if execution_id in row.targets:
            return Starter(row.actor_name, row.actor_id if row.actor_kind == "slack" else None)
    return None
