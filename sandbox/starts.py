"""Starting executions: `POST .../execute` by workflow, and by registration (the older way)."""

import asyncio
import json
import re
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter
from pydantic import BaseModel, Field, field_validator
from temporalio.api.common.v1 import Header, Payload, Payloads, WorkflowType
from temporalio.api.enums.v1 import WorkflowIdReusePolicy
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import StartWorkflowExecutionRequest
from temporalio.client import WorkflowContinuedAsNewError, WorkflowFailureError
from temporalio.common import RawValue
from temporalio.service import RPCError, RPCStatusCode

from sandbox import executions, payloads, registrations
from sandbox.errors import ApiError
from sandbox.gateway import CurrentGateway, Gateway
from sandbox.registrations import Registration

router = APIRouter(prefix="/v1/workflows")

# What a synchronous start waits when the caller names no time.
DEFAULT_WAIT_SECONDS = 30.0

_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class Execute(BaseModel):
    """The body of a start; unknown keys are ignored, as the API does."""

    execution_id: Annotated[str, Field(max_length=256, pattern=r"^[A-Za-z0-9_-]+$")] | None = None
    input: Any = None
    wait_for_result: bool = False
    timeout_seconds: Annotated[float, Field(gt=0)] | None = None
    custom_tracing_attributes: dict[str, str] | None = None
    force_new_trace: bool = False
    traceparent: str | None = None
    extensions: dict[str, Any] | None = None
    task_queue: str | None = None
    deployment_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")] | None = None

    @field_validator("traceparent", mode="before")
    @classmethod
    def _malformed_is_dropped(cls, value: object) -> str | None:
        return value if isinstance(value, str) and _TRACEPARENT.fullmatch(value) else None


@router.post("/{workflow_identifier}/execute")
async def execute_workflow(
    workflow_identifier: str, body: Execute, gateway: CurrentGateway
) -> dict[str, Any]:
    """Start a workflow by its name or id."""
    deployment = body.deployment_name or body.task_queue
    found = registrations.resolve(gateway.db, workflow_identifier, deployment)
    return await _execute(gateway, found, body)


@router.post("/registrations/{registration_id}/execute", deprecated=True)
async def execute_registration(
    registration_id: str, body: Execute, gateway: CurrentGateway
) -> dict[str, Any]:
    """Start one registration of a workflow."""
    found = registrations.by_registration_id(gateway.db, registration_id)
    return await _execute(gateway, found, body)


async def _execute(gateway: Gateway, found: Registration, body: Execute) -> dict[str, Any]:
    registrations.validate_input(found, body.input)
    execution_id = body.execution_id or uuid4().hex
    run_id = await _start(gateway, found, execution_id, body)
    if not body.wait_for_result:
        return (await executions.describe(gateway, execution_id, run_id)).body()
    await _wait(gateway, execution_id, run_id, body.timeout_seconds or DEFAULT_WAIT_SECONDS)
    view = await executions.describe(gateway, execution_id)
    return {
        "workflow_name": view.workflow_name,
        "execution_id": execution_id,
        "result": view.result,
    }


async def _start(gateway: Gateway, found: Registration, execution_id: str, body: Execute) -> str:
    argument = payloads.encode(
        body.input,
        namespace=gateway.namespace,
        execution_id=execution_id,
        extensions=body.extensions,
    )
    request = StartWorkflowExecutionRequest(
        namespace=gateway.namespace,
        workflow_id=execution_id,
        workflow_type=WorkflowType(name=found.name),
        task_queue=TaskQueue(name=found.task_queue),
        input=Payloads(payloads=[argument.payload]),
        identity="workflow-sandbox",
        request_id=str(uuid4()),
        workflow_id_reuse_policy=(WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE),
        header=Header(fields=_trace_header(body)),
    )
    request.workflow_execution_timeout.FromTimedelta(found.execution_timeout)
    try:
        started = await gateway.temporal.workflow_service.start_workflow_execution(
            request, timeout=executions.RPC_TIMEOUT, retry=True
        )
    except RPCError as error:
        if error.status is RPCStatusCode.ALREADY_EXISTS:
            raise ApiError(
                409, "workflow_already_started", f"Execution {execution_id!r} is already running."
            ) from error
        raise
    return started.run_id


def _trace_header(body: Execute) -> dict[str, Payload]:
    """The headers by which the worker joins the caller's trace (mistralai-workflows 3.16.0)."""
    if body.traceparent is None or body.force_new_trace:
        return {}
    carrier = json.dumps({"traceparent": body.traceparent}).encode()
    return {
        "_tracer-data": Payload(metadata={"encoding": b"json/plain"}, data=carrier),
        "x-mistral-user-traceparent": Payload(
            metadata={"encoding": b"json/plain"}, data=json.dumps(body.traceparent).encode()
        ),
    }


async def _wait(gateway: Gateway, execution_id: str, run_id: str, seconds: float) -> None:
    handle = gateway.temporal.get_workflow_handle(execution_id, run_id=run_id, result_type=RawValue)
    try:
        async with asyncio.timeout(seconds):
            await handle.result(follow_runs=True)
    except (TimeoutError, WorkflowFailureError, WorkflowContinuedAsNewError):
        return  # the description that follows says how it stands
