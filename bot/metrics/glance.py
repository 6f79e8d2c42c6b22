"""What the store says just now, however many ask at once."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.alerts.subscriptions import Key, Subscription, active
from shared.alerts.wanted import Wanted
from shared.context import Clock, utc_now
from shared.database import Database
from shared.doctor.standing import Standing, read_standing
from shared.errors import OpsError
from shared.tables import findings

_log = logging.getLogger(__name__)

_KEPT_SECONDS = 1.0
_BOUND_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Seen:
    """`standing` is None while the store does not answer; `found` counts findings by kind,
    `subscriptions` are the active ones."""

    standing: Standing | None
    found: Counter[str]
    subscriptions: Sequence[Subscription] = ()


class Glance:
    """Looks into the store, at most once a second and never for long.

    Findings are counted from the start of this process on, whichever replica found them.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock = utc_now,
        now: Callable[[], float] = time.monotonic,
        bound_seconds: float = _BOUND_SECONDS,
    ) -> None:
        self._database = database
        self._clock = clock
        self._now = now
        self._bound = bound_seconds
        self._turn = asyncio.Lock()
        self._began = clock()
        self._counted_to: int | None = None
        self._found = Counter[str]()
        self._wanted: dict[Key, Wanted] = {}
        self._kept: tuple[float, Seen] | None = None

    async def seen(self) -> Seen:
        """What the store says; an unreachable one is an answer as well."""
        async with self._turn:
            if self._kept is None or self._now() - self._kept[0] >= _KEPT_SECONDS:
                self._kept = (self._now(), await self._look())
            return self._kept[1]

    async def _look(self) -> Seen:
        try:
            async with asyncio.timeout(self._bound):
                return await self._read(self._clock())
        except (OpsError, TimeoutError) as error:
            _log.warning("the store does not answer: %s", error or type(error).__name__)
        return Seen(None, self._found.copy())

    async def _read(self, now: datetime) -> Seen:
        store = await self._database.store()
        async with store.reading() as connection:
            standing = await read_standing(connection, now)
            known = await active(connection, known=self._wanted)
            await self._count(connection)
        self._wanted = {each.key: each.wanted for each in known}
        return Seen(standing, self._found.copy(), known)

    async def _count(self, connection: AsyncConnection) -> None:
        query = select(findings.c.kind, func.count(), func.max(findings.c.seq))
        if self._counted_to is None:
            query = query.where(findings.c.found_at >= self._began)
        else:
            query = query.where(findings.c.seq > self._counted_to)
        counted = query.where(findings.c.over.is_(False)).group_by(findings.c.kind)
        for kind, count, latest in (await connection.execute(counted)).all():
            self._found[kind] += count
            self._counted_to = max(self._counted_to or 0, latest)
