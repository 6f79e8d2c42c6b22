"""Talking to an execution: queries, signals and updates."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from shared.arguments import Id, JsonObject, Name
from shared.call import Effect
from shared.context import Context
from shared.errors import ApiError, InvalidArguments, NotFound, Rejected
from shared.operation import Params, operation
from shared.operations.definitions import (
    Kind,
    check_handler,
    handlers,
    registrations_of,
    unknown_handler,
)
from shared.operations.target import Target, find, find_current, refuse_closed
from shared.results import Answer
from shared.secrets import safe_json

if TYPE_CHECKING:
    from shared.models import Registration

_ANSWER_LIMIT = 8_000


class QueryExecution(Params):
    """The arguments of query_execution."""

    execution_id: Id
    name: Name
    input: JsonObject | None = None


class SignalExecution(Params):
    """The arguments of signal_execution."""

    execution_id: Id
    name: Name
    input: JsonObject | None = None
    undeclared: Annotated[
        bool, Field(description="Send although the workflow does not declare it.")
    ] = False


class UpdateExecution(Params):
    """The arguments of update_execution."""

    execution_id: Id
    name: Name
    input: JsonObject | None = None


@operation(
    command="query {execution_id} {name} {input}",
    effect=Effect.READ,
    idempotent=True,
    examples=lambda: (QueryExecution(execution_id="sync-7", name="progress"),),
)
async def query_execution(context: Context, params: QueryExecution) -> Answer:
    """Ask an execution a query it declares (see get_workflow)."""
    target = await find(context.api, params.execution_id)
    try:
        value = await context.api.query_execution(target.id, params.name, params.input)
    except (Rejected, NotFound) as error:
        await _explain(context, target, "query", params.name, error)
        raise
    return _answer(target, "query", params.name, value)


@operation(
    command="signal {execution_id} {name} {input}",
    effect=Effect.WRITE,
    idempotent=False,
    examples=lambda: (
        SignalExecution(execution_id="expense-9", name="note", input={"text": "hello"}),
    ),
)
async def signal_execution(context: Context, params: SignalExecution) -> Answer:
    """Send a signal to an execution; no answer comes back."""
    target = await find_current(context.api, params.execution_id)
    refuse_closed(target, "take signals")
    if not params.undeclared:
        await _check(context, target, "signal", params.name, params.input)
    accepted = await context.api.signal_execution(target.id, params.name, params.input)
    return _answer(target, "signal", params.name, accepted)


@operation(
    command="update {execution_id} {name} {input}",
    effect=Effect.WRITE,
    idempotent=False,
    examples=lambda: (
        UpdateExecution(execution_id="sync-7", name="set_target", input={"target": 50}),
    ),
)
async def update_execution(context: Context, params: UpdateExecution) -> Answer:
    """Send an update to an execution and return its answer."""
    target = await find_current(context.api, params.execution_id)
    refuse_closed(target, "take updates")
    await _check(context, target, "update", params.name, params.input)
    value = await context.api.update_execution(target.id, params.name, params.input)
    return _answer(target, "update", params.name, value)


async def _check(
    context: Context, target: Target, kind: Kind, name: str, value: dict[str, Any] | None
) -> None:
    # The API accepts a signal of any name, and the worker then drops it without a word
    # (Temporal 1.32, mistralai-workflows 3.16.0): only the declaration can tell a typo.
    check_handler(await _registrations(context, target), kind, name, value)


async def _explain(
    context: Context, target: Target, kind: Kind, name: str, error: ApiError
) -> None:
    """Raise a better error where the workflow declares no such handler."""
    registrations = await _registrations(context, target)
    declared = {h.name for each in registrations for h in handlers(each.definition, kind)}
    if registrations and name not in declared and not name.startswith("__"):
        raise InvalidArguments(unknown_handler(registrations, kind, name)) from error


async def _registrations(context: Context, target: Target) -> "list[Registration]":
    execution = target.execution
    identifier = execution.workflow_id
    if identifier is None:
        identifier = (await context.api.get_workflow(execution.workflow_name)).id
    return await registrations_of(context.api, identifier, execution.deployment_name)


def _answer(
    target: Target, kind: Literal["query", "signal", "update"], name: str, value: Any
) -> Answer:
    bounded = safe_json(value, _ANSWER_LIMIT)
    return Answer(execution_id=target.id, kind=kind, name=name, value=bounded)
