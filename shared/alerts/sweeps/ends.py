"""Reads the ends of runs from where the last turn stopped, and commits what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from shared.alerts.finding import Finding, Kind
from shared.alerts.sweeps import status
from shared.alerts.sweeps.ended import Ended, has_end, read_ends, told_ends
from shared.alerts.sweeps.health import Health, Identity
from shared.alerts.sweeps.inbox import put
from shared.alerts.sweeps.lateness import Lateness, lateness
from shared.alerts.sweeps.memory import (
    Scope,
    bounded_key,
    forget_all,
    recall,
    recall_some,
    remember,
)
from shared.alerts.sweeps.needs import Needs
from shared.alerts.sweeps.progress import Progress
from shared.alerts.sweeps.reader import Reader
from shared.alerts.sweeps.resets import reset_runs
from shared.alerts.sweeps.rhythm import SweepRhythm
from shared.alerts.sweeps.states import change_states, over_with, recall_states
from shared.alerts.sweeps.status import CURSOR, ENDED, PartStatus
from shared.errors import UnexpectedAnswer
from shared.models import ExecutionStatus

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from shared.leases import Guard
    from shared.models import Execution
    from shared.store import Store

_UNSORTED = "unsorted"
# So many rows, and not one that can be read, are no exception.
_ALL_UNREADABLE = 100


@dataclass(frozen=True, slots=True)
class Tally:
    """How many findings are new, and how many of them are late."""

    found: int = 0
    late: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.found + other.found, self.late + other.late)


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a turn begins; before `baseline` nothing matters to anybody.

    What ended since `again` is told again: while the last turn went on, somebody may have asked
    for kinds that it did not store.
    """

    cursor: datetime
    unsorted: bool
    baseline: datetime | None
    late: Lateness | None
    again: datetime | None


class Ends:
    """One turn reads everything that ended since the cursor, or fails and is repeated."""

    def __init__(
        self, store: Store, reader: Reader, needs: Needs, guard: Guard, rhythm: SweepRhythm
    ) -> None:
        self._store = store
        self._reader = reader
        self._needs = needs
        self._guard = guard
        self._rhythm = rhythm

    async def sweep(self, now: datetime, before: PartStatus) -> Tally:
        """Read to the end; raises OpsError, and what was committed until then stays."""
        start = await self._start(now, before)
        progress = Progress(start.cursor, unsorted=start.unsorted, now=now)
        tally, readable = Tally(), False
        async for page in self._reader.ended(start.cursor - self._rhythm.overlap):
            readable = readable or bool(page.executions)
            if not readable:
                self._check_readable()
            ended = [run for run in page.executions if has_end(run)]
            last = not page.next_page_token
            progress.take([run.end_time for run in ended if run.end_time], last=last)
            tally += await self._commit(ended, start, progress, now, last=last)
        return tally

    def _check_readable(self) -> None:
        """Rather wait for a release that can read them than leave out everything."""
        if len(self._reader.unreadable) >= _ALL_UNREADABLE:
            raise UnexpectedAnswer(
                "Could not read any of the ended executions that are listed: the API has changed. "
                "Nothing is left out; a release of Workflow Ops that knows it catches up."
            )

    async def _start(self, now: datetime, before: PartStatus) -> _Start:
        async with self._store.reading() as connection:
            cursor = (await recall_some(connection, Scope.CURSOR, [CURSOR])).get(CURSOR)
        complete, since = before.last_complete_at, self._needs.since
        late = lateness(before, since, now, self._rhythm.longest_pause)
        first = min(now, since or now) - self._rhythm.overlap
        if cursor is None:
            await self._begin(first)
            return _Start(first, False, since or now, late, complete)
        unsorted = bool(cursor.value.get(_UNSORTED))
        if complete and since and self._is_stale(cursor.at, complete, since):
            await self._begin(first)
            return _Start(first, False, since, late, complete)
        return _Start(cursor.at, unsorted, since, late, complete)

    def _is_stale(self, cursor: datetime, complete: datetime, since: datetime) -> bool:
        """Whether nobody wanted to know for a while: between the last turn and a subscription."""
        nobody = since - complete > self._rhythm.longest_pause
        return nobody and cursor < since - self._rhythm.overlap

    async def _begin(self, cursor: datetime) -> None:
        """Begin here, so that a turn that fails begins there too; how workflows were doing when
        nobody looked says nothing now, nor do the states that held."""
        async with self._store.writing() as connection:
            await self._guard(connection)
            for scope in (Scope.STATE, Scope.SCHEDULE, Scope.BOUND):
                await forget_all(connection, scope)
            rows = await recall(connection, Scope.WORKFLOW)
            for name, row in rows.items():
                value = Health.of(row.value).forgetting_ends().value
                await remember(connection, Scope.WORKFLOW, {name: value}, row.at)
            await remember(connection, Scope.CURSOR, {CURSOR: {_UNSORTED: False}}, cursor)

    async def _commit(
        self,
        runs: Sequence[Execution],
        start: _Start,
        progress: Progress,
        now: datetime,
        *,
        last: bool,
    ) -> Tally:
        resets = await self._resets(runs, start)
        async with self._store.writing() as connection:
            await self._guard(connection)
            health = await self._health(connection, runs)
            ended = read_ends(runs, health, now, resets, start.again)
            found = await self._put(connection, ended, start, now)
            await self._note(connection, ended, progress, now)
            if last:
                gap = start.late.gap if start.late else None
                await status.note_complete(connection, ENDED, now, gap)
        return found

    async def _resets(self, runs: Sequence[Execution], start: _Start) -> frozenset[Identity]:
        terminated = [run for run in runs if run.status == ExecutionStatus.TERMINATED]
        if not terminated or not self._needs.stores(Kind.TERMINATED):
            return frozenset()
        async with self._store.reading() as connection:
            health = await self._health(connection, terminated)
        return await reset_runs(self._reader, told_ends(terminated, health, start.again))

    async def _health(
        self, connection: AsyncConnection, runs: Sequence[Execution]
    ) -> dict[str, Health]:
        names = {run.workflow_name for run in runs}
        rows = await recall_some(connection, Scope.WORKFLOW, names)
        return {name: Health.of(row.value) for name, row in rows.items()}

    async def _put(
        self, connection: AsyncConnection, ended: Ended, start: _Start, now: datetime
    ) -> Tally:
        if not ended.new and not ended.findings:
            return Tally()
        over = over_with((await recall_states(connection)).values(), ended.new)
        states = await change_states(connection, [], over, now)
        wanted = [each for each in ended.findings if self._is_wanted(each, start)]
        return await put_all(connection, [*wanted, *states], start.late)

    def _is_wanted(self, finding: Finding, start: _Start) -> bool:
        old = start.baseline is not None and finding.at < start.baseline
        return not old and self._needs.stores(finding.kind)

    async def _note(
        self, connection: AsyncConnection, ended: Ended, progress: Progress, now: datetime
    ) -> None:
        horizon = progress.cursor - self._rhythm.overlap
        values = {name: each.settled(horizon).value for name, each in ended.health.items()}
        await remember(connection, Scope.WORKFLOW, values, now)
        if progress.moved:
            value = {_UNSORTED: progress.unsorted}
            await remember(connection, Scope.CURSOR, {CURSOR: value}, progress.cursor)


async def put_all(
    connection: AsyncConnection, findings: Sequence[Finding], late: Lateness | None
) -> Tally:
    """Put findings into the inbox, the late ones with the gap that they were found after."""
    marked = [late.mark(each) for each in findings] if late else list(findings)
    marked.sort(key=lambda finding: finding.at)
    new = await put(connection, marked)
    return Tally(len(new), sum(each.late and bounded_key(each.key) in new for each in marked))
