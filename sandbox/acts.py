"""Acting on executions: signal, query, update, cancel, terminate, reset."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, JsonValue
from temporalio.api.common.v1 import WorkflowExecution as TemporalExecution
from temporalio.api.enums.v1 import ResetReapplyExcludeType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import (
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from sandbox import executions, pages, payloads
from sandbox.errors import ApiError, workflow_not_found
from sandbox.gateway import CurrentGateway, Gateway

router = APIRouter(prefix="/v1/workflows/executions")

# A worker that does not answer a query or an update in this time is reported as unavailable.
WORKER_TIMEOUT = timedelta(seconds=10)
UPDATE_TIMEOUT = timedelta(seconds=45)


class Invocation(BaseModel):
    """The body of a signal, a query or an update."""

    name: Annotated[str, Field(min_length=1)]
    input: dict[str, JsonValue] | None = None

    def argument(self, gateway: Gateway, execution_id: str) -> RawValue:
        value: Any = self.input
        if value is not None and "b64payload" in value:
            raise ApiError(
                501,
                "payload_encoding_not_supported",
                "The sandbox takes plain inputs only, not network-encoded ones.",
            )
        return payloads.encode(value, namespace=gateway.namespace, execution_id=execution_id)


class Reset(BaseModel):
    event_id: int
    reason: str | None = None
    exclude_signals: bool = False
    exclude_updates: bool = False


class Batch(BaseModel):
    execution_ids: Annotated[list[str], Field(min_length=1, max_length=100)]


@router.post("/terminate")
async def terminate_many(body: Batch, gateway: CurrentGateway) -> dict[str, Any]:
    """Terminate up to 100 executions; each has its own outcome."""
    return {
        "results": {each: await _outcome(_terminate, gateway, each) for each in body.execution_ids}
    }


@router.post("/cancel")
async def cancel_many(body: Batch, gateway: CurrentGateway) -> dict[str, Any]:
    """Ask up to 100 executions to stop; each has its own outcome."""
    return {
        "results": {each: await _outcome(_cancel, gateway, each) for each in body.execution_ids}
    }


@router.post("/{execution_id}/signals", status_code=202)
async def signal(execution_id: str, body: Invocation, gateway: CurrentGateway) -> dict[str, str]:
    """Send a signal; Temporal accepts unknown names too."""
    handle = gateway.temporal.get_workflow_handle(execution_id)
    try:
        await handle.signal(
            body.name, body.argument(gateway, execution_id), rpc_timeout=executions.RPC_TIMEOUT
        )
    except RPCError as error:
        raise await _missing_or_closed(gateway, execution_id, error) from error
    return {"message": "Signal accepted"}


@router.post("/{execution_id}/queries")
async def query(execution_id: str, body: Invocation, gateway: CurrentGateway) -> dict[str, Any]:
    """Ask the worker; works for closed executions too."""
    handle = gateway.temporal.get_workflow_handle(execution_id)
    try:
        answer = await handle.query(
            body.name,
            body.argument(gateway, execution_id),
            result_type=RawValue,
            rpc_timeout=WORKER_TIMEOUT,
        )
    except (WorkflowQueryFailedError, WorkflowQueryRejectedError) as error:
        raise ApiError(400, "rejected_query_error", str(error)) from error
    except RPCError as error:
        if error.status is RPCStatusCode.INVALID_ARGUMENT:
            raise ApiError(400, "rejected_query_error", error.message) from error
        if error.status in (RPCStatusCode.CANCELLED, RPCStatusCode.DEADLINE_EXCEEDED):
            raise _no_worker("query") from error
        if error.status is RPCStatusCode.FAILED_PRECONDITION:
            raise _unanswerable(error) from error
        raise await _missing_or_closed(gateway, execution_id, error) from error
    return {"query_name": body.name, "result": payloads.decode_raw(answer)}


@router.post("/{execution_id}/updates")
async def update(execution_id: str, body: Invocation, gateway: CurrentGateway) -> dict[str, Any]:
    """Change a running execution and wait for the handler's answer."""
    handle = gateway.temporal.get_workflow_handle(execution_id)
    try:
        answer = await handle.execute_update(
            body.name,
            body.argument(gateway, execution_id),
            result_type=RawValue,
            rpc_timeout=UPDATE_TIMEOUT,
        )
    except WorkflowUpdateFailedError as error:
        raise _refused_update(body.name, error) from error
    except WorkflowUpdateRPCTimeoutOrCancelledError as error:
        raise _no_worker("update") from error
    except RPCError as error:
        raise await _missing_or_closed(gateway, execution_id, error) from error
    return {"update_name": body.name, "result": payloads.decode_raw(answer)}


@router.post("/{execution_id}/cancel", status_code=204)
async def cancel(execution_id: str, gateway: CurrentGateway) -> Response:
    """Ask an execution to stop; accepted for a closed one too, as Temporal does."""
    await _cancel(gateway, execution_id)
    return Response(status_code=204)


@router.post("/{execution_id}/terminate", status_code=204)
async def terminate(execution_id: str, gateway: CurrentGateway) -> Response:
    """End an execution at once, without clean-up."""
    await _terminate(gateway, execution_id)
    return Response(status_code=204)


@router.post("/{execution_id}/reset", status_code=204)
async def reset(execution_id: str, body: Reset, gateway: CurrentGateway) -> Response:
    """Go back to a point of the history: the open run is terminated, a new one goes on."""
    view = await executions.describe(gateway, execution_id, with_result=False)
    exclude = [
        kind
        for kind, wanted in (
            (ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL, body.exclude_signals),
            (ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE, body.exclude_updates),
        )
        if wanted
    ]
    request = ResetWorkflowExecutionRequest(
        namespace=gateway.namespace,
        workflow_execution=TemporalExecution(workflow_id=execution_id, run_id=view.run_id),
        reason=body.reason or "",
        workflow_task_finish_event_id=body.event_id,
        request_id=str(uuid4()),
        reset_reapply_exclude_types=exclude,
    )
    try:
        await gateway.temporal.workflow_service.reset_workflow_execution(
            request, timeout=executions.RPC_TIMEOUT, retry=True
        )
    except RPCError as error:
        if error.status is RPCStatusCode.INVALID_ARGUMENT:
            raise pages.refused(("body", "event_id"), error.message) from error
        raise
    await executions.refresh(gateway, execution_id, view.run_id)
    await executions.refresh(gateway, execution_id)
    return Response(status_code=204)


async def _cancel(gateway: Gateway, execution_id: str) -> None:
    handle = gateway.temporal.get_workflow_handle(execution_id)
    try:
        await handle.cancel(rpc_timeout=executions.RPC_TIMEOUT)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise workflow_not_found(f"Execution {execution_id!r}") from error
        raise
    gateway.suspect(execution_id)


async def _terminate(gateway: Gateway, execution_id: str) -> None:
    handle = gateway.temporal.get_workflow_handle(execution_id)
    try:
        await handle.terminate(rpc_timeout=executions.RPC_TIMEOUT)
    except RPCError as error:
        raise await _missing_or_closed(gateway, execution_id, error) from error
    await executions.refresh(gateway, execution_id)
    await gateway.ring()


async def _outcome(act: Any, gateway: Gateway, execution_id: str) -> dict[str, str | None]:
    try:
        await act(gateway, execution_id)
    except ApiError as error:
        return {"status": "failure", "error": error.message}
    return {"status": "success", "error": None}


async def _missing_or_closed(gateway: Gateway, execution_id: str, error: RPCError) -> Exception:
    """Temporal says NOT_FOUND for unknown and for closed; a description tells them apart."""
    if error.status is not RPCStatusCode.NOT_FOUND:
        return error
    view = await executions.describe(gateway, execution_id, with_result=False)
    return ApiError(
        409,
        "workflow_execution_already_completed",
        f"Execution {execution_id!r} has already ended: {view.status}.",
    )


def _refused_update(name: str, error: WorkflowUpdateFailedError) -> Exception:
    cause = error.cause
    message = cause.message if isinstance(cause, ApplicationError) else str(cause)
    if name == "__submit_input" and "validation error" in message:
        return pages.refused(("body", "input"), message)
    return ApiError(400, "workflow_update_rejected", f"The update was refused: {message}")


def _unanswerable(error: RPCError) -> ApiError:
    """Temporal says the same of a queue without workers and of what ended before it began."""
    status = 503 if "poller" in error.message else 409
    words = f"The query cannot be answered: {error.message}"
    return ApiError(status, "temporal_service_error", words)


def _no_worker(act: str) -> ApiError:
    return ApiError(504, "workflow_timeout_error", f"No worker answered the {act} in time.")
