"""What of an alert is not over, however long ago it began."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.alerts.groups import RECENT, Group
from shared.alerts.occurrence import Occurrence
from shared.tables.alerts import alert_occurrences as table


async def with_open(connection: AsyncConnection, group: Group) -> Group:
    """The alert with those of its states that still hold, and are not among its latest, in front.

    It is to be shown or acted upon, not to be kept.
    """
    known = {each.key for each in group.recent}
    missing = [key for key in group.open if key not in known]
    if not missing or not group.kind.is_state:
        return group
    wanted = (
        select(table.c.snapshot, table.c.number)
        .where(table.c.group_id == group.id, table.c.finding_key.in_(missing[-RECENT:]))
        .order_by(table.c.number)
    )
    rows = (await connection.execute(wanted)).all()
    found = (Occurrence.model_validate({**row.snapshot, "number": row.number}) for row in rows)
    return replace(group, recent=(*found, *group.recent))
