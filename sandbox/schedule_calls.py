"""The schedules that Temporal keeps: found, made, changed and removed, with the API's errors.

Temporal rewrites cron expressions into calendars. The times as a person wrote them therefore travel
inside the schedule, in the details of its action: one write changes both, no crash can part them.
"""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from fastapi.exceptions import RequestValidationError
from temporalio.api.schedule.v1 import Schedule, SchedulePatch
from temporalio.api.workflowservice.v1 import (
    CreateScheduleRequest,
    DeleteScheduleRequest,
    DescribeScheduleRequest,
    DescribeScheduleResponse,
    PatchScheduleRequest,
    UpdateScheduleRequest,
)
from temporalio.service import RPCError, RPCStatusCode

from sandbox import pages
from sandbox.errors import ApiError
from sandbox.executions import RPC_TIMEOUT
from sandbox.gateway import Gateway
from sandbox.schedule_spec import Times

# Temporal's list lags behind: with this, a schedule made here is listed at once.
SCHEMA = "CREATE TABLE IF NOT EXISTS schedules (schedule_id TEXT PRIMARY KEY) WITHOUT ROWID;"

# A change rarely meets another one, or an automatic start.
_ATTEMPTS = 5


async def create(gateway: Gateway, schedule_id: str, schedule: Schedule) -> None:
    """Make a schedule; raises ApiError 409 for an id in use, 422 for what Temporal refuses."""
    request = CreateScheduleRequest(
        namespace=gateway.namespace,
        schedule_id=schedule_id,
        schedule=schedule,
        request_id=str(uuid4()),
    )
    try:
        await gateway.temporal.workflow_service.create_schedule(
            request, timeout=RPC_TIMEOUT, retry=True
        )
    except RPCError as error:
        raise _translated(gateway, schedule_id, error) from error
    gateway.db.execute("INSERT OR IGNORE INTO schedules VALUES (?)", (schedule_id,))


async def get(gateway: Gateway, schedule_id: str) -> DescribeScheduleResponse:
    """Describe a schedule; raises ApiError 404."""
    request = DescribeScheduleRequest(namespace=gateway.namespace, schedule_id=schedule_id)
    try:
        return await gateway.temporal.workflow_service.describe_schedule(
            request, timeout=RPC_TIMEOUT, retry=True
        )
    except RPCError as error:
        raise _translated(gateway, schedule_id, error) from error


async def ids(gateway: Gateway) -> list[str]:
    """Every schedule of the namespace; one just deleted may still be among them."""
    listed = {each.id async for each in await gateway.temporal.list_schedules()}
    made_here = {row[0] for row in gateway.db.execute("SELECT schedule_id FROM schedules")}
    return sorted(listed | made_here)


async def change(gateway: Gateway, schedule_id: str, edit: Callable[[Schedule], None]) -> None:
    """Read, edit and write a schedule; raises ApiError 404, 409 or 422.

    Temporal 1.32 drops a write that was based on an old reading, without a word. A fresh revision
    in the details tells whether ours is there.
    """
    for _ in range(_ATTEMPTS):
        found = await get(gateway, schedule_id)
        edit(found.schedule)
        revision = str(uuid4())
        _set_details(found.schedule, _details(found.schedule) | {"revision": revision})
        await _update(gateway, schedule_id, found)
        now = await get(gateway, schedule_id)
        if _details(now.schedule).get("revision") == revision:
            return
    raise ApiError(409, "schedule_changed", f"Schedule {schedule_id!r} keeps changing.")


async def patch(gateway: Gateway, schedule_id: str, wanted: SchedulePatch) -> None:
    """Let a schedule act now; raises ApiError 404."""
    request = PatchScheduleRequest(
        namespace=gateway.namespace,
        schedule_id=schedule_id,
        patch=wanted,
        request_id=str(uuid4()),
    )
    try:
        await gateway.temporal.workflow_service.patch_schedule(
            request, timeout=RPC_TIMEOUT, retry=True
        )
    except RPCError as error:
        raise _translated(gateway, schedule_id, error) from error


async def delete(gateway: Gateway, schedule_id: str) -> None:
    """Remove a schedule; raises ApiError 404."""
    request = DeleteScheduleRequest(namespace=gateway.namespace, schedule_id=schedule_id)
    try:
        await gateway.temporal.workflow_service.delete_schedule(
            request, timeout=RPC_TIMEOUT, retry=True
        )
    except RPCError as error:
        raise _translated(gateway, schedule_id, error) from error
    _forget(gateway, schedule_id)


def write_times(schedule: Schedule, times: Times) -> None:
    """Set when a schedule fires, and keep the words."""
    schedule.spec.CopyFrom(times.to_temporal())
    words = times.model_dump(mode="json", include=set(Times.model_fields))
    _set_details(schedule, _details(schedule) | {"times": words})


def read_times(schedule: Schedule) -> Times:
    """The times as they were written; in Temporal's words for a schedule made elsewhere."""
    words = _details(schedule).get("times")
    return Times.model_validate(words) if words else Times.from_temporal(schedule.spec)


async def _update(gateway: Gateway, schedule_id: str, edited: DescribeScheduleResponse) -> None:
    request = UpdateScheduleRequest(
        namespace=gateway.namespace,
        schedule_id=schedule_id,
        schedule=edited.schedule,
        conflict_token=edited.conflict_token,
        request_id=str(uuid4()),
    )
    try:
        await gateway.temporal.workflow_service.update_schedule(
            request, timeout=RPC_TIMEOUT, retry=True
        )
    except RPCError as error:
        raise _translated(gateway, schedule_id, error) from error


def _details(schedule: Schedule) -> dict[str, Any]:
    try:
        details = json.loads(schedule.action.start_workflow.user_metadata.details.data)
    except ValueError:
        return {}
    return details if isinstance(details, dict) else {}


def _set_details(schedule: Schedule, details: dict[str, Any]) -> None:
    payload = schedule.action.start_workflow.user_metadata.details
    payload.metadata["encoding"] = b"json/plain"
    payload.data = json.dumps(details).encode()


def _translated(gateway: Gateway, schedule_id: str, error: RPCError) -> Exception:
    match error.status:
        case RPCStatusCode.NOT_FOUND:
            _forget(gateway, schedule_id)
            return ApiError(404, "schedule_not_found", f"Schedule {schedule_id!r} was not found.")
        case RPCStatusCode.ALREADY_EXISTS:
            return ApiError(
                409, "schedule_already_exists", f"Schedule {schedule_id!r} exists already."
            )
        case RPCStatusCode.INVALID_ARGUMENT:
            return _refused(error.message)
    return error


def _refused(message: str) -> RequestValidationError:
    zone = ("time_zone_name",) if "time zone" in message or "timezone" in message else ()
    return pages.refused(("body", "schedule", *zone), message)


def _forget(gateway: Gateway, schedule_id: str) -> None:
    gateway.db.execute("DELETE FROM schedules WHERE schedule_id = ?", (schedule_id,))
