"""One turn of the sweeps: what ended, then each other part whose time has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.alerts.sweeps import status
from shared.alerts.sweeps.ends import Ends, Tally, put_all
from shared.alerts.sweeps.lateness import Lateness, cause_of, lateness
from shared.alerts.sweeps.looked import Looked, Part, Turn
from shared.alerts.sweeps.memory import Scope, forget, forget_all, remember
from shared.alerts.sweeps.needs import Needs
from shared.alerts.sweeps.pacing import Pacing
from shared.alerts.sweeps.reader import Reader
from shared.alerts.sweeps.retrying import Retrying
from shared.alerts.sweeps.rhythm import SweepRhythm
from shared.alerts.sweeps.schedules import Schedules
from shared.alerts.sweeps.slow import Slow
from shared.alerts.sweeps.states import change_states, recall_states
from shared.alerts.sweeps.status import ENDED, PartStatus
from shared.alerts.sweeps.waiting import Waiting
from shared.context import Clock, utc_now
from shared.errors import ApiError, RateLimited, Unavailable

if TYPE_CHECKING:
    from shared.api import WorkflowsApi
    from shared.database import Database
    from shared.leases import Guard
    from shared.store import Store


# What parts remember besides the states that hold.
_SEEN = {Schedules.name: Scope.SCHEDULE, Slow.name: Scope.BOUND}


@dataclass(frozen=True, slots=True)
class Swept:
    """What a turn brought; `problems` say what it could not look at, and are no reason to stop."""

    found: int = 0
    late: int = 0
    calls: int = 0
    problems: tuple[str, ...] = field(default=())

    @property
    def complete(self) -> bool:
        """Whether everything was looked at whose time had come."""
        return not self.problems


class Sweeper:
    """Looks at the world for all subscriptions; who does so holds the lease of the guard."""

    def __init__(
        self,
        database: Database,
        api: WorkflowsApi,
        clock: Clock = utc_now,
        rhythm: SweepRhythm | None = None,
    ) -> None:
        self._database = database
        self._api = api
        self._clock = clock
        self._rhythm = rhythm or SweepRhythm()
        rhythm = self._rhythm
        self._parts: tuple[Part, ...] = (
            Waiting(rhythm),
            Slow(rhythm),
            Retrying(rhythm),
            Schedules(),
        )
        self._pacing = Pacing(rhythm.longest_wait)

    async def sweep(self, needs: Needs, guard: Guard) -> Swept:
        """One turn; raises OpsError when the ends cannot be read or the store does not work.

        Whatever was committed until then stays, and the next turn goes on from there.
        """
        store = await self._database.store()
        async with store.reading() as connection:
            known = await status.read_parts(connection)
        sweep = _Sweep(store, Reader(self._api, self._rhythm), needs, guard, known)
        self._check_patience(sweep)
        await self._look_for_ends(sweep)
        await self._retire(sweep)
        for part in self._due(sweep):
            if await self._look(sweep, part):
                break
        await self._note_unreadable(sweep)
        tally, problems = sweep.tally, tuple(sweep.problems)
        return Swept(tally.found, tally.late, sweep.reader.calls, problems)

    def _check_patience(self, sweep: _Sweep) -> None:
        """Another replica may have been told so; this one would ask at once."""
        left = sweep.of(ENDED).patience(self._clock())
        if left is not None:
            raise RateLimited(
                "Could not look for ended executions: the API asked to be left alone "
                f"for {left:.0f} s. It is asked again by then.",
                retry_after=left,
            )

    async def _look_for_ends(self, sweep: _Sweep) -> None:
        now = self._clock()
        ends = Ends(sweep.store, sweep.reader, sweep.needs, sweep.guard, self._rhythm)
        try:
            sweep.tally = await ends.sweep(now, sweep.of(ENDED))
        except ApiError as error:
            await self._note_failure(sweep, now, error)
            raise

    async def _note_failure(self, sweep: _Sweep, now: datetime, error: ApiError) -> None:
        async with sweep.store.writing() as connection:
            await sweep.guard(connection)
            known = await status.read_part(connection, ENDED)
            failed = known.failed(now, str(error), cause_of(error), self._not_before(error))
            late = lateness(failed, sweep.needs.since, now, self._rhythm.longest_pause)
            after = replace(failed, gap=late.gap) if late else failed
            await status.write_part(connection, ENDED, after, now)

    def _not_before(self, error: ApiError) -> datetime | None:
        asked = error.retry_after if isinstance(error, RateLimited | Unavailable) else None
        if asked is None:
            return None
        return self._clock() + timedelta(seconds=min(asked, self._rhythm.longest_wait))

    async def _retire(self, sweep: _Sweep) -> None:
        """How long ago parts looked whom nobody needs now will mean nothing when somebody does, nor
        what they saw."""
        idle = {part.name for part in self._parts if not part.is_wanted(sweep.needs)}
        if idle & sweep.known.keys():
            async with sweep.store.writing() as connection:
                await sweep.guard(connection)
                await forget(connection, Scope.STATUS, idle)
                states = await recall_states(connection)
                kinds = sweep.needs.kinds
                unwanted = [key for key, state in states.items() if state.kind not in kinds]
                await forget(connection, Scope.STATE, unwanted)
                for name, scope in _SEEN.items():
                    if name in idle:
                        await forget_all(connection, scope)

    async def _note_unreadable(self, sweep: _Sweep) -> None:
        now, names = self._clock(), sweep.reader.unreadable
        sweep.problems += (f"{name} cannot be read" for name in sorted(names)[:1])
        if sweep.of(ENDED).has_left_out(names, now):
            return
        async with sweep.store.writing() as connection:
            await sweep.guard(connection)
            await status.note_unreadable(connection, ENDED, now, names)

    def _due(self, sweep: _Sweep) -> list[Part]:
        now = self._clock()
        wanted = {
            part.name: part
            for part in self._parts
            if part.is_wanted(sweep.needs) and sweep.of(part.name).patience(now) is None
        }
        return [wanted[name] for name in self._pacing.due(wanted, now)]

    async def _look(self, sweep: _Sweep, part: Part) -> bool:
        """Let a part look and commit what it found; whether the API wants to be left alone."""
        now = self._clock()
        try:
            looked = await part.look(await self._turn(sweep, now))
        except ApiError as error:
            return await self._put_off(sweep, part, now, error)
        if looked.missing:
            sweep.problems.append(f"{part.name}: {looked.missing}")
        sweep.tally += await self._commit(sweep, part, looked, now)
        self._pacing.soon(part.name, now, part.period(self._rhythm))
        return False

    async def _turn(self, sweep: _Sweep, now: datetime) -> Turn:
        async with sweep.store.reading() as connection:
            states = await recall_states(connection)
        if sweep.turn is None:
            before = self._started_before(sweep.needs, now)
            sweep.turn = Turn(
                sweep.store, sweep.reader, sweep.needs, self._rhythm, now, states, before
            )
        sweep.turn.now, sweep.turn.states = now, states
        return sweep.turn

    def _started_before(self, needs: Needs, now: datetime) -> datetime | None:
        """What is young enough to interest nobody is not listed at all."""
        wanted = [part for part in self._parts if part.is_wanted(needs)]
        ages = [part.youngest(needs, self._rhythm) for part in wanted]
        youngest = min((age for age in ages if age is not None), default=0.0)
        return now - timedelta(seconds=youngest) if youngest else None

    async def _put_off(self, sweep: _Sweep, part: Part, now: datetime, error: ApiError) -> bool:
        """Look later, and what is found by then is found late at worst."""
        sweep.problems.append(f"{part.name}: {error}")
        self._pacing.later(part.name, now, part.period(self._rhythm))
        asked = error.retry_after if isinstance(error, RateLimited | Unavailable) else None
        if asked is not None and asked > part.period(self._rhythm):
            self._pacing.soon(part.name, now, min(asked, self._rhythm.longest_wait))
        async with sweep.store.writing() as connection:
            await sweep.guard(connection)
            why, not_before = cause_of(error), self._not_before(error)
            await status.note_trouble(connection, part.name, now, str(error), why, not_before)
        return isinstance(error, RateLimited)

    async def _commit(self, sweep: _Sweep, part: Part, looked: Looked, now: datetime) -> Tally:
        async with sweep.store.writing() as connection:
            await sweep.guard(connection)
            late = self._lateness(sweep, part, now)
            gap = late.gap if late else None
            found = await change_states(connection, looked.began, looked.over, now)
            for scope, values in looked.remembered.items():
                await remember(connection, scope, values, now)
            for scope, keys in looked.forgotten.items():
                await forget(connection, scope, keys)
            if looked.missing:
                await status.note_missing(connection, part.name, now, looked.missing, gap)
            else:
                await status.note_complete(connection, part.name, now, gap)
            return await put_all(connection, found, late)

    def _lateness(self, sweep: _Sweep, part: Part, now: datetime) -> Lateness | None:
        known = sweep.of(part.name)
        if known.looked_at is None:
            return None  # nobody asked for it until now
        pause = self._rhythm.longest_pause + timedelta(seconds=part.period(self._rhythm))
        return lateness(known, sweep.needs.since, now, pause)


@dataclass(slots=True)
class _Sweep:
    """A turn that is going on; `known` is the status of the parts before it."""

    store: Store
    reader: Reader
    needs: Needs
    guard: Guard
    known: Mapping[str, PartStatus]
    tally: Tally = field(default_factory=Tally)
    problems: list[str] = field(default_factory=list)
    turn: Turn | None = None

    def of(self, part: str) -> PartStatus:
        """The status of a part before this turn."""
        return self.known.get(part, PartStatus())
