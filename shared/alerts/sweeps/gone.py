"""States of executions that are not listed as running any more, though nobody saw them end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.alerts.sweeps.looked import Turn
from shared.alerts.sweeps.pacing import Pacing
from shared.alerts.sweeps.rhythm import SweepRhythm
from shared.alerts.sweeps.states import Over, State, ended_with
from shared.alerts.sweeps.unread import UNREAD, Unread
from shared.errors import ApiError
from shared.models import OPEN

if TYPE_CHECKING:
    from shared.models import Execution


class Gone:
    """Asks the executions themselves: a list may lag behind, or miss one between its pages."""

    def __init__(self, rhythm: SweepRhythm) -> None:
        self._first = rhythm.slow
        self._pacing = Pacing(rhythm.longest_wait)
        self._unread = Unread()

    async def over(
        self, turn: Turn, known: Sequence[State], running: Sequence[Execution]
    ) -> list[Over]:
        """Those states whose run the execution itself says is over."""
        listed = {run.execution_id: run for run in running}
        gone = [state for state in known if not _is_listed(state, listed.get(_id(state)))]
        ids = {_id(state) for state in gone}
        self._pacing.keep(ids)
        self._unread.keep(ids)
        chosen = self._pacing.due(sorted(ids), turn.now)[: turn.rhythm.most_looked]
        found = await turn.reader.each(chosen, turn.reader.execution)
        for execution_id in chosen:
            self._pacing.later(execution_id, turn.now, self._first)
        return [
            over
            for execution_id, run in found
            for state in gone
            if _id(state) == execution_id and (over := self._over(state, run, turn.now))
        ]

    def _over(self, state: State, run: Execution | ApiError | None, now: datetime) -> Over | None:
        if isinstance(run, ApiError):
            is_given_up = self._unread.is_given_up(_id(state), run, now)
            return Over(state, now, UNREAD) if is_given_up else None
        self._unread.was_read(_id(state))
        return None if _still_runs(run, state) else Over(state, _end(run, now), _how(run, state))


def _id(state: State) -> str:
    return state.execution_id or state.subject


def _is_listed(state: State, run: Execution | None) -> bool:
    return run is not None and state.belongs_to(run)


def _still_runs(found: Execution | None, state: State) -> bool:
    return found is not None and found.status in OPEN and state.belongs_to(found)


def _how(found: Execution | None, state: State) -> dict[str, Any]:
    return ended_with(found if found is not None and state.belongs_to(found) else None)


def _end(found: Execution | None, now: datetime) -> datetime:
    return (found.end_time if found else None) or now
