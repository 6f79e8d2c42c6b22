"""Leases in the store."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Interval,
    Row,
    Select,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.context import Clock
from shared.leases.owner import is_gone
from shared.tables import leases as table
from shared.tables.columns import UtcDateTime

_NOBODY = ""

type Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to do some work until it expires; `token` grows when it changes hands."""

    name: str
    owner: str
    token: int
    expires_at: datetime

    @property
    def key(self) -> Key:
        """What it is known by: whoever takes it over has another one."""
        return self.name, self.token


@dataclass(frozen=True, slots=True)
class Terms:
    """Whose leases these are, how long they last, and what time it is without the database."""

    owner: str
    length: timedelta
    clock: Clock

    def now(self, connection: AsyncConnection) -> ColumnElement[datetime]:
        """The time by which leases expire: that of the database, where it has a clock."""
        if connection.dialect.name == "postgresql":
            return _now_there()
        return literal(self.clock(), UtcDateTime())

    def end(self, connection: AsyncConnection) -> ColumnElement[datetime]:
        """When a lease expires that begins now."""
        if connection.dialect.name == "postgresql":
            return self.now(connection) + literal(self.length, Interval())
        return literal(self.clock() + self.length, UtcDateTime())


async def take(
    connection: AsyncConnection, terms: Terms, names: Sequence[str], limit: int
) -> dict[str, Lease]:
    """At most so many leases of those that are free or ours; `names` in the order of all."""
    over = (table.c.expires_at <= terms.now(connection)).label("over")
    known = select(table.c.name, table.c.owner, over).where(table.c.name.in_(names))
    rows = (await connection.execute(known)).all()
    gone = {owner for owner in {row.owner for row in rows} if is_gone(owner)}
    free = [row.name for row in rows if row.over or row.owner in {terms.owner, *gone}]
    taken = await _take_over(connection, terms, free[:limit], gone) if free else {}
    seen = {row.name for row in rows}
    new = [name for name in names if name not in seen][: limit - len(taken)]
    return taken | (await _make(connection, terms, new) if new else {})


async def renew(
    connection: AsyncConnection, terms: Terms, leases: Iterable[Lease]
) -> dict[str, Lease]:
    """Those that nobody has taken, for their whole length."""
    change = update(table).where(_are(leases), table.c.owner == terms.owner)
    change = change.values(expires_at=terms.end(connection))
    return _leases(await connection.execute(change.returning(table)))


async def release(connection: AsyncConnection, terms: Terms, leases: Iterable[Lease]) -> None:
    """Those that nobody has taken are free; their rows stay, since their tokens have to grow."""
    change = update(table).where(_are(leases), table.c.owner == terms.owner)
    change = change.values(owner=_NOBODY, expires_at=terms.now(connection))
    await connection.execute(change)


async def hold(connection: AsyncConnection, terms: Terms, lease: Lease) -> bool:
    """Whether a lease is ours, and will be until this transaction ends."""
    query = select(table.c.name, *_limits(connection, terms)).where(
        _are([lease]),
        table.c.owner == terms.owner,
        table.c.expires_at > terms.now(connection),
    )
    # Nobody takes it over meanwhile, and it can still be renewed.
    locked = query.with_for_update(read=True, key_share=True)
    return (await connection.execute(locked)).first() is not None


async def holders(connection: AsyncConnection, terms: Terms) -> dict[str, str]:
    """Who has which lease, of all owners that may be alive."""
    own = connection.dialect.name != "postgresql"
    living = await connection.execute(_living(own), {"now": terms.clock()} if own else {})
    found = {row.name: row.owner for row in living}
    gone = {owner for owner in set(found.values()) if is_gone(owner)}
    return {name: owner for name, owner in found.items() if owner not in gone}


@cache
def _living(own: bool) -> Select[Any]:
    """By our own clock, or that of the database; it is asked every second and built once."""
    now = bindparam("now", type_=UtcDateTime()) if own else _now_there()
    return select(table.c.name, table.c.owner).where(table.c.expires_at > now)


def _now_there() -> ColumnElement[datetime]:
    # Not the beginning of the transaction, which may have waited for others since.
    return func.clock_timestamp(type_=DateTime(timezone=True))


async def _take_over(
    connection: AsyncConnection, terms: Terms, names: Sequence[str], gone: Iterable[str]
) -> dict[str, Lease]:
    now = terms.now(connection)
    free = or_(table.c.expires_at <= now, table.c.owner.in_([terms.owner, *gone]))
    locked = select(table.c.name).where(table.c.name.in_(names), free).order_by(table.c.name)
    # Somebody who is in the middle of a transaction under it keeps it for now.
    found = (await connection.execute(locked.with_for_update(skip_locked=True))).scalars().all()
    ours = (table.c.owner == terms.owner) & (table.c.expires_at > now)
    change = update(table).values(
        owner=terms.owner,
        token=case((ours, table.c.token), else_=table.c.token + 1),
        expires_at=terms.end(connection),
    )
    change = change.where(table.c.name.in_(found))
    return _leases(await connection.execute(change.returning(table)))


async def _make(
    connection: AsyncConnection, terms: Terms, names: Sequence[str]
) -> dict[str, Lease]:
    end = (await connection.execute(select(terms.end(connection)))).scalar_one()
    rows = [{"name": name, "owner": terms.owner, "token": 1, "expires_at": end} for name in names]
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    made = dialect.insert(table).values(rows).on_conflict_do_nothing()
    return _leases(await connection.execute(made.returning(table)))


def _limits(connection: AsyncConnection, terms: Terms) -> tuple[ColumnElement[Any], ...]:
    """Whoever falls silent within the transaction holds the lease no longer than without it."""
    if connection.dialect.name != "postgresql":
        return ()
    most = f"{max(round(terms.length.total_seconds() * 1_000), 1)}ms"
    return (func.set_config("idle_in_transaction_session_timeout", most, True),)


def _are(leases: Iterable[Lease]) -> ColumnElement[bool]:
    return tuple_(table.c.name, table.c.token).in_([(each.name, each.token) for each in leases])


def _leases(rows: Iterable[Row[Any]]) -> dict[str, Lease]:
    return {row.name: Lease(row.name, row.owner, row.token, row.expires_at) for row in rows}
