"""Tells runs that a reset terminated from those that somebody terminated."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.alerts.sweeps.ended import identity_of
from shared.alerts.sweeps.health import Identity
from shared.alerts.sweeps.reader import Reader
from shared.models import ExecutionStatus

if TYPE_CHECKING:
    from shared.models import Execution

# Temporal 1.32 terminates the open run in this name, and starts the other a few milliseconds later.
_RESETTER = "history-resetter"
_AT_ONCE = timedelta(seconds=2)


async def reset_runs(reader: Reader, runs: Iterable[Execution]) -> frozenset[Identity]:
    """Those of the ended runs that a reset terminated."""
    terminated = [run for run in runs if run.status == ExecutionStatus.TERMINATED]

    async def is_reset(run: Execution) -> bool:
        return await _is_reset(reader, run)

    found = await reader.each(terminated, is_reset)
    # Where it cannot be known, a terminated run is one: an alert too many is better than none.
    return frozenset(identity_of(run) for run, reset in found if reset is True)


async def _is_reset(reader: Reader, run: Execution) -> bool:
    latest = await reader.execution(run.execution_id)
    if latest is None or run.end_time is None or not _is_later(latest, run):
        return False
    events = await reader.history(run.run_id) if run.run_id else []
    # The same id may have been started again: the history knows who ended the run.
    if events and events[-1].type == "WORKFLOW_EXECUTION_TERMINATED":
        return events[-1].attributes.get("identity") == _RESETTER
    return latest.start_time - run.end_time < _AT_ONCE


def _is_later(latest: Execution, run: Execution) -> bool:
    if latest.run_id and run.run_id:
        return latest.run_id != run.run_id
    return run.end_time is not None and latest.start_time >= run.end_time
