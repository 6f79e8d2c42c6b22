"""Requests made complete: words get the types of the workflow's schema, what is missing a form."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.acts.expecting import TIMES, TITLES
from bot.acts.forms import show_form
from bot.acts.lookup import workflow_detail, workflow_of
from bot.forms import (
    Draft,
    answer_form,
    create_schedule_form,
    query_form,
    signal_form,
    start_form,
    update_form,
    update_schedule_form,
)
from bot.grammar import fit
from bot.visit import Visit
from shared.errors import InvalidArguments
from shared.operations import OPERATIONS
from shared.operations.inputs import ListPendingInputs, list_pending_inputs
from shared.operations.schedules import GetSchedule, get_schedule
from shared.results import PendingInput, WorkflowDetail

type Arguments = dict[str, Any]
type Complete = Arguments | None
type Fill = Callable[[Visit], Awaitable[Complete]]

_EFFECTS = {each.name: each.effect for each in OPERATIONS}


async def filled_in(visit: Visit) -> Complete:
    """The complete arguments; None when a form asks for the rest. Raises OpsError."""
    fill = _FILLS.get(visit.request.name)
    if fill is None or visit.request.confirmed:
        return dict(visit.arguments)
    return await fill(visit)


def allow(visit: Visit, name: str) -> None:
    """Pass, or raise NotAllowed: nobody is to fill in a form for what they may not do."""
    visit.person.policy.check_effect(name, _EFFECTS[name])


async def chosen_question(visit: Visit) -> PendingInput:
    """The question that is meant, which may be the only one; raises InvalidArguments."""
    wanted = {name: visit.arguments.get(name) for name in ("execution_id", "task_id")}
    asked = ListPendingInputs(execution_id=wanted["execution_id"])
    found = (await list_pending_inputs(visit.context, asked)).pending_inputs
    fitting = [each for each in found if wanted["task_id"] in (None, each.task_id)]
    if not fitting:
        raise InvalidArguments("Nothing waits there for an answer now.")
    if len(fitting) > 1:
        listed = ", ".join(f"{each.label or each.task_id} ({each.task_id})" for each in fitting[:5])
        raise InvalidArguments(f"Several inputs wait: {listed}. Give task_id=... for one of them.")
    return fitting[0]


async def _start(visit: Visit) -> Complete:
    given = dict(visit.arguments)
    if "workflow" not in given:
        return given
    detail = await workflow_detail(visit, str(given["workflow"]))
    given["workflow"] = detail.name
    schema = _schema(detail.input_schema)
    _type(given, schema)
    if _says_enough(given, schema):
        return given
    await _ask(visit, lambda: start_form(detail, given))
    return None


async def _signal(visit: Visit) -> Complete:
    return await _talk(visit, "signal", signal_form)


async def _query(visit: Visit) -> Complete:
    return await _talk(visit, "query", query_form)


async def _update(visit: Visit) -> Complete:
    return await _talk(visit, "update", update_form)


async def _talk(visit: Visit, kind: str, make: Callable[..., Draft]) -> Complete:
    given = dict(visit.arguments)
    if "execution_id" not in given:
        return given
    detail = await workflow_of(visit, str(given["execution_id"]))
    schema = _handler_schema(detail, kind, given.get("name"))
    _type(given, schema)
    if "name" in given and _says_enough(given, schema):
        return given
    execution_id = str(given["execution_id"])
    await _ask(visit, lambda: make(execution_id, detail, given))
    return None


async def _answer(visit: Visit) -> Complete:
    given = dict(visit.arguments)
    pending = await chosen_question(visit)
    given |= {"execution_id": pending.execution_id, "task_id": pending.task_id}
    if given.get("input"):
        _type(given, _schema(pending.input_schema))
        return given
    await _ask(visit, lambda: answer_form(pending))
    return None


async def _create_schedule(visit: Visit) -> Complete:
    given = dict(visit.arguments)
    if "workflow" not in given:
        return given
    detail = await workflow_detail(visit, str(given["workflow"]))
    _type(given, _schema(detail.input_schema))
    if any(given.get(name) for name in TIMES):
        return given
    await _ask(visit, lambda: create_schedule_form(detail, given))
    return None


async def _update_schedule(visit: Visit) -> Complete:
    given = dict(visit.arguments)
    if "schedule_id" not in given:
        return given
    if set(given) - {"schedule_id", "input"}:
        _type(given, None)
        return given
    schedule = await get_schedule(visit.context, GetSchedule(schedule_id=given["schedule_id"]))
    detail = await workflow_detail(visit, schedule.workflow)
    _type(given, _schema(detail.input_schema))
    if "input" in given:
        return given
    await _ask(visit, lambda: update_schedule_form(schedule, detail, given))
    return None


async def _ask(visit: Visit, make: Callable[[], Draft]) -> None:
    allow(visit, visit.request.name)

    async def making() -> Draft:
        return make()

    await show_form(visit, TITLES[visit.request.name], making())


def _type(given: Arguments, schema: Mapping[str, Any] | None) -> None:
    if isinstance(given.get("input"), dict):
        given["input"] = fit(given["input"], schema)


def _says_enough(given: Arguments, schema: Mapping[str, Any] | None) -> bool:
    """Whether no form is needed: all that is required is there, and something was said at all."""
    fields = (schema or {}).get("properties") or {}
    written = given.get("input")
    required = (schema or {}).get("required") or []
    if written is None:
        return not fields
    return all(name in written for name in required)


def _handler_schema(detail: WorkflowDetail, kind: str, name: object) -> Mapping[str, Any] | None:
    for each in detail.handlers:
        if (each.kind, each.name) == (kind, name):
            return _schema(each.input_schema)
    return None


def _schema(schema: Any) -> Mapping[str, Any] | None:
    return schema if isinstance(schema, dict) else None


_FILLS: Mapping[str, Fill] = {
    "create_schedule": _create_schedule,
    "query_execution": _query,
    "signal_execution": _signal,
    "start_workflow": _start,
    "submit_input": _answer,
    "update_execution": _update,
    "update_schedule": _update_schedule,
}
