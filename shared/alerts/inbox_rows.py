"""The inbox in the store: findings that no matcher has looked at yet."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import batched
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.alerts.finding import HANDED_KEY, Finding, Kind
from shared.tables.alerts import alert_occurrences, findings

_AT_ONCE = 500


async def unmatched(connection: AsyncConnection, limit: int) -> dict[int, Finding]:
    """The first of them, by their place in the inbox."""
    waiting = select(findings).where(findings.c.matched_at.is_(None))
    query = waiting.order_by(findings.c.seq).limit(limit)
    rows = (await connection.execute(query)).mappings()
    return {row["seq"]: _finding(row) for row in rows}


async def lock(connection: AsyncConnection, places: Collection[int]) -> list[int]:
    """Those of these places that are still unmatched; another matcher waits for us, then skips."""
    found: list[int] = []
    for part in batched(sorted(places), _AT_ONCE):
        query = select(findings.c.seq).where(
            findings.c.seq.in_(part), findings.c.matched_at.is_(None)
        )
        locking = query.order_by(findings.c.seq).with_for_update()
        found += (await connection.execute(locking)).scalars()
    return found


async def set_matched(connection: AsyncConnection, places: Collection[int], now: datetime) -> None:
    """Every subscription has taken what it wants of them."""
    for part in batched(sorted(places), _AT_ONCE):
        change = update(findings).where(findings.c.seq.in_(part))
        await connection.execute(change.values(matched_at=now))


async def matched_endings(
    connection: AsyncConnection, workflows: Collection[str], since: datetime
) -> list[Finding]:
    """The good ends of these workflows since then, of those that were matched."""
    found: list[Finding] = []
    for part in batched(sorted(workflows), _AT_ONCE):
        query = select(findings).where(
            findings.c.at >= since,
            findings.c.matched_at.is_not(None),
            findings.c.kind.in_([str(Kind.RECOVERED), str(Kind.COMPLETED)]),
            findings.c.workflow.in_(part),
        )
        found += [_finding(row) for row in (await connection.execute(query)).mappings()]
    return found


async def taken_keys(connection: AsyncConnection, keys: Collection[str]) -> set[tuple[str, str]]:
    """Which subscription has taken which of these findings already."""
    taken = alert_occurrences
    found: set[tuple[str, str]] = set()
    for part in batched(sorted(keys), _AT_ONCE):
        query = select(taken.c.subscription_id, taken.c.finding_key)
        rows = await connection.execute(query.where(taken.c.finding_key.in_(part)))
        found |= {(row.subscription_id, row.finding_key) for row in rows}
    return found


async def add_taken(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Write down what subscriptions took; how many of these were new."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    if not rows:
        return 0
    once = dialect.insert(alert_occurrences).on_conflict_do_nothing()
    added = once.returning(alert_occurrences.c.finding_key)
    return len((await connection.execute(added, list(rows))).all())


def _finding(row: Mapping[Any, Any]) -> Finding:
    return Finding(
        # What ends a state knows it by the key under which it began.
        key=row["detail"].get(HANDED_KEY) or row["key"],
        kind=Kind(row["kind"]),
        workflow=row["workflow"],
        at=row["at"],
        found_at=row["found_at"],
        subject=row["subject"],
        execution_id=row["execution_id"],
        run_id=row["run_id"],
        schedule_id=row["schedule_id"],
        deployment=row["deployment"],
        over=row["over"],
        late=row["late"],
        detail=row["detail"],
    )
