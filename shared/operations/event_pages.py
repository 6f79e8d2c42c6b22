"""The stored events of an execution, read page by page within bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.operations.target import Target

if TYPE_CHECKING:
    from shared.api import WorkflowsApi
    from shared.events import Event

_PAGE = 200
_MOST = 4_000


async def read_events(api: WorkflowsApi, target: Target) -> tuple[list[Event], bool]:
    """The events of the execution and those below it, or of the earlier run that was named.

    The flag says whether they are all: pages come oldest first, and there may be very many.
    """
    events: list[Event] = []
    cursor = None
    below = target.execution.root_execution_id == target.id
    while len(events) < _MOST:
        page = await api.list_events(**scope(target, children=below), limit=_PAGE, cursor=cursor)
        events += page.events
        cursor = page.next_cursor
        if not cursor or not page.events:
            return events, True
    return events, False


def scope(target: Target, *, children: bool) -> dict[str, str]:
    """The filter for the earlier run that was named, the execution, or the tree it belongs to."""
    if target.past and target.run_id is not None:
        return {"workflow_run_id": target.run_id}
    if children:
        # The API knows whole trees only, so that of a child shows its siblings too.
        return {"root_workflow_exec_id": target.execution.root_execution_id}
    return {"workflow_exec_id": target.id}
