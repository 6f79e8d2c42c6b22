"""What executions wait for people to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.operations.definitions import SCHEMA_LIMIT
from shared.results import PendingInput
from shared.text import bound_json

if TYPE_CHECKING:
    from shared.api import WorkflowsApi
    from shared.models import Execution

# Names of mistralai-workflows 3.16.0.
QUERY = "__get_pending_inputs"
UPDATE = "__submit_input"
_KEY, _STATE = "internal.execution.state", "waiting_for_input"
WAITING_FILTER = f"{_KEY}==:{_STATE}"


def says_waiting(execution: Execution) -> bool:
    """Whether its search keys, when they were asked for, say that it waits; a hint."""
    return (execution.search_keys or {}).get(_KEY) == _STATE


async def read_pending(
    api: WorkflowsApi, execution_id: str, workflow: str | None = None
) -> list[PendingInput]:
    """What an execution waits for, in its worker's own words; raises ApiError, also when no worker
    answers."""
    answer = await api.query_execution(execution_id, QUERY)
    return [_pending(execution_id, workflow, each) for each in _tasks(answer)]


def _tasks(answer: Any) -> list[dict[str, Any]]:
    tasks = answer.get("pending_inputs") if isinstance(answer, dict) else None
    return [
        each
        for each in (tasks if isinstance(tasks, list) else [])
        if isinstance(each, dict) and isinstance(each.get("task_id"), str)
    ]


def _pending(execution_id: str, workflow: str | None, task: dict[str, Any]) -> PendingInput:
    return PendingInput(
        execution_id=execution_id,
        workflow=workflow,
        task_id=task["task_id"],
        label=task.get("label"),
        input_schema=bound_json(task.get("input_schema"), SCHEMA_LIMIT),
    )
