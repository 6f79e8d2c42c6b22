"""The leases of one owner."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from itertools import batched

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.context import Clock, utc_now
from shared.database import Database
from shared.errors import OpsError
from shared.leases import rows
from shared.leases.owner import new_owner
from shared.leases.rows import Key, Lease, Terms
from shared.timers import loop_time

LENGTH = timedelta(seconds=30)
# A statement takes so many values only.
_AT_ONCE = 1_000
# What is kept is renewed when this part of its length is over, at the latest.
_DUE = 0.4

type Guard = Callable[[AsyncConnection], Awaitable[None]]


class LeaseLost(OpsError):
    """Somebody else does the work now, or may do it at any moment."""


class Leases:
    """Takes, renews and gives up leases, each of which lasts for `length` unless it is renewed.

    What has expired is decided by the clock of the database, where it has one.
    """

    def __init__(
        self,
        database: Database,
        owner: str | None = None,
        *,
        clock: Clock = utc_now,
        length: timedelta = LENGTH,
    ) -> None:
        self._database = database
        self._terms = Terms(owner or new_owner(), length, clock)
        self._kept: dict[str, Lease] = {}
        self._renewed: dict[str, float] = {}
        self._renewing = asyncio.Lock()
        self._seen: Mapping[str, str] = {}
        self._seen_at = float("-inf")

    @property
    def owner(self) -> str:
        """Who we are to others."""
        return self._terms.owner

    @property
    def seconds(self) -> float:
        """How long a lease lasts."""
        return self._terms.length.total_seconds()

    @property
    def due(self) -> float:
        """How old a lease that is kept may become before it is renewed, in seconds."""
        return self.seconds * _DUE

    async def acquire(self, name: str) -> Lease | None:
        """The lease, if nobody else has it; one that is ours already is renewed."""
        return (await self.acquire_some([name], 1)).get(name)

    async def acquire_some(self, names: Iterable[str], limit: int) -> dict[str, Lease]:
        """At most so many leases of those that nobody else has."""
        taken: dict[str, Lease] = {}
        store = await self._database.store()
        # Everybody takes them in one order, so that nobody waits in a circle.
        for part in batched(sorted(set(names)), _AT_ONCE):
            if len(taken) < limit:
                async with store.writing() as connection:
                    taken |= await rows.take(connection, self._terms, part, limit - len(taken))
        return taken

    async def renew(self, leases: Iterable[Lease] = ()) -> dict[str, Lease]:
        """Those of our leases that nobody has taken, from now on for their whole length.

        Those that are kept are renewed with them, which costs no more.
        """
        # Two at once could wait for each other's rows.
        async with self._renewing:
            return await self._renew_with_kept(leases)

    @contextmanager
    def keeping(self, lease: Lease) -> Iterator[None]:
        """Let it be renewed with others for the length of the block."""
        self._kept[lease.name], self._renewed[lease.name] = lease, loop_time()
        try:
            yield
        finally:
            if self._kept.get(lease.name) is lease:
                self._note(lease, None)

    async def still(self, lease: Lease) -> float | None:
        """When a lease that is kept was renewed: now, if that is due; None when it is lost."""
        async with self._renewing:
            at = self._renewed.get(lease.name)
            if at is not None and loop_time() - at >= self.due:
                await self._renew_with_kept(())
            return self._renewed.get(lease.name)

    async def release(self, leases: Iterable[Lease]) -> None:
        """Let somebody else have them at once; those that we lost are left alone."""
        store = await self._database.store()
        for part in batched(leases, _AT_ONCE):
            async with store.writing() as connection:
                await rows.release(connection, self._terms, part)

    async def holders(self, connection: AsyncConnection) -> dict[str, str]:
        """Who has which lease now, of all owners that may be alive."""
        found = await rows.holders(connection, self._terms)
        self._seen, self._seen_at = found, loop_time()
        return found

    def lately(self, seconds: float) -> Mapping[str, str] | None:
        """Who had which lease when it was last asked here; None if that is longer ago."""
        return self._seen if loop_time() - self._seen_at <= seconds else None

    async def check(self, connection: AsyncConnection, lease: Lease) -> None:
        """Make sure that it stays ours until this transaction ends; raises LeaseLost.

        To be called before anything else in the transaction, which must be short.
        """
        if not await rows.hold(connection, self._terms, lease):
            raise LeaseLost(f"Another process has taken over {lease.name}; it goes on there.")

    def guard(self, lease: Lease) -> Guard:
        """`check` of this lease, for whoever writes under it."""

        async def guard(connection: AsyncConnection) -> None:
            await self.check(connection, lease)

        return guard

    async def _renew_with_kept(self, leases: Iterable[Lease]) -> dict[str, Lease]:
        asked, kept, wanted = loop_time(), tuple(self._kept.values()), tuple(leases)
        held = await self._renew({each.key: each for each in (*wanted, *kept)}.values())
        for lease in kept:
            if self._kept.get(lease.name) is lease:
                self._note(lease, asked if lease.key in held else None)
        return {each.name: held[each.key] for each in wanted if each.key in held}

    async def _renew(self, leases: Iterable[Lease]) -> dict[Key, Lease]:
        held: dict[Key, Lease] = {}
        store = await self._database.store()
        for part in batched(leases, _AT_ONCE):
            async with store.writing() as connection:
                found = await rows.renew(connection, self._terms, part)
            held |= {each.key: each for each in found.values()}
        return held

    def _note(self, lease: Lease, renewed_at: float | None) -> None:
        if renewed_at is None:
            del self._kept[lease.name], self._renewed[lease.name]
        else:
            self._renewed[lease.name] = renewed_at
