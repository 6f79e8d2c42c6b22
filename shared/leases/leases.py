"""The leases of one owner."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from itertools import batched

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.context import Clock, utc_now
from shared.database import Database
from shared.errors import OpsError
from shared.leases import rows
from shared.leases.owner import new_owner
from shared.leases.rows import Lease, Terms

LENGTH = timedelta(seconds=30)
# A statement takes so many values only.
_AT_ONCE = 1_000

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

    @property
    def owner(self) -> str:
        """Who we are to others."""
        return self._terms.owner

    @property
    def seconds(self) -> float:
        """How long a lease lasts."""
        return self._terms.length.total_seconds()

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

    async def renew(self, leases: Iterable[Lease]) -> dict[str, Lease]:
        """Those of our leases that nobody has taken, from now on for their whole length."""
        held: dict[str, Lease] = {}
        store = await self._database.store()
        for part in batched(leases, _AT_ONCE):
            async with store.writing() as connection:
                held |= await rows.renew(connection, self._terms, part)
        return held

    async def release(self, leases: Iterable[Lease]) -> None:
        """Let somebody else have them at once; those that we lost are left alone."""
        store = await self._database.store()
        for part in batched(leases, _AT_ONCE):
            async with store.writing() as connection:
                await rows.release(connection, self._terms, part)

    async def holders(self, connection: AsyncConnection) -> dict[str, str]:
        """Who has which lease now, of all owners that may be alive."""
        return await rows.holders(connection, self._terms)

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
