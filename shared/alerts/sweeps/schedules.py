"""Finds schedules that are paused, miss a time, or start executions that do not complete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.alerts.finding import Kind
from shared.alerts.sweeps.looked import Looked, Turn
from shared.alerts.sweeps.memory import Scope, bounded_key, recall
from shared.alerts.sweeps.missed import goes_on, is_overdue, was_kept, was_missed
from shared.alerts.sweeps.needs import Needs
from shared.alerts.sweeps.rhythm import SweepRhythm
from shared.alerts.sweeps.seen_schedule import SeenSchedule, next_time, times_digest
from shared.alerts.sweeps.states import Over, State
from shared.errors import ApiError, RateLimited
from shared.models import ExecutionStatus
from shared.operations.target import has_ended
from shared.text import one_line

if TYPE_CHECKING:
    from shared.models import Schedule

_KINDS = (Kind.SCHEDULE_PAUSED, Kind.SCHEDULE_MISSED, Kind.SCHEDULE_FAILING)

# So long people see that the last time of a schedule was missed, which no other one makes good.
_LAST_FOR = timedelta(hours=24)


class Schedules:
    """The part that looks at all schedules."""

    name = "schedules"

    def is_wanted(self, needs: Needs) -> bool:
        """Whether some subscription needs it."""
        return needs.schedules

    def period(self, rhythm: SweepRhythm) -> float:
        """Seconds between two looks."""
        return rhythm.schedules

    def youngest(self, needs: Needs, rhythm: SweepRhythm) -> float | None:
        """It does not look at running executions."""
        return None

    async def look(self, turn: Turn) -> Looked:
        """Hold every schedule against what is remembered of it."""
        schedules, complete = await turn.reader.schedules()
        async with turn.store.reading() as connection:
            rows = await recall(connection, Scope.SCHEDULE)
        seen = {key: SeenSchedule.of(row.value) for key, row in rows.items()}
        look = _Look(turn, turn.rhythm.most_looked)
        for schedule in schedules:
            await look.try_to_take(schedule, seen.get(bounded_key(schedule.schedule_id)))
        if complete:
            await look.miss(seen.keys() - {bounded_key(each.schedule_id) for each in schedules})
        else:
            look.looked.missing = "There are more schedules than are listed in one turn."
        return look.looked


@dataclass(frozen=True, slots=True)
class _Failing:
    """How many of the latest ended executions in a row did not complete."""

    count: int
    last_id: str | None


class _Look:
    """One look at all schedules; at most `budget` of them are looked at more closely."""

    def __init__(self, turn: Turn, budget: int) -> None:
        held = turn.holding(*_KINDS)
        # Of kinds that nobody wants now, nobody sees how it goes on.
        unwanted = {each.key for each in held if not turn.needs.stores(each.kind)}
        self.looked = Looked(
            remembered={Scope.SCHEDULE: {}},
            forgotten={Scope.SCHEDULE: set(), Scope.STATE: unwanted},
        )
        self._turn = turn
        self._budget = budget
        self._held = {(s.kind, s.schedule_id): s for s in held if s.key not in unwanted}

    async def try_to_take(self, schedule: Schedule, seen: SeenSchedule | None) -> None:
        """Hold a schedule against what is remembered of it; one that cannot be read is left."""
        try:
            next_at, is_missed = await self._time(schedule, seen)
            outcomes = await self._outcomes(schedule, seen)
        except RateLimited:
            raise
        except ApiError as error:
            self.looked.missing = str(error)
            return
        self._take_pause(schedule, seen)
        self._take_time(schedule, seen, is_missed)
        self._take_outcomes(schedule, outcomes)
        now_seen = SeenSchedule(times_digest(schedule), schedule.paused, next_at, outcomes)
        if now_seen != seen:
            self.looked.remembered[Scope.SCHEDULE][schedule.schedule_id] = now_seen.value

    async def miss(self, keys: set[str]) -> None:
        """Forget what is not listed any more, if it is truly gone."""
        for key in sorted(keys):
            if self._spend() and await self._turn.reader.schedule(key) is None:
                self.looked.forgotten[Scope.SCHEDULE].add(key)
                states = [s for (_, schedule_id), s in self._held.items() if schedule_id == key]
                self.looked.over += (Over(s, self._turn.now, {"deleted": True}) for s in states)

    def _take_pause(self, schedule: Schedule, seen: SeenSchedule | None) -> None:
        held = self._held.get((Kind.SCHEDULE_PAUSED, schedule.schedule_id))
        if held and not schedule.paused:
            self.looked.over.append(Over(held, self._turn.now))
        # One that was paused when it was first seen is meant to be.
        elif schedule.paused and seen is not None and not seen.paused:
            note = {"note": one_line(schedule.note, 200)} if schedule.note else {}
            self._begin(Kind.SCHEDULE_PAUSED, schedule, self._turn.now, note)

    async def _time(
        self, schedule: Schedule, seen: SeenSchedule | None
    ) -> tuple[datetime | None, bool]:
        """The time that it has to keep next, and whether it missed the one that was remembered."""
        upcoming = next_time(schedule)
        if seen is None or seen.next_at is None or times_digest(schedule) != seen.times:
            return upcoming, False
        if schedule.paused or was_kept(schedule, seen.next_at):
            return upcoming, False
        overdue = is_overdue(schedule, seen, self._turn.now, self._turn.rhythm.missed_after)
        if not overdue or not self._spend():
            return seen.next_at, False
        return upcoming, await was_missed(self._turn.reader, seen, schedule.schedule_id)

    def _take_time(self, schedule: Schedule, seen: SeenSchedule | None, is_missed: bool) -> None:
        held = self._held.get((Kind.SCHEDULE_MISSED, schedule.schedule_id))
        if held and goes_on(schedule, held.since):
            self.looked.over.append(Over(held, self._turn.now))
        elif held and (why := _no_more(schedule, held, self._turn.now)):
            self.looked.over.append(Over(held, self._turn.now, {why: True}))
        elif is_missed and seen and seen.next_at:
            detail = {"next_at": seen.next_at.isoformat()}
            self._begin(Kind.SCHEDULE_MISSED, schedule, seen.next_at, detail)

    async def _outcomes(self, schedule: Schedule, seen: SeenSchedule | None) -> dict[str, str]:
        """How its recent executions ended, as far as they did."""
        if not self._turn.needs.stores(Kind.SCHEDULE_FAILING):
            return dict(seen.outcomes) if seen else {}
        recent = [each.execution_id for each in schedule.recent_executions]
        known = seen.outcomes if seen else {}
        outcomes = {each: known[each] for each in recent if each in known}
        for execution_id in recent[-self._turn.rhythm.failures :]:
            if execution_id not in outcomes and self._spend():
                execution = await self._turn.reader.execution(execution_id)
                if execution is not None and has_ended(execution.status):
                    outcomes[execution_id] = execution.status or ""
        return {each: outcomes[each] for each in recent if each in outcomes}

    def _take_outcomes(self, schedule: Schedule, outcomes: dict[str, str]) -> None:
        held = self._held.get((Kind.SCHEDULE_FAILING, schedule.schedule_id))
        failing = _failing(outcomes)
        if held and outcomes and failing.count == 0:
            self.looked.over.append(Over(held, self._turn.now))
        elif not held and failing.count >= self._turn.rhythm.failures:
            detail = {"failures": failing.count}
            self._begin(Kind.SCHEDULE_FAILING, schedule, self._turn.now, detail, failing.last_id)

    def _begin(
        self,
        kind: Kind,
        schedule: Schedule,
        since: datetime,
        detail: Mapping[str, object],
        execution_id: str | None = None,
    ) -> None:
        if not self._turn.needs.stores(kind) or (kind, schedule.schedule_id) in self._held:
            return
        state = State(
            kind=kind,
            subject=schedule.schedule_id,
            workflow=schedule.workflow_name,
            since=since,
            execution_id=execution_id,
            schedule_id=schedule.schedule_id,
            deployment=schedule.deployment_name,
            detail=detail,
        )
        self.looked.began.append(state)

    def _spend(self) -> bool:
        self._budget -= 1
        return self._budget >= 0


def _no_more(schedule: Schedule, missed: State, now: datetime) -> str | None:
    """Why no start will ever say that a missed time is over."""
    if schedule.paused:
        return "paused"
    is_last = not schedule.future_executions
    return "exhausted" if is_last and now - missed.since >= _LAST_FOR else None


def _failing(outcomes: dict[str, str]) -> _Failing:
    count, last = 0, None
    for execution_id, status in reversed(outcomes.items()):
        if status == ExecutionStatus.COMPLETED:
            break
        count, last = count + 1, last or execution_id
    return _Failing(count, last)
