"""One clock for all processes of a store: what one of them promises until then, others wait for."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta

from sqlalchemy import func, select

from shared.context import Clock, utc_now
from shared.database import Database, StoreError
from shared.stream.tasks import stop

_log = logging.getLogger(__name__)

_EVERY_SECONDS = 60.0
# What was on its way for longer tells too little.
_LONGEST = timedelta(seconds=1)


class SameTime:
    """The clock of a PostgreSQL; processes with SQLite are on one machine, and share its clock."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        """The time of day there, with its zone."""
        return self._clock() + self._ahead

    async def adjust(self) -> None:
        """Ask the database what time it is; raises StoreError."""
        async with (await self._database.store()).reading() as connection:
            if connection.dialect.name != "postgresql":
                return
            asked = self._clock()
            there = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
            took = self._clock() - asked
        if took <= _LONGEST:
            self._ahead = there - (asked + took / 2)

    async def keep(self) -> None:
        """Adjust it once a minute, for ever."""
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            try:
                await self.adjust()
            except StoreError as error:
                _log.warning("the time of the database is not known: %s", error)


@contextlib.asynccontextmanager
async def same_time(database: Database) -> AsyncGenerator[SameTime]:
    """Such a clock, adjusted for the length of the block; raises StoreError at the start."""
    clock = SameTime(database)
    await clock.adjust()
    keeping = asyncio.create_task(clock.keep())
    try:
        yield clock
    finally:
        await stop(keeping)
