"""What the rows of the list of runs say."""

from collections import Counter

from shared.doctor.assumptions.asking import Answer, Assumption, fails, holds, untold
from shared.doctor.assumptions.samples import Samples
from shared.models import Execution, ExecutionStatus, is_terminal
from shared.text import one_line

_CONTINUED = ExecutionStatus.CONTINUED_AS_NEW
_RETRYING = ExecutionStatus.RETRYING_AFTER_ERROR


async def runs_have_ids(samples: Samples) -> Answer:
    """And the id of a run leads to it."""
    rows = (await samples.recent()).executions
    if not rows:
        return untold("there are no executions")
    nameless = [row for row in rows if not row.run_id]
    if nameless:
        return fails(f"{len(nameless)} of {len(rows)} rows have no run_id")
    first = rows[0]
    found = await samples.api.get_run(first.run_id or "")
    if found.execution_id != first.execution_id:
        return fails(f"run {first.run_id} is of {found.execution_id}, not {first.execution_id}")
    return holds("every row names its run, and the run its execution")


async def rows_are_runs(samples: Samples) -> Answer:
    """A row is a run of an execution, and not an execution as of its latest run."""
    rows = await _runs(samples)
    counted = Counter(row.execution_id for row in rows)
    several = [each for each, count in counted.items() if count > 1]
    if several:
        return holds(f"{several[0]} has several rows, one for each of its runs")
    continued = next((row for row in rows if row.status == _CONTINUED), None)
    if continued is None:
        return untold("no execution has more than one run")
    return holds(f"{continued.execution_id} has a row for a run that was continued")


async def continuing_keeps_the_id(samples: Samples) -> Answer:
    """Continue-as-new goes on under the same execution id, with a new run."""
    continued = next((row for row in await _runs(samples) if row.status == _CONTINUED), None)
    if continued is None:
        return untold("nothing was continued as new")
    latest = await samples.api.get_execution(continued.execution_id)
    if latest.run_id != continued.run_id:
        return holds(f"{continued.execution_id} goes on with a new run")
    return fails(f"{continued.execution_id} has no later run under its id")


async def statuses_are_known(samples: Samples) -> Answer:
    """None but the eight of the contract."""
    found = Counter(str(row.status) for row in await _runs(samples))
    unknown = sorted(set(found) - set(ExecutionStatus))
    if unknown:
        return fails(one_line(f"there are others: {', '.join(unknown)}", 150))
    if not found:
        return untold("there are no executions")
    return holds(", ".join(f"{count} {status}" for status, count in found.most_common()))


async def retrying_is_open(samples: Samples) -> Answer:
    """RETRYING_AFTER_ERROR is no end."""
    page = await samples.api.list_runs(status=[_RETRYING], page_size=50)
    if not page.executions:
        return untold("nothing has this status")
    ended = [row.execution_id for row in page.executions if row.end_time is not None]
    if ended:
        return fails(f"{ended[0]} has an end")
    return holds(f"{len(page.executions)} with this status have no end")


async def ends_have_times(samples: Samples) -> Answer:
    """An end has a time, and what is open has none."""
    rows = (await samples.recent()).executions
    if not rows:
        return untold("there are no executions")
    wrong = [row for row in rows if is_terminal(row.status) != (row.end_time is not None)]
    if wrong:
        return fails(f"{wrong[0].execution_id} is {wrong[0].status}, end_time {wrong[0].end_time}")
    return holds("every ended execution has an end_time, and no open one")


async def roots_are_their_own(samples: Samples) -> Answer:
    """An execution without a parent is its own root."""
    rows = (await samples.recent()).executions
    roots = [row for row in rows if row.parent_execution_id is None]
    if not roots:
        return untold("there are no root executions")
    wrong = [row for row in roots if row.root_execution_id != row.execution_id]
    if wrong:
        return fails(f"{wrong[0].execution_id} has another root: {wrong[0].root_execution_id}")
    return holds(f"{len(roots)} of {len(rows)} executions are roots")


async def _runs(samples: Samples) -> list[Execution]:
    """All rows that were read, each run once."""
    rows = [*(await samples.recent()).executions, *(await samples.ended()).executions]
    return list({(row.execution_id, row.run_id): row for row in rows}.values())


ROWS = (
    Assumption(
        "runs have ids",
        runs_have_ids,
        "Alerts take the runs of one execution for the same, and earlier runs cannot be shown.",
        vital=True,
    ),
    Assumption(
        "rows are runs",
        rows_are_runs,
        "Earlier runs of an execution are not seen.",
    ),
    Assumption(
        "continuing keeps the id",
        continuing_keeps_the_id,
        "Cards end where an execution is continued as new.",
    ),
    Assumption(
        "statuses are known", statuses_are_known, "Others count as open until they have an end."
    ),
    Assumption("retrying is open", retrying_is_open, "Cards show as open what has ended."),
    Assumption(
        "ends have times",
        ends_have_times,
        "Sweeps may miss what ended: alerts are not to be relied on.",
        vital=True,
    ),
    Assumption("roots are their own", roots_are_their_own, "Trees of executions look incomplete."),
)
