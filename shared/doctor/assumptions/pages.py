"""Pages of the list of runs."""

from shared.doctor.assumptions.asking import Answer, Assumption, fails, holds, untold
from shared.doctor.assumptions.samples import PAGE, Samples

_SMALL = 2
_OPEN = ("RUNNING", "RETRYING_AFTER_ERROR")


async def pages_may_be_large(samples: Samples) -> Answer:
    """As large as sweeps ask for."""
    page = await samples.recent()
    count = len(page.executions)
    if count >= PAGE:
        return holds(f"a page has {PAGE} rows when so many are asked for")
    if page.next_page_token:
        return fails(f"of {PAGE} rows that were asked for {count} came, and there are more")
    return untold(f"there are only {count} executions")


async def pages_are_full(samples: Samples) -> Answer:
    """A page that is not the last has as many rows as were asked for."""
    page = await samples.api.list_runs(page_size=_SMALL)
    if page.next_page_token is None:
        return untold("there is one page only")
    if len(page.executions) == _SMALL:
        return holds(f"{_SMALL} rows when {_SMALL} are asked for")
    return fails(f"{len(page.executions)} rows when {_SMALL} are asked for, and there are more")


async def pages_go_on(samples: Samples) -> Answer:
    """The token of a page brings what comes after it; ended runs stay where they are."""
    first = await samples.ended_since(samples.window, _SMALL)
    if not first.next_page_token:
        return untold("too little ended in the last week for two pages")
    second = await samples.ended_since(samples.window, _SMALL, first.next_page_token)
    known = {(row.execution_id, row.run_id) for row in first.executions}
    again = [row for row in second.executions if (row.execution_id, row.run_id) in known]
    if again:
        return fails(f"{again[0].execution_id} is on two pages")
    if not second.executions:
        return fails("a token led to an empty page")
    return holds("the second page goes on where the first ended")


async def old_runs_are_kept(samples: Samples) -> Answer:
    """How far back lists reach; nobody says how long runs are kept."""
    page = await samples.api.list_runs(sort_by="start_time", order="asc", page_size=1)
    if not page.executions:
        return untold("there are no executions")
    age = (samples.clock() - page.executions[0].start_time).days
    if age < 1:
        return untold("the oldest execution is of today")
    return holds(f"the oldest execution began {age:,} days ago")


async def runs_are_single(samples: Samples) -> Answer:
    """Of one execution, one run at a time is open."""
    page = await samples.api.list_runs(status=_OPEN, page_size=PAGE)
    ids = [row.execution_id for row in page.executions]
    if not ids:
        return untold("nothing runs")
    twice = sorted({each for each in ids if ids.count(each) > 1})
    if twice:
        return fails(f"{twice[0]} has several open runs")
    return holds(f"among {len(ids)} open, no execution is there twice")


PAGES = (
    Assumption(
        "pages may be large",
        pages_may_be_large,
        "Sweeps need more calls where much happens.",
    ),
    Assumption("pages are full", pages_are_full, "Lists may look shorter than they are."),
    Assumption(
        "pages go on where the last one ended",
        pages_go_on,
        "Sweeps may miss what ended: alerts are not to be relied on.",
        vital=True,
    ),
    Assumption("old runs are kept", old_runs_are_kept, "What is old cannot be looked at."),
    Assumption(
        "an execution has one open run",
        runs_are_single,
        "Acts on an execution reach its latest run only.",
    ),
)
