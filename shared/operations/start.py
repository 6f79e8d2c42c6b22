"""Starting an execution."""

import re
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

from pydantic import Field

from shared.arguments import Id, JsonObject, Name
from shared.call import Effect
from shared.context import Context
from shared.errors import OpsError
from shared.operation import Params, operation
from shared.operations.definitions import check_input, find_workflow, registrations_of
from shared.operations.waiting import wait
from shared.results import ExecutionDetail, NextStep

if TYPE_CHECKING:
    from shared.models import Execution, ExecutionResult, Workflow


class StartWorkflow(Params):
    """The arguments of start_workflow."""

    workflow: Name
    input: JsonObject = Field(default_factory=dict)
    execution_id: Annotated[Id | None, Field(description="Chosen if absent.")] = None
    wait_seconds: Annotated[int, Field(ge=0, le=50)] = 0
    deployment: Name | None = None


@operation(
    command="start {workflow} {input}",
    effect=Effect.WRITE,
    idempotent=False,
    examples=lambda: (
        StartWorkflow(workflow="document-processing", input={"pages": 5}),
        StartWorkflow(workflow="failing-report", wait_seconds=30),
    ),
)
async def start_workflow(context: Context, params: StartWorkflow) -> ExecutionDetail:
    """Start an execution of a workflow.

    The input is checked first (see get_workflow).
    """
    workflow = await find_workflow(context.api, params.workflow)
    registrations = await registrations_of(context.api, workflow.id, params.deployment)
    check_input(f"workflow {workflow.name}", registrations, params.input)
    started = await context.api.execute_workflow(
        workflow.name,
        input=params.input,
        execution_id=params.execution_id or _fresh_id(context, workflow.name),
        deployment_name=params.deployment,
    )
    return await _after(context, params, workflow, started)


async def _after(
    context: Context,
    params: StartWorkflow,
    workflow: "Workflow",
    started: "Execution | ExecutionResult",
) -> ExecutionDetail:
    idle = "No worker serves this workflow now: it starts when one does."
    notes = (idle,) if workflow.active is False else ()
    execution_id = started.execution_id
    if params.wait_seconds:
        seconds = params.wait_seconds
        try:
            return await wait(context, execution_id, seconds, until="input", notes=notes)
        except OpsError as error:
            # Whoever reads of a failure starts another one.
            told = f"It is started: do not start it again. Waiting for it failed: {error}"
            notes = (*notes, told)
    status = getattr(started, "status", None)
    return ExecutionDetail(
        execution_id=execution_id,
        run_id=getattr(started, "run_id", None),
        workflow=started.workflow_name,
        status=status,
        started_at=getattr(started, "start_time", None),
        deployment=getattr(started, "deployment_name", None),
        notes=notes,
        next_steps=(
            NextStep(operation="wait_for_execution", arguments={"execution_id": execution_id}),
        ),
    )


def _fresh_id(context: Context, workflow: str) -> str:
    """Readable, fit for a chosen id, and known from the audit row of a start that crashed."""
    readable = re.sub(r"[^A-Za-z0-9_-]+", "-", workflow)[:200]
    return f"{readable}-{(context.call_id or uuid4().hex)[:10]}"
