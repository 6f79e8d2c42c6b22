"""Filters and orders of the list of runs, on which the sweeps of alerts rest."""

from datetime import datetime
from itertools import pairwise

from shared.doctor.assumptions.asking import Answer, Assumption, fails, holds, untold
from shared.doctor.assumptions.samples import PAGE, Samples
from shared.models import Execution
from shared.operations.pending import WAITING_FILTER, says_waiting

_NOBODY = "workflow-ops.doctor==:nobody has this value"
_FEW = 5


async def search_keys_are_filtered(samples: Samples) -> Answer:
    """A value that nobody has must bring nobody."""
    page = await samples.api.list_runs(search_key=[_NOBODY], page_size=1)
    if page.executions:
        return fails("the filter is taken and ignored")
    if not (await samples.recent()).executions:
        return untold("there are no executions")
    return holds("a value that nobody has brings nobody")


async def waiting_is_a_search_key(samples: Samples) -> Answer:
    """Whoever the filter brings must say of itself that it waits."""
    page = await samples.api.list_runs(
        search_key=[WAITING_FILTER], status=["RUNNING"], page_size=_FEW
    )
    if not page.executions:
        return untold(f"{WAITING_FILTER} is taken, and nobody waits now")
    first = page.executions[0].execution_id
    found = await samples.api.get_execution(first, include_search_keys=True)
    if says_waiting(found):
        return holds(f"{WAITING_FILTER} brings executions that wait")
    return fails(f"{first} is brought and does not say that it waits")


async def ends_come_in_order(samples: Samples) -> Answer:
    """By end_time, ascending."""
    ends = _ends((await samples.ended()).executions)
    if len(ends) < 2:
        return untold("fewer than two executions ended in the last week")
    if all(earlier <= later for earlier, later in pairwise(ends)):
        return holds(f"{len(ends)} ends in the order that was asked for")
    return fails("sort_by=end_time with order=asc brings another order")


async def ends_are_bounded(samples: Samples) -> Answer:
    """From end_time_after on, what ended at that very time included."""
    ends = _ends((await samples.ended()).executions)
    if not ends:
        return untold("nothing ended in the last week")
    bound = ends[len(ends) // 2]
    page = await samples.ended_since(bound, len(ends))
    found = _ends(page.executions)
    if len(found) < len(page.executions):
        return fails("executions without an end are among those that ended")
    if any(end < bound for end in found):
        return fails("end_time_after brings earlier ends")
    if bound not in found:
        return fails("what ended at the very time of end_time_after is left out")
    return holds("it is honoured, and the bound is included")


async def statuses_are_filtered(samples: Samples) -> Answer:
    """Several at once."""
    wanted = {"FAILED", "TIMED_OUT"}
    page = await samples.api.list_runs(status=sorted(wanted), page_size=50)
    if not page.executions:
        return untold("nothing failed or timed out")
    others = {str(row.status) for row in page.executions} - wanted
    if others:
        return fails(f"{', '.join(sorted(others))} came along")
    return holds("of several statuses, each is taken")


async def internal_runs_can_be_left_out(samples: Samples) -> Answer:
    """include_internal=false brings a part of what comes without it."""
    recent = (await samples.recent()).executions
    page = await samples.api.list_runs(include_internal=False, page_size=PAGE)
    if not recent:
        return untold("there are no executions")
    shown = {(row.execution_id, row.run_id) for row in page.executions}
    # What began meanwhile pushes the oldest off the page.
    since = min((row.start_time for row in page.executions), default=recent[-1].start_time)
    missing = [
        row
        for row in recent
        if row.start_time > since and (row.execution_id, row.run_id) not in shown
    ]
    if not missing:
        return untold("include_internal is taken, and none of the latest executions is internal")
    return holds(f"{len(missing)} of the latest {len(recent)} executions are internal")


FILTERS = (
    Assumption(
        "search keys are filtered",
        search_keys_are_filtered,
        "Alerts on waiting executions and lists by search key show the wrong ones.",
        vital=True,
    ),
    Assumption(
        "waiting is a search key",
        waiting_is_a_search_key,
        "Questions are found by watching, and by asking executions that run long.",
    ),
    Assumption(
        "ends come in order",
        ends_come_in_order,
        "Sweeps may miss what ended: alerts are not to be relied on.",
        vital=True,
    ),
    Assumption(
        "ends are bounded",
        ends_are_bounded,
        "Sweeps may miss what ended: alerts are not to be relied on.",
        vital=True,
    ),
    Assumption(
        "statuses are filtered", statuses_are_filtered, "Lists show more than was asked for."
    ),
    Assumption(
        "internal runs can be left out",
        internal_runs_can_be_left_out,
        "Alerts may tell of runs that the platform made for itself.",
    ),
)


def _ends(rows: list[Execution]) -> list[datetime]:
    return [row.end_time for row in rows if row.end_time is not None]
