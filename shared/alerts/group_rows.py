"""Alerts in the store."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from itertools import batched
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.alerts.finding import TROUBLE, Kind
from shared.alerts.groups import Group, State
from shared.alerts.occurrence import Occurrence
from shared.tables.alerts import alert_groups as table

_AT_ONCE = 500


async def due(connection: AsyncConnection, now: datetime, limit: int = 200) -> list[Group]:
    """Those that have to be looked at now, the longest due first."""
    waits = table.c.due_at <= now
    query = select(table).where(waits).order_by(table.c.due_at, table.c.id).limit(limit)
    return await _read(connection, query)


async def lock(connection: AsyncConnection, identifiers: Iterable[str]) -> list[Group]:
    """Those of these ids, which nobody else may change until the transaction ends."""
    found: list[Group] = []
    # All lock them in one order, so that nobody waits for each other in a circle.
    for part in batched(sorted(set(identifiers)), _AT_ONCE):
        query = select(table).where(table.c.id.in_(part)).order_by(table.c.id)
        found += await _read(connection, query.with_for_update())
    return found


async def lock_of(connection: AsyncConnection, subscription_ids: Iterable[str]) -> list[Group]:
    """What fires of these subscriptions or has to be looked at, locked; lock them first."""
    found: set[str] = set()
    for part in batched(sorted(set(subscription_ids)), _AT_ONCE):
        waits = or_(_live(), table.c.due_at.is_not(None))
        query = select(table.c.id).where(table.c.subscription_id.in_(part), waits)
        found |= set((await connection.execute(query)).scalars())
    return await lock(connection, found)


async def get(connection: AsyncConnection, identifier: str) -> Group | None:
    """The one of this id."""
    found = await _read(connection, select(table).where(table.c.id == identifier))
    return found[0] if found else None


async def latest(
    connection: AsyncConnection, state: State | None, since: datetime | None, limit: int
) -> list[Group]:
    """Those in a state, newest first; what fires does so however old it is, unless it is about
    what merely happened."""
    is_in = table.c.state == state if state else table.c.state.in_([*State])
    recent = table.c.changed_at >= since if since else None
    where = is_in if recent is None else and_(is_in, or_(recent, _live()))
    if state is State.FIRING:
        where = and_(where, goes_on())
    query = select(table).where(where).order_by(table.c.last_at.desc(), table.c.id).limit(limit)
    return await _read(connection, query)


async def live_ids(
    connection: AsyncConnection,
    keys: Collection[str],
    kinds: Collection[Kind],
    troubled: Collection[str] = (),
) -> set[str]:
    """The ids of what fires under these keys, of what fires of these kinds, and of all troubles
    of these subscriptions."""
    found: set[str] = set()
    for part in batched(sorted(keys), _AT_ONCE):
        query = select(table.c.id).where(table.c.live_key.in_(part))
        found |= set((await connection.execute(query)).scalars())
    if kinds:
        query = select(table.c.id).where(_live(), _is_of(kinds))
        found |= set((await connection.execute(query)).scalars())
    for part in batched(sorted(troubled), _AT_ONCE):
        query = select(table.c.id).where(table.c.subscription_id.in_(part), _live())
        found |= set((await connection.execute(query.where(_is_of(TROUBLE)))).scalars())
    return found


async def over_ids(connection: AsyncConnection, keys: Collection[str], since: datetime) -> set[str]:
    """The ids of what would fire under these keys, and was over after that time."""
    found: set[str] = set()
    for part in batched(sorted(keys), _AT_ONCE):
        owners = {key.partition(":")[0] for key in part}
        query = select(table.c.id).where(
            table.c.subscription_id.in_(owners),
            table.c.recovered_at >= since,
            (table.c.subscription_id + ":" + table.c.fingerprint).in_(part),
        )
        found |= set((await connection.execute(query)).scalars())
    return found


async def silent_ids(
    connection: AsyncConnection, kinds: Collection[Kind], before: datetime
) -> set[str]:
    """The ids of what fires of these kinds and did not change since then."""
    query = select(table.c.id).where(table.c.changed_at < before, _live(), _is_of(kinds))
    return set((await connection.execute(query)).scalars())


async def add(connection: AsyncConnection, groups: Sequence[Group]) -> None:
    """New ones; one that fires under a key of another is an error."""
    for part in batched(groups, _AT_ONCE):
        await connection.execute(insert(table), [_row(group) for group in part])


async def save(connection: AsyncConnection, groups: Iterable[Group]) -> None:
    """Write over what was there; lock them first."""
    # What is over gives its key to what fires.
    ordered = sorted(groups, key=lambda group: group.is_firing)
    for part in batched(ordered, _AT_ONCE):
        rows = [{**_row(group), "row_id": group.id} for group in part]
        change = update(table).where(table.c.id == bindparam("row_id"))
        names = [name for name in rows[0] if name not in ("id", "row_id")]
        values: dict[str, Any] = {name: bindparam(name) for name in names}
        await connection.execute(change.values(values), [_without_id(row) for row in rows])


def goes_on() -> ColumnElement[bool]:
    """Whether an alert is about what lasts until it is over."""
    return _is_of([kind for kind in Kind if kind.goes_on])


def _live() -> ColumnElement[bool]:
    return table.c.live_key.is_not(None)


def _is_of(kinds: Collection[Kind]) -> ColumnElement[bool]:
    return table.c.kind.in_([str(kind) for kind in kinds])


async def _read(connection: AsyncConnection, query: Any) -> list[Group]:
    return [_group(row) for row in (await connection.execute(query)).mappings()]


def _row(group: Group) -> dict[str, Any]:
    row = {each.name: getattr(group, each.name) for each in fields(Group)}
    return row | {
        "live_key": group.live_key,
        "kind": str(group.kind),
        "state": str(group.state),
        "labels": dict(group.labels),
        "recent": [each.model_dump(mode="json", exclude_none=True) for each in group.recent],
        "open": {subject: since.isoformat() for subject, since in group.open.items()},
    }


def _without_id(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "id"}


def _group(row: Mapping[Any, Any]) -> Group:
    values: dict[str, Any] = {each.name: row[each.name] for each in fields(Group)}
    values |= {
        "kind": Kind(row["kind"]),
        "state": State(row["state"]),
        "recent": tuple(Occurrence.model_validate(each) for each in row["recent"]),
        "open": {subject: _moment(since) for subject, since in row["open"].items()},
    }
    return Group(**values)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
