"""Stopping executions, kindly or at once."""

import asyncio
from typing import TYPE_CHECKING, Literal

from shared.arguments import Ids, Reason
from shared.call import Effect
from shared.context import Context
from shared.errors import NotFound, OpsError
from shared.operation import Params, operation
from shared.operations.target import find_current, has_ended, may_be_run
from shared.results import Outcome, Outcomes

if TYPE_CHECKING:
    from shared.models import BatchOutcome

type Act = Literal["cancel", "terminate"]

_GOALS: dict[Act, str] = {"cancel": "CANCELED", "terminate": "TERMINATED"}
_AT_ONCE = 8
_LOOKED_AT = 20


class CancelExecutions(Params):
    """The arguments of cancel_executions."""

    execution_ids: Ids
    reason: Reason | None = None


class TerminateExecutions(Params):
    """The arguments of terminate_executions."""

    execution_ids: Ids
    reason: Reason | None = None


@operation(
    command="cancel {execution_ids...}",
    effect=Effect.DESTRUCTIVE,
    idempotent=True,
    examples=lambda: (CancelExecutions(execution_ids=("order-41", "order-42")),),
)
async def cancel_executions(context: Context, params: CancelExecutions) -> Outcomes:
    """Ask running executions to stop; each may clean up first."""
    return await _stop(context, "cancel", params.execution_ids)


@operation(
    command="terminate {execution_ids...}",
    effect=Effect.DESTRUCTIVE,
    idempotent=True,
    examples=lambda: (TerminateExecutions(execution_ids=("order-41",), reason="stuck"),),
)
async def terminate_executions(context: Context, params: TerminateExecutions) -> Outcomes:
    """Stop executions at once, without cleanup; prefer cancel_executions."""
    return await _stop(context, "terminate", params.execution_ids)


async def _stop(context: Context, act: Act, identifiers: tuple[str, ...]) -> Outcomes:
    unique = tuple(dict.fromkeys(identifiers))
    if len(unique) == 1:
        answered = {unique[0]: await _one(context, act, unique[0])}
    else:
        answered = await _many(context, act, unique)
    outcomes = [answered.get(each) or _unanswered(each) for each in unique]
    turns = asyncio.Semaphore(_AT_ONCE)

    async def told(outcome: Outcome) -> Outcome:
        async with turns:
            return await _told(context, act, outcome)

    shown = await asyncio.gather(*(told(each) for each in outcomes[:_LOOKED_AT]))
    return Outcomes(act=act, outcomes=(*shown, *outcomes[_LOOKED_AT:]))


async def _one(context: Context, act: Act, identifier: str) -> Outcome:
    try:
        await _end(context, act, identifier)
    except NotFound as unknown:
        if not may_be_run(identifier):
            return _failed(identifier, unknown)
        return await _by_run(context, act, identifier)
    except OpsError as error:
        return _failed(identifier, error)
    return Outcome(execution_id=identifier, ok=True)


async def _by_run(context: Context, act: Act, run_id: str) -> Outcome:
    try:
        target = await find_current(context.api, run_id)
        await _end(context, act, target.id)
    except OpsError as error:
        return _failed(run_id, error)
    return Outcome(execution_id=target.id, ok=True)


async def _many(context: Context, act: Act, identifiers: tuple[str, ...]) -> dict[str, Outcome]:
    end_all = getattr(context.api, f"{act}_executions")
    answers: dict[str, BatchOutcome] = await end_all(identifiers)
    return {
        identifier: await _one(context, act, identifier)
        if not _succeeded(answer) and may_be_run(identifier)
        else Outcome(execution_id=identifier, ok=_succeeded(answer), message=answer.error)
        for identifier, answer in answers.items()
    }


async def _end(context: Context, act: Act, execution_id: str) -> None:
    if act == "cancel":
        await context.api.cancel_execution(execution_id)
    else:
        await context.api.terminate_execution(execution_id)


async def _told(context: Context, act: Act, outcome: Outcome) -> Outcome:
    """With the status it brought: a cancel of what is over is accepted too (Temporal 1.32)."""
    if not outcome.ok:
        return outcome
    try:
        status = (await context.api.get_execution(outcome.execution_id)).status
    except OpsError:
        return outcome
    if status == _GOALS[act]:
        words = f"now {status}"
    elif has_ended(status):
        words = f"it has ended already: {status}"
    else:
        words = "asked to stop; it may clean up first" if act == "cancel" else f"still {status}"
    return outcome.model_copy(update={"message": words})


def _succeeded(answer: "BatchOutcome") -> bool:
    return answer.status == "success"


def _unanswered(identifier: str) -> Outcome:
    return Outcome(execution_id=identifier, ok=False, message="the API said nothing of it")


def _failed(identifier: str, error: OpsError) -> Outcome:
    return Outcome(execution_id=identifier, ok=False, message=str(error))
