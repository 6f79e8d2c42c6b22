"""What is told of a schedule after an act that went well, also when it cannot be read."""

import asyncio
from typing import TYPE_CHECKING, Any

from shared.context import Context
from shared.errors import ApiError
from shared.operations.schedule_words import schedule_detail
from shared.results import NextStep, ScheduleDetail

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.models import RecentExecution, Schedule

_CREATED = "It was created: do not create it again."
_NONE_SHOWS = "No execution shows yet: the overlap policy may have skipped or buffered it."
_UNKNOWN = "unknown"


def as_made(
    workflow: str, schedule_id: str, deployment: str | None, body: "Mapping[str, Any]"
) -> ScheduleDetail:
    """A schedule as it is ordered."""
    named = {"workflow_name": workflow, "schedule_id": schedule_id, "deployment_name": deployment}
    return _detail_of({**named, "paused": False}, body)


def as_changed(present: "Schedule", body: "Mapping[str, Any]") -> ScheduleDetail:
    """A schedule with the changes of a body; its next times are not known."""
    return _detail_of(present.model_dump() | {"future_executions": []}, body)


def as_switched(schedule_id: str, *, paused: bool) -> ScheduleDetail:
    """A schedule that nobody has read."""
    return ScheduleDetail(schedule_id=schedule_id, workflow=_UNKNOWN, paused=paused, times=_UNKNOWN)


async def shown(context: Context, otherwise: ScheduleDetail, told: str) -> ScheduleDetail:
    """The schedule as it is now; where it cannot be read, `otherwise` and what is `told` of it."""
    try:
        return schedule_detail(await context.api.get_schedule(otherwise.schedule_id))
    except ApiError as error:
        # Whoever reads of a failure does it again.
        return _noted(otherwise, f"{told} It cannot be shown: {error}", "get_schedule")


async def shown_new(context: Context, made: ScheduleDetail, *, paused: bool) -> ScheduleDetail:
    """The schedule that was just created, paused where that was asked for."""
    trouble = await _paused(context, made.schedule_id) if paused else None
    if trouble is None:
        return await shown(context, made.model_copy(update={"paused": paused}), _CREATED)
    found = await shown(context, made, _CREATED)
    if found.paused:
        # It is done, although its answer was lost.
        return found
    is_not = "is probably NOT" if found.notes else "is NOT"
    return _noted(found, f"{_CREATED} It {is_not} paused: {trouble}", "pause_schedule")


async def started_since(
    context: Context, before: "Schedule", patience_seconds: float
) -> ScheduleDetail:
    """With the execution that a trigger started, as its answer does not name it; or why not."""
    known = {each.execution_id for each in before.recent_executions}
    latest = before
    try:
        async with asyncio.timeout(patience_seconds):
            while True:
                latest = await context.api.get_schedule(before.schedule_id)
                fresh = _fresh(latest, known)
                if fresh:
                    return schedule_detail(latest, started=fresh)
                await asyncio.sleep(0.2)
    except TimeoutError:
        return schedule_detail(latest, notes=(_NONE_SHOWS,))
    except ApiError as error:
        # Whoever reads of a failure triggers it again.
        told = f"It was triggered: do not trigger it again. What it started cannot be seen: {error}"
        return schedule_detail(latest, notes=(told,))


def _detail_of(known: "Mapping[str, Any]", body: "Mapping[str, Any]") -> ScheduleDetail:
    from shared.models import Schedule

    counted = {"remaining_executions": body["max_executions"]} if "max_executions" in body else {}
    return schedule_detail(Schedule.model_validate({**known, **body, **counted}))


async def _paused(context: Context, schedule_id: str) -> ApiError | None:
    """Pause it; answers what went wrong."""
    try:
        await context.api.pause_schedule(schedule_id, "")
    except ApiError as error:
        return error
    return None


def _noted(detail: ScheduleDetail, note: str, operation: str) -> ScheduleDetail:
    """With a note before all others, and the call that is worth making for it."""
    step = NextStep(operation=operation, arguments={"schedule_id": detail.schedule_id})
    return detail.model_copy(
        update={"notes": (note, *detail.notes), "next_steps": (step, *detail.next_steps)}
    )


def _fresh(schedule: "Schedule", known: set[str]) -> "RecentExecution | None":
    return next(
        (e for e in reversed(schedule.recent_executions) if e.execution_id not in known), None
    )
