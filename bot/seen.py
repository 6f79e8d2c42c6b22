"""Deliveries that were taken already: Slack and people send some of them twice."""

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from shared.context import Clock, utc_now
from shared.database import Database
from shared.tables import seen

_KEPT = timedelta(hours=24)
_SWEEP_EVERY = 500


class Seen:
    """Remembers deliveries for a day, for every process on the same store."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock
        self._count = 0

    async def is_new(self, key: str) -> bool:
        """Take the delivery, once; False when it was taken before. Raises StoreError."""
        store = await self._database.store()
        async with store.writing() as connection:
            known = await connection.scalar(select(seen.c.key).where(seen.c.key == key[:300]))
            if known is not None:
                return False
            try:
                async with connection.begin_nested():
                    row = {"key": key[:300], "at": self._clock()}
                    await connection.execute(seen.insert(), row)
            except IntegrityError:
                return False
            self._count += 1
            if self._count % _SWEEP_EVERY == 1:
                old = self._clock() - _KEPT
                await connection.execute(delete(seen).where(seen.c.at < old))
        return True
