"""Tells runs that a reset terminated from those that somebody terminated."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.alerts.sweeps.ended import end_of
from shared.alerts.sweeps.health import End, Identity
from shared.alerts.sweeps.reader import Reader
from shared.models import ExecutionStatus

if TYPE_CHECKING:
    from shared.models import Execution

# Temporal 1.32 terminates the open run in this name, and starts the other a few milliseconds later.
_RESETTER = "history-resetter"
_AT_ONCE = timedelta(seconds=2)


async def reset_runs(reader: Reader, runs: Iterable[Execution]) -> frozenset[Identity]:
    """Those of the ended runs that a reset terminated."""
    terminated = [end_of(run) for run in runs if run.status == ExecutionStatus.TERMINATED]

    async def by_reset(end: End) -> bool:
        return await was_reset(reader, end.execution_id, end.run_id, end.at)

    found = await reader.each(terminated, by_reset)
    # Where it cannot be known, a terminated run is one: an alert too many is better than none.
    return frozenset(end.identity for end, reset in found if reset is True)


async def was_reset(
    reader: Reader, execution_id: str, run_id: str | None, ended_at: datetime
) -> bool:
    """Whether a reset terminated the run; raises ApiError where that cannot be known."""
    latest = await reader.execution(execution_id)
    if latest is None or not _is_later(latest, run_id, ended_at):
        return False
    events = await reader.history(run_id) if run_id else []
    # The same id may have been started again: the history knows who ended the run.
    if events and events[-1].type == "WORKFLOW_EXECUTION_TERMINATED":
        return events[-1].attributes.get("identity") == _RESETTER
    return timedelta(0) <= latest.start_time - ended_at < _AT_ONCE


def _is_later(latest: Execution, run_id: str | None, ended_at: datetime) -> bool:
    if latest.run_id and run_id:
        return latest.run_id != run_id
    return latest.start_time >= ended_at
