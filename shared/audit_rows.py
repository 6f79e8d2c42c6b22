"""Rows of the audit trail in the store."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, or_, select, update

from shared.call import Call
from shared.store import Store
from shared.tables import audit


async def insert_row(
    store: Store,
    call: Call,
    arguments: Any,
    moment: datetime,
    outcome: str,
    error: str | None = None,
) -> None:
    """Write the row of a call that is about to begin or was refused."""
    row = {
        "id": call.id,
        "started_at": moment,
        "actor_kind": call.actor.kind,
        "actor_id": call.actor.id,
        "actor_name": call.actor.name,
        "place": call.place,
        "operation": call.operation,
        "effect": str(call.effect),
        "arguments": arguments,
        "targets": list(call.targets),
        "outcome": outcome,
        "error": error,
    }
    async with store.writing() as connection:
        await connection.execute(insert(audit), row)


async def complete_row(
    store: Store,
    call_id: str,
    *,
    moment: datetime,
    duration_ms: int,
    targets: Sequence[str],
    outcome: str,
    error: str | None,
) -> None:
    """Write down how a call ended."""
    change = update(audit).where(audit.c.id == call_id)
    async with store.writing() as connection:
        await connection.execute(
            change.values(
                finished_at=moment,
                duration_ms=duration_ms,
                targets=list(targets),
                outcome=outcome,
                error=error,
            )
        )


async def read_rows(
    store: Store,
    *,
    since: datetime | None = None,
    actor: str | None = None,
    operation: str | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """The latest rows, newest first; `actor` is an id or a name, whatever its case."""
    query = select(audit).order_by(audit.c.started_at.desc(), audit.c.id).limit(limit)
    if since is not None:
        query = query.where(audit.c.started_at >= since)
    if actor is not None:
        known = func.lower(audit.c.actor_id), func.lower(audit.c.actor_name)
        query = query.where(or_(*(name == actor.lower() for name in known)))
    if operation is not None:
        query = query.where(audit.c.operation == operation)
    async with store.reading() as connection:
        return [dict(row) for row in (await connection.execute(query)).mappings()]
