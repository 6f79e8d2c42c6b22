"""What a question is about: the input of the execution that asks it, and since when it waits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from shared.errors import OpsError
from shared.results import PendingInput
from shared.secrets import safe_json

if TYPE_CHECKING:
    from shared.api import WorkflowsApi
    from shared.models import Execution
    from shared.timeline import Picture

INPUT_LIMIT = 1_000
_MOST_BELOW = 3
# An execution tells of its input first; what it asks much later keeps its time to itself.
_EVENTS = 200
# Of what a question is about nobody waits long: it can be answered all the same.
_SECONDS = 5


async def with_input(
    api: WorkflowsApi, execution: Execution, pending: Sequence[PendingInput]
) -> list[PendingInput]:
    """The questions of one execution with what its first events tell of them."""
    from shared.timeline import build

    if not pending:
        return []
    try:
        async with asyncio.timeout(_SECONDS):
            page = await api.list_events(workflow_exec_id=execution.execution_id, limit=_EVENTS)
    except (OpsError, TimeoutError):
        return list(pending)
    return as_told(build(page.events, execution).picture, pending)


async def with_inputs_below(
    api: WorkflowsApi, picture: Picture, pending: Sequence[PendingInput]
) -> list[PendingInput]:
    """The questions of a tree; the first few executions below are asked for what is theirs."""
    below = dict.fromkeys(
        each.execution_id for each in pending if each.execution_id != picture.execution_id
    )
    asked = list(below)[:_MOST_BELOW]
    told = await asyncio.gather(*(_input_if_told(api, name) for name in asked))
    inputs = dict(zip(asked, told, strict=True))
    return [
        each.model_copy(update={"input": inputs.get(each.execution_id, each.input)})
        for each in pending
    ]


async def input_of(api: WorkflowsApi, execution_id: str) -> Any:
    """What an execution was given, bounded and without secrets; None where it was given nothing.

    Raises OpsError, or TimeoutError, where nobody can tell now.
    """
    from shared.timeline import build

    async with asyncio.timeout(_SECONDS):
        execution, page = await asyncio.gather(
            api.get_execution(execution_id),
            api.list_events(workflow_exec_id=execution_id, limit=_EVENTS),
        )
    return safe_json(build(page.events, execution).picture.input, INPUT_LIMIT)


async def _input_if_told(api: WorkflowsApi, execution_id: str) -> Any:
    try:
        return await input_of(api, execution_id)
    except (OpsError, TimeoutError):
        return None


def as_told(picture: Picture, pending: Sequence[PendingInput]) -> list[PendingInput]:
    """The questions with what is known from events; of executions below, only the time."""
    asked_at = {
        (question.execution_id, question.task_id): question.asked_at
        for question in picture.pending_inputs
    }
    shown = safe_json(picture.input, INPUT_LIMIT)
    return [
        each.model_copy(
            update={
                "input": shown if each.execution_id == picture.execution_id else None,
                "asked_at": asked_at.get((each.execution_id, each.task_id)),
            }
        )
        for each in pending
    ]
