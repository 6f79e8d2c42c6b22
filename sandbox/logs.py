"""Logs of executions: search, and the live stream."""

import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel, Field, ValidationError
from sse_starlette import EventSourceResponse, ServerSentEvent
from temporalio.service import RPCError

from sandbox import executions, log_records, pages
from sandbox.errors import ApiError
from sandbox.gateway import CurrentGateway, Gateway
from sandbox.log_records import Wanted

SCHEMA = log_records.SCHEMA

router = APIRouter(prefix="/v1/workflows/executions")

Order = Literal["asc", "desc"]

PING_SECONDS = 10
# Workers send their logs about once a second (mistralai-workflows 3.16.0).
GRACE_SECONDS = 3.0
_LOOK_SECONDS = 1.0
_PAGE = 500


# What the store can compare.
_LEAST, _MOST = -(2**63), 2**63 - 1
Number = Annotated[int, Field(ge=_LEAST, le=_MOST)]


class Position(BaseModel):
    """Where a page ended, and the window and order in which the next one goes on."""

    after: Number | None
    before: Number | None
    order: Order
    time_ns: Number
    sequence: Number


@router.get("/{execution_id}/logs")
async def search_logs(
    execution_id: str,
    gateway: CurrentGateway,
    run_id: str | None = None,
    activity_id: str | None = None,
    after: datetime | None = None,
    before: datetime | None = None,
    order: Order = "asc",
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> dict[str, Any]:
    """Page through the logs of an execution; a cursor brings its own window and order."""
    await executions.describe(gateway, execution_id, with_result=False)
    last = _position(cursor) if cursor else None
    start, end = (last.after, last.before) if last else (_ns(after), _ns(before))
    order = last.order if last else order
    behind = (last.time_ns, last.sequence) if last else None
    wanted = Wanted(execution_id, run_id, activity_id, start, end)
    found = log_records.search(gateway.db, wanted, order == "desc", behind, limit + 1)
    page = found[:limit]
    token = None
    if len(found) > limit:
        ended = Position(
            after=start,
            before=end,
            order=order,
            time_ns=page[-1].time_ns,
            sequence=page[-1].sequence,
        )
        token = pages.seal(ended.model_dump())
    return {"results": [each.as_json() for each in page], "next_cursor": token}


@router.get("/{execution_id}/logs/stream")
async def stream_logs(
    execution_id: str,
    gateway: CurrentGateway,
    run_id: str | None = None,
    activity_id: str | None = None,
    after: datetime | None = None,
    last_event_id: Annotated[str | None, Query()] = None,
    last_event_id_header: Annotated[str | None, Header(alias="last-event-id")] = None,
) -> EventSourceResponse:
    """Follow the logs of an execution, in order of arrival, until it has ended."""
    await executions.describe(gateway, execution_id, run_id, with_result=False)
    resumed = last_event_id_header or last_event_id
    start = None if resumed else _ns(after)
    wanted = Wanted(execution_id, run_id, activity_id, start)
    return EventSourceResponse(_frames(gateway, wanted, _sequence(resumed)), ping=PING_SECONDS)


async def _frames(gateway: Gateway, wanted: Wanted, after: int) -> AsyncIterator[ServerSentEvent]:
    looked_at = -_LOOK_SECONDS
    while True:
        heard = gateway.heard
        # First the clock, then the store: what comes between the two is not missed.
        over = False
        if time.monotonic() - looked_at >= _LOOK_SECONDS:
            looked_at = time.monotonic()
            try:
                over = await _is_over(gateway, wanted)
            except (ApiError, RPCError) as error:
                # The headers are sent: all that is left is to say it in the stream.
                yield _fault(error)
                return
        while page := log_records.arrived(gateway.db, wanted, after, _PAGE):
            for record in page:
                after = record.sequence
                yield ServerSentEvent(json.dumps(record.as_json()), id=str(after), event="log")
        if over:
            return
        await gateway.listen(_LOOK_SECONDS, heard)


async def _is_over(gateway: Gateway, wanted: Wanted) -> bool:
    """Whether the execution ended so long ago that no log of it is still on its way."""
    found = await executions.describe(
        gateway, wanted.execution_id, wanted.run_id, with_result=False
    )
    grace = timedelta(seconds=GRACE_SECONDS)
    return found.end_time is not None and datetime.now(UTC) - found.end_time > grace


def _fault(error: Exception) -> ServerSentEvent:
    data = {"error": type(error).__name__, "reason": "internal_error"}
    return ServerSentEvent(json.dumps(data), event="error")


def _position(cursor: str) -> Position:
    try:
        return Position.model_validate(pages.unseal(cursor, "cursor"))
    except ValidationError as error:
        raise pages.refused(("query", "cursor"), "This cursor is not one of ours.") from error


def _sequence(last_event_id: str | None) -> int:
    if not last_event_id:
        return 0
    if not last_event_id.isdecimal() or len(last_event_id) > 18:
        raise pages.refused(("query", "last_event_id"), "This is not an id of our frames.")
    return int(last_event_id)


def _ns(moment: datetime | None) -> int | None:
    """Nanoseconds since 1970; times without an offset are UTC."""
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    whole = int(aware.replace(microsecond=0).timestamp())
    return max(_LEAST, min(whole * 10**9 + aware.microsecond * 1000, _MOST))
