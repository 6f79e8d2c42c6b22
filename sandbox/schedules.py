"""Schedules: the eight endpoints."""

import asyncio
from collections.abc import Sequence
from itertools import batched
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Query, Response
from temporalio.api.common.v1 import Payloads, WorkflowType
from temporalio.api.enums.v1 import ScheduleOverlapPolicy
from temporalio.api.schedule.v1 import Schedule, SchedulePatch, TriggerImmediatelyRequest
from temporalio.api.taskqueue.v1 import TaskQueue

from sandbox import pages, payloads, registrations, schedule_calls
from sandbox.errors import ApiError
from sandbox.gateway import USER_ID, CurrentGateway, Gateway
from sandbox.registrations import Registration
from sandbox.schedule_bodies import (
    CreateSchedule,
    Definition,
    Note,
    PartialDefinition,
    Trigger,
    UpdateSchedule,
    answer,
    limited,
)
from sandbox.schedule_spec import Times

SCHEMA = schedule_calls.SCHEMA

router = APIRouter(prefix="/v1/workflows/schedules")

Status = Literal["active", "paused"]

_INPUT = ("body", "schedule", "input")

# Temporal describes schedules one by one, in about 10 ms each.
_AT_ONCE = 16


@router.get("")
async def list_schedules(
    gateway: CurrentGateway,
    workflow_name: str | None = None,
    user_id: str | None = None,
    status: Annotated[list[Status] | None, Query()] = None,
    search: str | None = None,
    page_size: Annotated[int | None, Query(ge=1, le=1000)] = None,
    next_page_token: str | None = None,
) -> dict[str, Any]:
    """Page through schedules by id; without a page size everything comes at once."""
    after = _position(next_page_token) if next_page_token else ""
    mine = user_id in (None, "current", USER_ID)
    waiting = [each for each in await schedule_calls.ids(gateway) if mine and each > after]
    found: list[dict[str, Any]] = []
    for some in batched(waiting, _AT_ONCE):
        found += [
            each
            for each in await _described(gateway, some)
            if workflow_name in (None, each["workflow_name"])
            and each["workflow_name"].startswith(search or "")
            and ("paused" if each["paused"] else "active") in (status or ("active", "paused"))
        ]
        if page_size and len(found) > page_size:
            token = pages.seal({"after": found[page_size - 1]["schedule_id"]})
            return {"schedules": found[:page_size], "next_page_token": token}
    return {"schedules": found, "next_page_token": None}


@router.post("", status_code=201)
async def create_schedule(body: CreateSchedule, gateway: CurrentGateway) -> dict[str, str]:
    """Make a schedule of a workflow."""
    registration = _registration(gateway, body)
    registrations.validate_input(registration, body.schedule.input, _INPUT)
    schedule_id = body.schedule_id or body.schedule.schedule_id or uuid4().hex
    schedule = _new_schedule(gateway, registration, schedule_id, body.schedule)
    await schedule_calls.create(gateway, schedule_id, schedule)
    return {"schedule_id": schedule_id}


@router.get("/{schedule_id}")
async def get_schedule(schedule_id: str, gateway: CurrentGateway) -> dict[str, Any]:
    """One schedule, with its next and latest executions."""
    return answer(schedule_id, await schedule_calls.get(gateway, schedule_id))


@router.delete("/{schedule_id}", status_code=204)
async def delete_schedule(schedule_id: str, gateway: CurrentGateway) -> Response:
    """Remove a schedule; executions it has started go on."""
    await schedule_calls.delete(gateway, schedule_id)
    return Response(status_code=204)


@router.patch("/{schedule_id}")
async def update_schedule(
    schedule_id: str, body: UpdateSchedule, gateway: CurrentGateway
) -> dict[str, str]:
    """Change what the body names; the workflow and its deployment stay."""
    wanted = body.schedule
    if "input" in wanted.model_fields_set:
        registration = await _registration_of(gateway, schedule_id)
        registrations.validate_input(registration, wanted.input, _INPUT)
    await schedule_calls.change(
        gateway, schedule_id, lambda found: _apply(gateway, schedule_id, wanted, found)
    )
    return {"schedule_id": schedule_id}


@router.post("/{schedule_id}/pause", status_code=204)
async def pause_schedule(
    schedule_id: str, gateway: CurrentGateway, body: Note | None = None
) -> Response:
    """Start nothing automatically until resumed; the note replaces the older one."""
    await _set_paused(gateway, schedule_id, True, body)
    return Response(status_code=204)


@router.post("/{schedule_id}/resume", status_code=204)
async def resume_schedule(
    schedule_id: str, gateway: CurrentGateway, body: Note | None = None
) -> Response:
    """Go on; what a pause has missed stays missed."""
    await _set_paused(gateway, schedule_id, False, body)
    return Response(status_code=204)


@router.post("/{schedule_id}/trigger", status_code=204)
async def trigger_schedule(
    schedule_id: str, gateway: CurrentGateway, body: Trigger | None = None
) -> Response:
    """Start one execution now, even of a paused schedule.

    Its id ends with the second of the trigger: two triggers in one second start one execution
    (Temporal 1.32).
    """
    policy = ScheduleOverlapPolicy.ValueType((body and body.overlap) or 0)
    now = SchedulePatch(trigger_immediately=TriggerImmediatelyRequest(overlap_policy=policy))
    await schedule_calls.patch(gateway, schedule_id, now)
    return Response(status_code=204)


def _position(token: str) -> str:
    after = pages.unseal(token, "next_page_token").get("after")
    if not isinstance(after, str):
        raise pages.refused(("query", "next_page_token"), "This page token is not one of ours.")
    return after


async def _described(gateway: Gateway, ids: Sequence[str]) -> list[dict[str, Any]]:
    found = await asyncio.gather(*(_find(gateway, each) for each in ids))
    return [each for each in found if each is not None]


async def _find(gateway: Gateway, schedule_id: str) -> dict[str, Any] | None:
    try:
        return answer(schedule_id, await schedule_calls.get(gateway, schedule_id))
    except ApiError:
        return None  # deleted since it was listed


def _registration(gateway: Gateway, body: CreateSchedule) -> Registration:
    deployment = body.deployment_name or body.workflow_task_queue
    if body.workflow_identifier is not None:
        return registrations.resolve(gateway.db, body.workflow_identifier, deployment)
    registration_id = body.workflow_registration_id or body.workflow_version_id or ""
    found = registrations.by_registration_id(gateway.db, registration_id)
    if deployment in (None, found.deployment_name):
        return found
    return registrations.resolve(gateway.db, found.name, deployment)


async def _registration_of(gateway: Gateway, schedule_id: str) -> Registration:
    found = answer(schedule_id, await schedule_calls.get(gateway, schedule_id))
    return registrations.resolve(gateway.db, found["workflow_name"], found["deployment_name"])


def _new_schedule(
    gateway: Gateway, registration: Registration, schedule_id: str, wanted: Definition
) -> Schedule:
    schedule = Schedule(policies=wanted.policy.to_temporal(), state=limited(wanted.max_executions))
    action = schedule.action.start_workflow
    # Started executions are called after their schedule: this id and the time.
    action.workflow_id = schedule_id
    action.workflow_type.CopyFrom(WorkflowType(name=registration.name))
    action.task_queue.CopyFrom(TaskQueue(name=registration.task_queue))
    action.workflow_execution_timeout.FromTimedelta(registration.execution_timeout)
    action.input.CopyFrom(_argument(gateway, schedule_id, wanted.input))
    schedule_calls.write_times(schedule, wanted)
    return schedule


def _apply(
    gateway: Gateway, schedule_id: str, wanted: PartialDefinition, schedule: Schedule
) -> None:
    present = wanted.model_fields_set
    if "input" in present:
        argument = _argument(gateway, schedule_id, wanted.input)
        schedule.action.start_workflow.input.CopyFrom(argument)
    if "policy" in present:
        schedule.policies.CopyFrom(wanted.policy.to_temporal())
    if "max_executions" in present:
        count = limited(wanted.max_executions)
        schedule.state.limited_actions = count.limited_actions
        schedule.state.remaining_actions = count.remaining_actions
    if times := present & Times.model_fields.keys():
        changes = {name: getattr(wanted, name) for name in times}
        schedule_calls.write_times(
            schedule, schedule_calls.read_times(schedule).model_copy(update=changes)
        )


def _argument(gateway: Gateway, schedule_id: str, value: Any) -> Payloads:
    argument = payloads.encode(value, namespace=gateway.namespace, execution_id=schedule_id)
    return Payloads(payloads=[argument.payload])


async def _set_paused(gateway: Gateway, schedule_id: str, paused: bool, body: Note | None) -> None:
    def edit(schedule: Schedule) -> None:
        schedule.state.paused = paused
        schedule.state.notes = (body and body.note) or ""

    await schedule_calls.change(gateway, schedule_id, edit)
