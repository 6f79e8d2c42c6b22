"""Making, changing, holding and removing schedules."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from shared.arguments import Duration, Id, JsonObject, JsonObjects, Lines, Moment, Name, Reason
from shared.call import Effect
from shared.context import Context
from shared.errors import InvalidArguments
from shared.operation import Params, operation
from shared.operations.definitions import check_input, find_workflow, registrations_of
from shared.operations.schedule_aftermath import (
    as_changed,
    as_made,
    as_switched,
    shown,
    shown_new,
    started_since,
)
from shared.operations.schedule_body import check_times, policy_body, times_body, window_body
from shared.operations.schedule_words import Overlap, overlap_number
from shared.results import Done, ScheduleDetail

if TYPE_CHECKING:
    from shared.models import Schedule

PATIENCE_SECONDS = 5


class CreateSchedule(Params):
    """The arguments of create_schedule."""

    workflow: Name
    input: JsonObject = Field(default_factory=dict)
    cron: Lines = ()
    every: Annotated[Duration | None, Field(description="Such as 1h.")] = None
    calendars: Annotated[
        JsonObjects, Field(description='Such as {"hour":"9-17","day_of_week":"1-5"}.')
    ] = ()
    timezone: Annotated[Name | None, Field(description="IANA; UTC if absent.")] = None
    start_at: Moment | None = None
    end_at: Moment | None = None
    jitter: Duration | None = None
    overlap: Overlap | None = None
    pause_on_failure: bool | None = None
    max_executions: Annotated[int, Field(ge=1)] | None = None
    paused: bool = False
    schedule_id: Id | None = None
    deployment: Name | None = None


class UpdateSchedule(Params):
    """The arguments of update_schedule; None clears what can be cleared."""

    schedule_id: Id
    input: JsonObject | None = None
    cron: Lines | None = None
    every: Duration | None = None
    calendars: JsonObjects | None = None
    timezone: Name | None = None
    start_at: Moment | None = None
    end_at: Moment | None = None
    jitter: Duration | None = None
    overlap: Overlap | None = None
    pause_on_failure: bool | None = None
    max_executions: Annotated[int, Field(ge=1)] | None = None


class PauseSchedule(Params):
    """The arguments of pause_schedule."""

    schedule_id: Id
    note: Reason | None = None


class ResumeSchedule(Params):
    """The arguments of resume_schedule."""

    schedule_id: Id
    note: Reason | None = None


class TriggerSchedule(Params):
    """The arguments of trigger_schedule."""

    schedule_id: Id
    overlap: Overlap | None = None


class DeleteSchedule(Params):
    """The arguments of delete_schedule."""

    schedule_id: Id


@operation(
    command="schedules create {workflow}",
    effect=Effect.WRITE,
    idempotent=False,
    examples=lambda: (
        CreateSchedule(workflow="daily-digest", cron=("0 9 * * MON-FRI",), timezone="Europe/Paris"),
        CreateSchedule(workflow="daily-digest", every="1h", paused=True),
    ),
)
async def create_schedule(context: Context, params: CreateSchedule) -> ScheduleDetail:
    """Start a workflow on a schedule; give cron, every or calendars.

    The answer shows the next times.
    """
    workflow = await find_workflow(context.api, params.workflow)
    registrations = await registrations_of(context.api, workflow.id, params.deployment)
    check_input(f"workflow {workflow.name}", registrations, params.input)
    body: dict[str, Any] = {
        "input": params.input,
        **times_body(params),
        **window_body(params, context.clock()),
        **policy_body(params, None),
    }
    check_times(body)
    schedule_id = await context.api.create_schedule(
        body,
        workflow_identifier=workflow.name,
        schedule_id=params.schedule_id,
        deployment_name=params.deployment,
    )
    made = as_made(workflow.name, schedule_id, params.deployment, body)
    return await shown_new(context, made, paused=params.paused)


@operation(
    command="schedules update {schedule_id}",
    effect=Effect.WRITE,
    idempotent=True,
    examples=lambda: (UpdateSchedule(schedule_id="nightly", cron=("0 3 * * *",)),),
)
async def update_schedule(context: Context, params: UpdateSchedule) -> ScheduleDetail:
    """Change what is given of a schedule and keep the rest."""
    present = await context.api.get_schedule(params.schedule_id)
    body = {
        **times_body(params),
        **window_body(params, context.clock()),
        **policy_body(params, present.policy),
    }
    if params.input is not None:
        await _check_new_input(context, present, params.input)
        body["input"] = params.input
    if not body:
        raise InvalidArguments("update_schedule: give at least one thing to change.")
    await context.api.update_schedule(params.schedule_id, body)
    return await shown(context, as_changed(present, body), "It is changed.")


@operation(
    command="schedules pause {schedule_id}",
    effect=Effect.WRITE,
    idempotent=True,
    examples=lambda: (PauseSchedule(schedule_id="nightly", note="maintenance"),),
)
async def pause_schedule(context: Context, params: PauseSchedule) -> ScheduleDetail:
    """Hold a schedule: no further starts until it is resumed."""
    # Without a note the API would store one of its own client's (Temporal 1.32).
    await context.api.pause_schedule(params.schedule_id, params.note or "")
    return await shown(context, as_switched(params.schedule_id, paused=True), "It is paused.")


@operation(
    command="schedules resume {schedule_id}",
    effect=Effect.WRITE,
    idempotent=True,
    examples=lambda: (ResumeSchedule(schedule_id="nightly"),),
)
async def resume_schedule(context: Context, params: ResumeSchedule) -> ScheduleDetail:
    """Let a paused schedule start executions again."""
    await context.api.resume_schedule(params.schedule_id, params.note or "")
    return await shown(context, as_switched(params.schedule_id, paused=False), "It is resumed.")


@operation(
    command="schedules trigger {schedule_id}",
    effect=Effect.WRITE,
    idempotent=False,
    examples=lambda: (TriggerSchedule(schedule_id="nightly"),),
)
async def trigger_schedule(context: Context, params: TriggerSchedule) -> ScheduleDetail:
    """Start a schedule's workflow now, once."""
    before = await context.api.get_schedule(params.schedule_id)
    number = overlap_number(params.overlap) if params.overlap else None
    await context.api.trigger_schedule(params.schedule_id, number)
    return await started_since(context, before, PATIENCE_SECONDS)


@operation(
    command="schedules delete {schedule_id}",
    effect=Effect.DESTRUCTIVE,
    idempotent=True,
    examples=lambda: (DeleteSchedule(schedule_id="nightly"),),
)
async def delete_schedule(context: Context, params: DeleteSchedule) -> Done:
    """Delete a schedule; running executions go on."""
    await context.api.delete_schedule(params.schedule_id)
    return Done(
        message=f"Schedule {params.schedule_id} is deleted; what it started goes on.",
        schedule_id=params.schedule_id,
    )


async def _check_new_input(context: Context, present: "Schedule", given: dict[str, Any]) -> None:
    workflow = await context.api.get_workflow(present.workflow_name)
    registrations = await registrations_of(context.api, workflow.id, present.deployment_name)
    check_input(f"workflow {workflow.name}", registrations, given)
