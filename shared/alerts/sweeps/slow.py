"""Finds executions that run longer than a fixed time, or than a multiple of the usual one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.alerts.finding import Kind
from shared.alerts.sweeps.ended import duration_of
from shared.alerts.sweeps.gone import Gone
from shared.alerts.sweeps.health import Health
from shared.alerts.sweeps.looked import Looked, Turn
from shared.alerts.sweeps.memory import Remembered, Scope, recall
from shared.alerts.sweeps.needs import Needs
from shared.alerts.sweeps.pacing import Pacing
from shared.alerts.sweeps.rhythm import SweepRhythm
from shared.alerts.sweeps.states import State
from shared.errors import ApiError

if TYPE_CHECKING:
    from shared.models import Execution


@dataclass(frozen=True, slots=True)
class _Bound:
    """A bound of a subscription: so many seconds, or so many medians."""

    seconds: float | None = None
    medians: float | None = None

    @property
    def mark(self) -> str:
        return f"{self.seconds:g}s" if self.seconds is not None else f"{self.medians:g}x"

    @property
    def detail(self) -> dict[str, float]:
        if self.seconds is not None:
            return {"bound_seconds": self.seconds}
        return {"bound_medians": self.medians or 0.0}

    def length(self, median_ms: float | None) -> timedelta | None:
        """How long an execution may run, where that is known."""
        if self.seconds is not None:
            return timedelta(seconds=self.seconds)
        if median_ms is None or self.medians is None:
            return None
        return timedelta(milliseconds=median_ms * self.medians)


class Slow:
    """The part that looks for executions that run long."""

    name = "slow"

    def __init__(self, rhythm: SweepRhythm) -> None:
        self._gone = Gone(rhythm)
        self._learning = Pacing(rhythm.longest_wait)

    def is_wanted(self, needs: Needs) -> bool:
        """Whether some subscription needs it."""
        return needs.slow

    def period(self, rhythm: SweepRhythm) -> float:
        """Seconds between two looks."""
        return rhythm.slow

    def youngest(self, needs: Needs, rhythm: SweepRhythm) -> float | None:
        """Younger executions are within every bound."""
        return 0.0 if needs.slow_medians else min(needs.slow_seconds)

    async def look(self, turn: Turn) -> Looked:
        """Hold the running executions against the bounds."""
        running, complete = await turn.running()
        async with turn.store.reading() as connection:
            health = await recall(connection, Scope.WORKFLOW)
            since = await recall(connection, Scope.BOUND)
        bounds = _bounds(turn.needs)
        looked = _bounds_remembered(bounds, since)
        learned = await self._learn(turn, running, _healths(health))
        looked.remembered[Scope.WORKFLOW] = {name: each.value for name, each in learned.items()}
        medians = {name: each.median_ms for name, each in (_healths(health) | learned).items()}
        known = turn.holding(Kind.SLOW)
        keys = {state.key for state in known}
        began = _states(running, bounds, medians, since, turn.now)
        looked.began = [state for state in began if state.key not in keys]
        if complete:
            looked.over = await self._gone.over(turn, known, running)
        else:
            looked.missing = "More executions run long than are looked at in one turn."
        return looked

    async def _learn(
        self, turn: Turn, running: Sequence[Execution], health: Mapping[str, Health]
    ) -> dict[str, Health]:
        """How long executions took before anybody looked, of workflows that too few are known of.

        Only of those that run now: this costs a call each.
        """
        if not turn.needs.slow_medians:
            return {}
        unknown = {run.workflow_name for run in running}
        unknown -= {name for name, each in health.items() if each.median_ms is not None}
        self._learning.keep(unknown)
        chosen = self._learning.due(sorted(unknown), turn.now)[: turn.rhythm.most_looked]
        learned: dict[str, Health] = {}
        for name, runs in await turn.reader.each(chosen, turn.reader.completed):
            self._learning.later(name, turn.now, turn.rhythm.longest_wait)
            if not isinstance(runs, ApiError):
                durations = [length for run in runs[::-1] if (length := duration_of(run))]
                learned[name] = health.get(name, Health()).with_durations(durations)
        return learned


def _healths(rows: Mapping[str, Remembered]) -> dict[str, Health]:
    return {name: Health.of(row.value) for name, row in rows.items()}


def _bounds(needs: Needs) -> list[_Bound]:
    fixed = [_Bound(seconds=each) for each in sorted(needs.slow_seconds)]
    return fixed + [_Bound(medians=each) for each in sorted(needs.slow_medians)]


def _bounds_remembered(bounds: Sequence[_Bound], since: Mapping[str, Remembered]) -> Looked:
    new: dict[str, Any] = {bound.mark: {} for bound in bounds if bound.mark not in since}
    gone = since.keys() - {bound.mark for bound in bounds}
    return Looked(remembered={Scope.BOUND: new}, forgotten={Scope.BOUND: set(gone)})


def _states(
    running: Sequence[Execution],
    bounds: Sequence[_Bound],
    medians: Mapping[str, float | None],
    since: Mapping[str, Remembered],
    now: datetime,
) -> Iterator[State]:
    for run in running:
        median = medians.get(run.workflow_name)
        for bound in bounds:
            length = bound.length(median)
            if length is not None and now - run.start_time >= length:
                # Who asks for a bound hears of what has passed it already as of now.
                asked = since[bound.mark].at if bound.mark in since else now
                passed = max(run.start_time + length, asked)
                yield _state(run, bound, median, passed, now)


def _state(
    run: Execution, bound: _Bound, median: float | None, passed: datetime, now: datetime
) -> State:
    detail: dict[str, Any] = {
        **bound.detail,
        "running_ms": round((now - run.start_time).total_seconds() * 1_000),
        "started_at": run.start_time.isoformat(),
    }
    if median is not None:
        detail["median_ms"] = round(median)
    return State(
        kind=Kind.SLOW,
        subject=run.execution_id,
        workflow=run.workflow_name,
        since=passed,
        execution_id=run.execution_id,
        run_id=run.run_id,
        deployment=run.deployment_name,
        mark=f"{run.run_id or run.start_time.isoformat()}:{bound.mark}",
        detail=detail,
    )
