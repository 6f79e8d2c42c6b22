"""Questions that executions ask people."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from shared.arguments import Cursor, Id, JsonObject, Limit, Name
from shared.call import Effect
from shared.context import Context
from shared.errors import ApiError, InvalidArguments, OpsError
from shared.ids import named
from shared.operation import Params, operation
from shared.operations.about import with_input
from shared.operations.answering import AlreadyAnswered, answered_before, taken
from shared.operations.checks import problems
from shared.operations.definitions import refuse
from shared.operations.parts import Parts
from shared.operations.pending import UPDATE, WAITING_FILTER, read_pending
from shared.operations.target import Target, find, find_current, has_ended, refuse_closed
from shared.results import Answer, PendingInput, PendingInputs

if TYPE_CHECKING:
    from shared.models import Execution

OPEN = "RUNNING"
_AT_ONCE = 8
CONFIRM_SECONDS = 5


class ListPendingInputs(Params):
    """The arguments of list_pending_inputs."""

    execution_id: Annotated[Id | None, Field(description="All executions if absent.")] = None
    workflow: Name | None = None
    limit: Limit = 20
    cursor: Cursor | None = None


class SubmitInput(Params):
    """The arguments of submit_input."""

    execution_id: Id
    task_id: Annotated[Id | None, Field(description="Optional when one input waits.")] = None
    input: JsonObject


@operation(
    command="inputs list {execution_id}",
    effect=Effect.READ,
    idempotent=True,
    examples=lambda: (ListPendingInputs(), ListPendingInputs(execution_id="expense-9")),
)
async def list_pending_inputs(context: Context, params: ListPendingInputs) -> PendingInputs:
    """List inputs that executions wait for, with the schema of each answer."""
    if params.execution_id is None:
        return await _everywhere(context, params)
    target = await find(context.api, params.execution_id)
    if target.ended:
        return PendingInputs(
            pending_inputs=(),
            checked=1,
            notes=(f"The execution has ended ({target.execution.status}): nothing waits.",),
        )
    parts = Parts()
    family = await parts.have("Child executions", _family(context, target), [target.execution])
    return await _ask(context, family, parts)


@operation(
    command="inputs answer {execution_id} {input}",
    effect=Effect.WRITE,
    idempotent=False,
    examples=lambda: (
        SubmitInput(execution_id="expense-9", input={"approved": True, "comment": "fine"}),
    ),
)
async def submit_input(context: Context, params: SubmitInput) -> Answer:
    """Answer a pending input.

    Decide only as a human told you.
    """
    target = await find_current(context.api, params.execution_id)
    task = await _open_question(context, target, params)
    found = problems(_schema(task), params.input)
    refuse(f"The input does not fit the question '{task.label or task.task_id}'", found)
    async with taken(context, task, params.input):
        answer = {"task_id": task.task_id, "input": params.input}
        await context.api.update_execution(target.id, UPDATE, answer)
        notes = await _still_pending(context, target, task)
    return Answer(
        execution_id=target.id,
        kind="input",
        name=task.label or task.task_id,
        value={"task_id": task.task_id},
        notes=notes,
    )


async def _everywhere(context: Context, params: ListPendingInputs) -> PendingInputs:
    page = await context.api.list_runs(
        workflow_identifier=params.workflow,
        status=[OPEN],
        search_key=[WAITING_FILTER],
        page_size=params.limit,
        next_page_token=params.cursor,
    )
    found = await _ask(context, page.executions, Parts())
    return found.model_copy(update={"cursor": page.next_page_token or None})


async def _family(context: Context, target: Target) -> "list[Execution]":
    """The execution and those of its open descendants that say they wait."""
    root = target.execution.root_execution_id
    page = await context.api.list_runs(
        root_execution_id=root, status=[OPEN], search_key=[WAITING_FILTER], page_size=50
    )
    # Only a root's tree is all below it; below a child we cannot tell whose children are whose.
    below = page.executions if root == target.id else []
    return [target.execution, *(each for each in below if each.execution_id != target.id)]


async def _ask(context: Context, executions: "Sequence[Execution]", parts: Parts) -> PendingInputs:
    """What each execution says itself, a few at a time; one that does not answer becomes a note."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def ask(execution: "Execution") -> list[PendingInput]:
        async with turns:
            pending = await parts.have(
                f"What {execution.execution_id} waits for",
                read_pending(context.api, execution.execution_id, execution.workflow_name),
                [],
            )
            return await with_input(context.api, execution, pending)

    answers = await asyncio.gather(*(ask(each) for each in executions))
    return PendingInputs(
        pending_inputs=tuple(pending for answer in answers for pending in answer),
        checked=len(executions),
        notes=tuple(parts.notes),
    )


async def _open_question(context: Context, target: Target, params: SubmitInput) -> PendingInput:
    """The question that waits; raises InvalidArguments, with who was faster where that is known."""
    waiting: list[PendingInput] = []
    try:
        refuse_closed(target, "take input")
        waiting = await read_pending(context.api, target.id, target.execution.workflow_name)
        return _chosen(target, params.task_id, waiting)
    except InvalidArguments as error:
        if waiting and params.task_id is None:
            raise
        before = await answered_before(context, target.id, params.task_id, params.input)
        if before is None:
            raise
        raise AlreadyAnswered(f"{before} {error}") from error


def _chosen(target: Target, task_id: str | None, waiting: list[PendingInput]) -> PendingInput:
    same = [task for task in waiting if task_id in (None, task.task_id)]
    if len(same) == 1:
        return same[0]
    listed = "\n".join(f"- {task.task_id} ({task.label or 'no label'})" for task in waiting)
    if not waiting:
        raise InvalidArguments(f"Execution {named(target.id)} waits for no input now.")
    if task_id is None:
        raise InvalidArguments(f"Several inputs wait; give the task_id of one:\n{listed}")
    raise InvalidArguments(
        f"Nothing waits under task_id {named(task_id)}: it was answered, or it expired. "
        f"These wait:\n{listed}"
    )


def _schema(task: PendingInput) -> dict[str, Any] | None:
    return task.input_schema if isinstance(task.input_schema, dict) else None


async def _still_pending(context: Context, target: Target, task: PendingInput) -> tuple[str, ...]:
    """A note when the question is still open: it was accepted, and the worker may just be slow."""
    try:
        async with asyncio.timeout(CONFIRM_SECONDS):
            while True:
                if not await _is_pending(context, target, task):
                    return ()
                await asyncio.sleep(0.2)
    except (TimeoutError, OpsError):
        return ("The answer was accepted, but the question still shows as open; look again soon.",)


async def _is_pending(context: Context, target: Target, task: PendingInput) -> bool:
    try:
        waiting = await read_pending(context.api, target.id)
    except ApiError:
        # A worker that is busy finishing may not answer; the execution itself tells then.
        execution = await context.api.get_execution(target.id)
        return not has_ended(execution.status)
    return any(each.task_id == task.task_id for each in waiting)
