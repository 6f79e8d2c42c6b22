"""The two event streams: what is stored first, then what comes, from one loop over the store."""

import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request
from sse_starlette import EventSourceResponse, ServerSentEvent
from temporalio.service import RPCError

from sandbox import events, executions, pages
from sandbox.errors import ApiError
from sandbox.events import Wanted, unless_any
from sandbox.gateway import CurrentGateway, Gateway

router = APIRouter(prefix="/v1/workflows")

# Heartbeats are comments, which every client skips; gateways cut idle streams after 60 s.
PING_SECONDS = 10
# How often an idle stream asks whether its execution has ended: some ends emit no event.
CHECK_SECONDS = 0.5
# How long a stream stays open after its execution ended, for the worker's last events.
GRACE = timedelta(seconds=1.5)
_PAGE = 500

EventSource = Literal["DATABASE", "LIVE", "HYBRID"]
EventType = Literal[
    "WORKFLOW_EXECUTION_STARTED",
    "WORKFLOW_EXECUTION_COMPLETED",
    "WORKFLOW_EXECUTION_FAILED",
    "WORKFLOW_EXECUTION_CANCELED",
    "WORKFLOW_EXECUTION_CONTINUED_AS_NEW",
    "WORKFLOW_TASK_TIMED_OUT",
    "WORKFLOW_TASK_FAILED",
    "CUSTOM_TASK_STARTED",
    "CUSTOM_TASK_IN_PROGRESS",
    "CUSTOM_TASK_COMPLETED",
    "CUSTOM_TASK_FAILED",
    "CUSTOM_TASK_TIMED_OUT",
    "CUSTOM_TASK_CANCELED",
    "ACTIVITY_TASK_STARTED",
    "ACTIVITY_TASK_COMPLETED",
    "ACTIVITY_TASK_RETRYING",
    "ACTIVITY_TASK_FAILED",
]


@router.get("/executions/{execution_id}/stream")
async def stream_execution(
    execution_id: str,
    gateway: CurrentGateway,
    event_source: EventSource | None = None,
    last_event_id: Annotated[str | None, Query()] = None,
    last_event_id_header: Annotated[str | None, Header(alias="last-event-id")] = None,
) -> EventSourceResponse:
    """Events of an execution and of its whole tree."""
    await executions.describe(gateway, execution_id, with_result=False)
    after = _sequence(last_event_id_header or last_event_id)
    if event_source == "LIVE" and after == 0:
        after = events.last_sequence(gateway.db)
    wanted = Wanted(root_execution_id=execution_id)
    if not _is_root(gateway, execution_id):
        wanted = Wanted(execution_id=execution_id)
    return _answer(gateway, wanted, after, execution_id, follow=event_source != "DATABASE")


@router.get("/events/stream")
async def stream_events(
    request: Request,
    gateway: CurrentGateway,
    scope: Literal["activity", "workflow", "*"] = "*",
    activity_name: str = "*",
    activity_id: str = "*",
    workflow_name: str = "*",
    workflow_exec_id: str = "*",
    root_workflow_exec_id: str = "*",
    parent_workflow_exec_id: str = "*",
    stream: str = "*",
    start_seq: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    workflow_event_types: Annotated[list[EventType] | None, Query()] = None,
    last_event_id: Annotated[str | None, Query()] = None,
    last_event_id_header: Annotated[str | None, Header(alias="last-event-id")] = None,
) -> EventSourceResponse:
    """Events by filter; one execution must be named, as itself, as root or as parent."""
    named = [
        each
        for each in map(
            unless_any, (workflow_exec_id, root_workflow_exec_id, parent_workflow_exec_id)
        )
        if each
    ]
    if not named:
        raise ApiError(
            400,
            "invalid_params_error",
            "Name one of workflow_exec_id, root_workflow_exec_id, parent_workflow_exec_id.",
        )
    resumed = _sequence(last_event_id_header or last_event_id)
    wanted = Wanted(
        execution_id=unless_any(workflow_exec_id),
        root_execution_id=unless_any(root_workflow_exec_id),
        parent_execution_id=unless_any(parent_workflow_exec_id),
        workflow_name=unless_any(workflow_name),
        activity_name=unless_any(activity_name),
        activity_id=unless_any(activity_id),
        stream=_stream(unless_any(stream), unless_any(scope), _metadata_filters(request)),
        event_types=workflow_event_types or (),
    )
    return _answer(gateway, wanted, resumed or max(start_seq - 1, 0), named[0], follow=True)


def _answer(
    gateway: Gateway, wanted: Wanted, after: int, execution_id: str, *, follow: bool
) -> EventSourceResponse:
    frames = _frames(gateway, wanted, after, execution_id, follow)
    return EventSourceResponse(frames, ping=PING_SECONDS)


async def _frames(
    gateway: Gateway, wanted: Wanted, after: int, execution_id: str, follow: bool
) -> AsyncIterator[ServerSentEvent]:
    check_at = time.monotonic()
    while True:
        heard = gateway.heard
        page = list(events.read(gateway.db, wanted, after, _PAGE))
        for row in page:
            after = row["sequence"]
            body = events.frame(row, gateway.namespace)
            yield ServerSentEvent(body, id=str(after), event=row["event_type"])
        if page:
            continue
        if not follow:
            return
        if time.monotonic() >= check_at:
            try:
                if await _is_over(gateway, execution_id):
                    return
            except (ApiError, RPCError) as error:
                # The headers are sent: all that is left is to say it in the stream.
                yield _fault(error)
                return
            check_at = time.monotonic() + CHECK_SECONDS
        await gateway.listen(CHECK_SECONDS, heard)


async def _is_over(gateway: Gateway, execution_id: str) -> bool:
    view = await executions.describe(gateway, execution_id, with_result=False)
    return view.end_time is not None and datetime.now(UTC) - view.end_time > GRACE


def _fault(error: Exception) -> ServerSentEvent:
    data = {"error": type(error).__name__, "reason": "internal_error"}
    return ServerSentEvent(json.dumps(data), event="error")


def _is_root(gateway: Gateway, execution_id: str) -> bool:
    row = gateway.db.execute(
        "SELECT parent_execution_id FROM runs WHERE execution_id = ? LIMIT 1", (execution_id,)
    ).fetchone()
    return row is None or row[0] is None


def _sequence(last_event_id: str | None) -> int:
    if not last_event_id:
        return 0
    if not (last_event_id.isascii() and last_event_id.isdecimal() and len(last_event_id) < 19):
        raise pages.refused(("query", "last_event_id"), "This is not an id of our frames.")
    return int(last_event_id)


def _stream(stream: str | None, scope: str | None, metadata: dict[str, Any]) -> str | None:
    """The stream name to match; frames carry no metadata, so a metadata filter matches none."""
    if metadata or (stream and scope and stream != scope):
        return "(none)"
    return stream or scope


def _metadata_filters(request: Request) -> dict[str, str]:
    """Clients send metadata filters as query pairs of their own; every unknown pair is one."""
    known = {
        "scope", "activity_name", "activity_id", "workflow_name", "workflow_exec_id",
        "root_workflow_exec_id", "parent_workflow_exec_id", "stream", "start_seq",
        "workflow_event_types", "last_event_id",
    }  # fmt: skip
    return {key: value for key, value in request.query_params.items() if key not in known}
