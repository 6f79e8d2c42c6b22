"""Alerts in the database of a server, as a bot leaves them there."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from shared.alerts import group_rows
from shared.alerts.details import Details
from shared.alerts.finding import Finding, Kind
from shared.alerts.groups import Group, opened
from shared.alerts.snapshot import occurrence_of
from shared.alerts.sweeps.status import note_complete
from shared.alerts.wanted import Wanted
from shared.database import Database
from shared.tables import subscriptions

SUBSCRIPTION, ALERT = "k7m2xq9", "x4n8k2mq"


async def with_an_alert(
    database: Path,
    error: str = "card declined",
    execution_id: str = "bill-7",
    created_by: str = "U0ANA",
) -> None:
    """A subscription of #billing, and what fires for it."""
    opened_now = Database(f"sqlite+aiosqlite:///{database}")
    now = datetime.now(UTC)
    row = {
        "id": SUBSCRIPTION,
        "channel": "#billing",
        "wanted": Wanted(workflows=("bill*",)).model_dump(mode="json"),
        "state": "active",
        "version": 1,
        "created_by": created_by,
        "created_name": "ana",
        "created_at": now,
        "changed_at": now,
    }
    try:
        async with (await opened_now.store()).writing() as connection:
            await connection.execute(insert(subscriptions), row)
            await group_rows.add(connection, [_group(error, execution_id, now)])
            await note_complete(connection, "ended", now)
    finally:
        await opened_now.aclose()


def _group(error: str, execution_id: str, now: datetime) -> Group:
    found = Finding(
        key=f"failed:{execution_id}:r1",
        kind=Kind.FAILED,
        workflow="billing",
        at=now,
        found_at=now,
        subject=execution_id,
        execution_id=execution_id,
    )
    first = occurrence_of(found, Details(step="charge", error=error))
    return opened(ALERT, SUBSCRIPTION, "f1", {"workflow": "billing", "kind": "failed"}, first, now)
