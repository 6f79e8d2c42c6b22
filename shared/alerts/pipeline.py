"""From what happened to what is announced: the replica that holds the lease works for all."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.alerts.handover import hand_over
from shared.alerts.matcher import Matcher
from shared.alerts.subscriptions import Key, active
from shared.alerts.sweeps import Sweeper, SweepRhythm, needs_of
from shared.alerts.wanted import Wanted
from shared.context import Clock, utc_now
from shared.database import Database
from shared.errors import OpsError, RateLimited, Unavailable
from shared.leases import Guard, Lease, LeaseLost, Leases, keep

if TYPE_CHECKING:
    from shared.api import WorkflowsApi

_log = logging.getLogger(__name__)

LEASE = "alerts"

type Announce = Callable[[Guard], Awaitable[object]]
type Turn = Callable[[Guard], Awaitable[object]]


async def nothing(_: Guard) -> None:
    """Nothing takes long."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds."""

    sweeps: SweepRhythm = field(default_factory=SweepRhythm)
    look: float = 2.0
    """Between two looks at what another process changed, such as an acknowledgement."""
    first_wait: float = 1.0
    longest_wait: float = 60.0

    def backoff(self, failures: int, error: Exception) -> float:
        """The jittered wait after so many failures in a row; a server may ask for a longer one."""
        grown = min(self.first_wait * 2.0 ** min(failures - 1, 20), self.longest_wait)
        asked = error.retry_after if isinstance(error, RateLimited | Unavailable) else None
        return max(grown * (0.5 + random.random() / 2), asked or 0.0)


class Alerts:
    """Sweeps, matches and announces; every stage works on what the one before committed.

    `look` sees to what may take long, such as questions to Slack, while all that goes on.
    """

    def __init__(
        self,
        database: Database,
        api: "WorkflowsApi",
        leases: Leases,
        announce: Announce,
        *,
        look: Turn = nothing,
        clock: Clock = utc_now,
        rhythm: Rhythm | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._leases = leases
        self._announce = announce
        self._look = look
        self._rhythm = rhythm or Rhythm()
        self._sweeper = Sweeper(database, api, clock, self._rhythm.sweeps)
        self._matcher = Matcher(database, api, clock)
        self._woken = asyncio.Event()
        self._known: dict[Key, Wanted] = {}

    def wake(self) -> None:
        """Something of the alerts was changed by this process."""
        self._woken.set()

    async def run(self) -> None:
        """Work whenever no other replica does, for ever."""
        await keep(self._leases, LEASE, self._work)

    async def _work(self, lease: Lease) -> None:
        guard = self._leases.guard(lease)
        # Whoever lost the lease stops; the one who has it goes on from what is committed.
        with contextlib.suppress(LeaseLost):
            async with asyncio.TaskGroup() as group:
                group.create_task(self._repeat("sweeping", self._sweep, guard))
                group.create_task(self._repeat("telling", self._tell, guard))
                group.create_task(self._repeat("looking after channels", self._look_on, guard))

    async def _repeat(self, what: str, turn: Turn, guard: Guard) -> None:
        failures = 0
        while True:
            try:
                await turn(guard)
                failures = 0
                continue
            except LeaseLost:
                raise
            except OpsError as error:
                failures += 1
                wait = self._rhythm.backoff(failures, error)
                _log.warning("%s of alerts goes on in %.0f s: %s", what, wait, error)
            except Exception as error:
                failures += 1
                wait = self._rhythm.backoff(failures, error)
                _log.exception("%s of alerts failed", what)
            await asyncio.sleep(wait)

    async def _sweep(self, guard: Guard) -> None:
        store = await self._database.store()
        async with store.reading() as connection:
            subscriptions = await active(connection, known=self._known)
        self._known = {each.key: each.wanted for each in subscriptions}
        if subscriptions:
            since = min(each.created_at for each in subscriptions)
            needs = needs_of((each.wanted for each in subscriptions), since)
            swept = await self._sweeper.sweep(needs, guard)
            held = await hand_over(store, guard, subscriptions, self._clock())
            if swept.found or held:
                self.wake()
        await asyncio.sleep(self._rhythm.sweeps.every)

    async def _look_on(self, guard: Guard) -> None:
        await self._look(guard)
        await asyncio.sleep(self._rhythm.look)

    async def _tell(self, guard: Guard) -> None:
        self._woken.clear()
        while await self._matcher.match(guard):
            await self._announce(guard)
        await self._announce(guard)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), self._rhythm.look)
