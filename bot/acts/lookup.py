"""What forms show besides their fields, read through the operations."""

import asyncio

from bot.visit import Visit
from shared.errors import OpsError
from shared.operations.event_pages import read_events
from shared.operations.history import GetExecutionHistory, get_execution_history
from shared.operations.target import find
from shared.operations.workflows import GetWorkflow, get_workflow
from shared.results import ExecutionRow, History, WorkflowDetail
from shared.timeline import build

_AT_ONCE = 8
_PAGE = 200
_MOST_PAGES = 10


async def workflow_detail(visit: Visit, workflow: str) -> WorkflowDetail:
    """A workflow with its schemas."""
    return await get_workflow(visit.context, GetWorkflow(workflow=workflow))


async def workflow_of(visit: Visit, execution_id: str) -> WorkflowDetail:
    """The workflow of an execution."""
    execution = await visit.parts.api.get_execution(execution_id)
    return await workflow_detail(visit, execution.workflow_name)


async def execution_rows(visit: Visit, execution_ids: list[str]) -> list[ExecutionRow]:
    """What is known of executions; one that cannot be read is left out, its id is shown anyway."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def row(execution_id: str) -> ExecutionRow | None:
        async with turns:
            try:
                found = await visit.parts.api.get_execution(execution_id)
            except OpsError:
                return None
            return ExecutionRow(
                execution_id=execution_id,
                workflow=found.workflow_name,
                status=found.status,
                started_at=found.start_time,
                ended_at=found.end_time,
            )

    rows = await asyncio.gather(*(row(each) for each in execution_ids))
    return [each for each in rows if each is not None]


async def whole_history(visit: Visit, execution_id: str) -> History:
    """The history with as many events as a picker can use, the newest ones among them."""
    first = await _history(visit, execution_id, 1)
    pages, following = [first], first.next_event_id
    while following is not None and len(pages) < _MOST_PAGES:
        # Far pages only matter around the last points: the others are skipped.
        start = max(following, first.total - _PAGE * (_MOST_PAGES - len(pages)) + 1)
        page = await _history(visit, execution_id, start)
        pages.append(page)
        following = page.next_event_id
    events = tuple(event for page in pages for event in page.events)
    return first.model_copy(update={"events": events, "next_event_id": None})


async def last_input(visit: Visit, execution_id: str) -> object:
    """What an execution was started with, as its events tell."""
    target = await find(visit.parts.api, execution_id)
    events, _ = await read_events(visit.parts.api, target)
    return build(events, target.execution).picture.input


async def _history(visit: Visit, execution_id: str, start: int) -> History:
    asked = GetExecutionHistory(execution_id=execution_id, from_event_id=start, limit=_PAGE)
    return await get_execution_history(visit.context, asked)
