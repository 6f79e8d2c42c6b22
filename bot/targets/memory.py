"""What each person looked at last in each channel."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import Table, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.place import Place
from shared.context import Clock, utc_now
from shared.database import Database
from shared.tables import listings, recents

type Kind = Literal["execution", "schedule", "workflow"]

KEPT = timedelta(minutes=30)


class Memory:
    """The last execution, and the rows of the last list for half an hour."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def keep_last(self, place: Place, execution_id: str) -> None:
        """This is the one that `last` means from now on."""
        await self._keep(recents, place, execution_id=execution_id)

    async def keep_list(self, place: Place, kind: Kind, ids: Sequence[str]) -> None:
        """These are the rows that `#1`, `#2` and so on mean from now on."""
        await self._keep(listings, place, ids={"kind": kind, "ids": list(ids)})

    async def last(self, place: Place) -> str | None:
        """The execution that this person looked at last here."""
        row = await self._read(recents, place)
        return None if row is None else str(row["execution_id"])

    async def listed(self, place: Place) -> tuple[Kind, tuple[str, ...]] | None:
        """The rows of this person's last list here, unless it is too long ago."""
        row = await self._read(listings, place)
        if row is None or self._clock() - row["at"] > KEPT:
            return None
        return row["ids"]["kind"], tuple(row["ids"]["ids"])

    async def _keep(self, table: Table, place: Place, **values: Any) -> None:
        store = await self._database.store()
        async with store.writing() as connection:
            await _upsert(connection, table, place, values | {"at": self._clock()})

    async def _read(self, table: Table, place: Place) -> dict[str, Any] | None:
        here = (table.c.user == place.user, table.c.channel == place.channel)
        store = await self._database.store()
        async with store.reading() as connection:
            row = (await connection.execute(select(table).where(*here))).mappings().first()
        return None if row is None else dict(row)


async def _upsert(
    connection: AsyncConnection, table: Table, place: Place, values: dict[str, Any]
) -> None:
    # The same statement in both dialects, for which SQLAlchemy has no common one.
    is_postgresql = connection.dialect.name == "postgresql"
    insert = postgresql_insert(table) if is_postgresql else sqlite_insert(table)
    row = insert.values(user=place.user, channel=place.channel, **values)
    await connection.execute(
        row.on_conflict_do_update(index_elements=[table.c.user, table.c.channel], set_=values)
    )
