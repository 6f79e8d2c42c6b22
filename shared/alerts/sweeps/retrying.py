"""Finds executions in which something fails again and again, which no status tells."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.alerts.finding import Kind
from shared.alerts.sweeps.gone import Gone
from shared.alerts.sweeps.looked import Looked, Turn
from shared.alerts.sweeps.needs import Needs
from shared.alerts.sweeps.pacing import Pacing
from shared.alerts.sweeps.rhythm import SweepRhythm
from shared.alerts.sweeps.states import Over, State
from shared.alerts.sweeps.troubles import CODE, Trouble, View, view_of
from shared.models import ExecutionStatus

if TYPE_CHECKING:
    from shared.models import Execution

_STATUS = "status"


class Retrying:
    """The part that looks into running executions, a few at a time."""

    name = "retrying"

    def __init__(self, rhythm: SweepRhythm) -> None:
        self._pacing = Pacing(rhythm.longest_wait)
        self._gone = Gone(rhythm)
        self._views: dict[str, View] = {}

    def is_wanted(self, needs: Needs) -> bool:
        """Whether some subscription needs it."""
        return Kind.RETRYING in needs.kinds

    def period(self, rhythm: SweepRhythm) -> float:
        """Seconds between two looks."""
        return rhythm.retrying

    def youngest(self, needs: Needs, rhythm: SweepRhythm) -> float | None:
        """The status that says it comes at any age."""
        return 0.0

    async def look(self, turn: Turn) -> Looked:
        """Believe the status, and look at the events of those that run for a while."""
        running, complete = await turn.running()
        held = turn.holding(Kind.RETRYING)
        looked = Looked()
        self._take_statuses(turn, running, held, looked)
        oldest = turn.now - timedelta(seconds=turn.rhythm.retrying_after)
        runs = {run.execution_id: run for run in running if run.start_time <= oldest}
        self._keep(runs.values())
        due = self._due(turn, set(runs), {state.execution_id or "" for state in held})
        chosen = due[: turn.rhythm.most_looked]
        for execution_id, view in await turn.reader.each(
            chosen, lambda each: self._view(turn, runs[each])
        ):
            if isinstance(view, View):
                self._settle(turn, runs[execution_id], view, held, looked)
            else:
                self._pacing.later(execution_id, turn.now, turn.rhythm.retrying)
        if complete:
            looked.over += await self._gone.over(turn, held, running)
        unseen = [each for each in due[len(chosen) :] if _run_key(runs[each]) not in self._views]
        looked.missing = _missing(complete, len(unseen))
        return looked

    def _take_statuses(
        self, turn: Turn, running: Sequence[Execution], held: Sequence[State], looked: Looked
    ) -> None:
        known = {each.key: each for each in held}
        for run in running:
            state = _state(turn, run, Trouble(_STATUS, None, 0, None))
            retries = run.status == ExecutionStatus.RETRYING_AFTER_ERROR
            if retries and state.key not in known:
                looked.began.append(state)
            elif not retries and state.key in known:
                looked.over.append(Over(known[state.key], turn.now))

    def _due(self, turn: Turn, execution_ids: set[str], troubled: set[str]) -> list[str]:
        now = turn.now
        first = self._pacing.due(sorted(execution_ids & troubled), now)
        return first + self._pacing.due(sorted(execution_ids - troubled), now)

    async def _view(self, turn: Turn, run: Execution) -> View:
        known = self._views.get(_run_key(run)) or View(None, more=True)
        return await view_of(turn.reader, run, known, turn.rhythm.attempts)

    def _settle(
        self, turn: Turn, run: Execution, view: View, held: Sequence[State], looked: Looked
    ) -> None:
        before = self._views.get(_run_key(run))
        self._views[_run_key(run)] = view
        if view.more:
            # Still in the past: read on at the next turn.
            return self._pacing.soon(run.execution_id, turn.now, turn.rhythm.retrying)
        own = {state.key: state for state in held if state.belongs_to(run)}
        states = [_state(turn, run, trouble) for trouble in view.troubles]
        looked.began += (state for state in states if state.key not in own)
        settled = {_mark(run, mark) for mark in view.settled}
        looked.over += (Over(each, turn.now) for each in own.values() if each.mark in settled)
        if states or own or before is None or view.attempts != before.attempts:
            return self._pacing.soon(run.execution_id, turn.now, turn.rhythm.retrying)
        return self._pacing.later(run.execution_id, turn.now, turn.rhythm.retrying)

    def _keep(self, runs: Collection[Execution]) -> None:
        self._pacing.keep({run.execution_id for run in runs})
        keys = {_run_key(run) for run in runs}
        self._views = {key: view for key, view in self._views.items() if key in keys}


def _state(turn: Turn, run: Execution, trouble: Trouble) -> State:
    detail = {
        "step": trouble.step,
        "attempts": trouble.attempts or None,
        "error": trouble.error,
        "stuck": trouble.mark == CODE or None,
    }
    return State(
        kind=Kind.RETRYING,
        subject=run.execution_id,
        workflow=run.workflow_name,
        since=turn.now,
        execution_id=run.execution_id,
        run_id=run.run_id,
        deployment=run.deployment_name,
        mark=_mark(run, trouble.mark),
        detail={name: value for name, value in detail.items() if value is not None},
    )


def _mark(run: Execution, mark: str) -> str:
    return f"{run.run_id or run.start_time.isoformat()}:{mark}"


def _run_key(run: Execution) -> str:
    return f"{run.execution_id}:{run.run_id}"


def _missing(complete: bool, left: int) -> str | None:
    if not complete:
        return "More executions are running than are looked at in one turn; the newest were."
    return f"{left} running executions are looked at in the next turns." if left else None
