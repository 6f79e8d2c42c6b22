"""The events that workers sent for an execution."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from shared.arguments import Cursor, Id, Limit, Words
from shared.call import Effect
from shared.context import Context
from shared.operation import Params, operation
from shared.operations.event_pages import scope
from shared.operations.event_rows import Wanted, event_row
from shared.operations.live import listen
from shared.operations.parts import Parts
from shared.operations.target import Target, find
from shared.results import Events

if TYPE_CHECKING:
    from shared.events import Event

_MOST_PAGES = 10


class ListExecutionEvents(Params):
    """The arguments of list_execution_events."""

    execution_id: Id
    types: Annotated[Words, Field(description="Such as ACTIVITY_TASK_FAILED.")] = ()
    children: Annotated[bool, Field(description="With events of child executions.")] = False
    include_internal: bool = False
    limit: Limit = 50
    cursor: Cursor | None = None
    follow_seconds: Annotated[int, Field(ge=0, le=50, description="Wait for new events.")] = 0


@operation(
    command="events {execution_id}",
    effect=Effect.READ,
    idempotent=True,
    examples=lambda: (ListExecutionEvents(execution_id="order-41"),),
)
async def list_execution_events(context: Context, params: ListExecutionEvents) -> Events:
    """List activity, task and lifecycle events of an execution, oldest first."""
    target = await find(context.api, params.execution_id)
    wanted = Wanted(
        target.id,
        frozenset(kind.upper() for kind in params.types),
        internal=params.include_internal,
    )
    events, cursor, at_end = await _stored(context, target, params, wanted)
    parts = Parts()
    fresh: list[Event] = []
    if params.follow_seconds and at_end:
        fresh = await _coming(context, target, params, wanted, events, parts)
    rows = tuple(event_row(event, target.id) for event in [*events, *fresh])
    return Events(execution_id=target.id, events=rows, cursor=cursor, notes=tuple(parts.notes))


async def _stored(
    context: Context, target: Target, params: ListExecutionEvents, wanted: Wanted
) -> tuple[list["Event"], str | None, bool]:
    """At least `limit` events where there are so many: the API does not filter, so pages shrink."""
    events: list[Event] = []
    cursor, at_end = params.cursor, False
    for _ in range(_MOST_PAGES):
        page = await context.api.list_events(
            **scope(target, children=params.children), limit=params.limit, cursor=cursor
        )
        cursor = page.next_cursor or None
        at_end = cursor is None or len(page.events) < params.limit
        events += filter(wanted.fits, page.events)
        if at_end or len(events) >= params.limit:
            break
    return events, cursor, at_end


async def _coming(
    context: Context,
    target: Target,
    params: ListExecutionEvents,
    wanted: Wanted,
    known: list["Event"],
    parts: Parts,
) -> list["Event"]:
    """What happens while we wait, until the end of the execution, the limit or the time."""
    from shared.events import Frame
    from shared.operations.event_stream import follow_events
    from shared.stream import Checked, Ended

    fresh: list[Event] = []
    seen = {event.event_id for event in known}
    since = _since(context, params, known)

    def is_new(event: "Event") -> bool:
        is_late = event.event_timestamp >= since and event.event_id not in seen
        return is_late and wanted.fits(event)

    def is_enough(item: Frame | Checked | Ended) -> bool:
        # The stream begins at the beginning, and what is old was listed already.
        if isinstance(item, Frame) and is_new(item.data):
            fresh.append(item.data)
        return isinstance(item, Ended) or len(fresh) >= params.limit

    root_id = target.execution.root_execution_id if params.children else None
    items = follow_events(context.api, target.id, wanted.types, root_id=root_id)
    await listen(parts, "New events", items, params.follow_seconds, is_enough)
    return fresh


def _since(context: Context, params: ListExecutionEvents, known: list["Event"]) -> int:
    """Before which time, in nanoseconds, everything was listed on earlier pages."""
    if not params.cursor:
        return 0
    if known:
        return known[0].event_timestamp
    return int(context.clock().timestamp() * 1_000_000_000)
