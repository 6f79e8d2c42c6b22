"""One execution as the API shows it, read from Temporal."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from temporalio.api.common.v1 import WorkflowExecution as TemporalExecution
from temporalio.api.enums.v1 import HistoryEventFilterType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryRequest
from temporalio.client import WorkflowExecution, WorkflowExecutionStatus
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

from sandbox import payloads, registrations, runs_index
from sandbox.errors import ApiError, workflow_not_found
from sandbox.gateway import USER_ID, Gateway

# A Temporal that does not answer in this time is reported as unavailable.
RPC_TIMEOUT = timedelta(seconds=10)

# Long enough for an execution to close after its last event.
_SUSPECT_SECONDS = 30.0

_TRACE_ID = SearchAttributeKey.for_keyword("OtelTraceId")


@dataclass(frozen=True, slots=True)
class ExecutionView:
    """An execution, or one run of it, with what the API says about it."""

    workflow_name: str
    workflow_id: str | None
    execution_id: str
    run_id: str
    root_execution_id: str
    parent_execution_id: str | None
    task_queue: str
    status: str
    start_time: datetime
    end_time: datetime | None
    otel_trace_id: str | None
    result: Any = None

    @property
    def open(self) -> bool:
        return self.status == "RUNNING"

    def body(self, *, with_result: bool = True) -> dict[str, Any]:
        """The API's execution object; lists leave the result out."""
        duration = self.end_time - self.start_time if self.end_time else None
        body = {
            "workflow_name": self.workflow_name,
            "execution_id": self.execution_id,
            "root_execution_id": self.root_execution_id,
            "parent_execution_id": self.parent_execution_id,
            "status": self.status,
            "start_time": runs_index.stamp(self.start_time),
            "end_time": runs_index.stamp(self.end_time) if self.end_time else None,
            "total_duration_ms": round(duration.total_seconds() * 1000) if duration else None,
            "workflow_id": self.workflow_id,
            "deployment_name": self.task_queue,
            "run_id": self.run_id,
            "user_id": USER_ID,
        }
        return body | {"result": self.result} if with_result else body


async def describe(
    gateway: Gateway, execution_id: str, run_id: str | None = None, *, with_result: bool = True
) -> ExecutionView:
    """Ask Temporal for the latest run of an execution, or for one run; raises ApiError 404."""
    handle = gateway.temporal.get_workflow_handle(execution_id, run_id=run_id)
    try:
        found = await handle.describe(rpc_timeout=RPC_TIMEOUT)
    except RPCError as error:
        if error.status in (RPCStatusCode.NOT_FOUND, RPCStatusCode.INVALID_ARGUMENT):
            raise workflow_not_found(f"Execution {execution_id!r}") from error
        raise
    run = as_run(found)
    runs_index.put(gateway.db, run)
    result = await _result(gateway, run) if with_result and run.status == "COMPLETED" else None
    return _view(gateway, run, found, result)


async def describe_run(gateway: Gateway, run_id: str) -> ExecutionView:
    """Ask for one run by its id alone; raises ApiError 404."""
    return await describe(gateway, execution_of_run(gateway, run_id), run_id)


def execution_of_run(gateway: Gateway, run_id: str) -> str:
    """The execution that a run belongs to; raises ApiError 404."""
    execution_id = runs_index.execution_of(gateway.db, run_id)
    if execution_id is None:
        raise workflow_not_found(f"Run {run_id!r}")
    return execution_id


async def history(gateway: Gateway, execution_id: str, run_id: str | None) -> list[HistoryEvent]:
    """Every history event of one run; raises ApiError 404."""
    events: list[HistoryEvent] = []
    token = b""
    while True:
        request = _history_request(gateway, execution_id, run_id)
        request.next_page_token = token
        try:
            answer = await gateway.temporal.workflow_service.get_workflow_execution_history(
                request, timeout=RPC_TIMEOUT, retry=True
            )
        except RPCError as error:
            if error.status in (RPCStatusCode.NOT_FOUND, RPCStatusCode.INVALID_ARGUMENT):
                raise workflow_not_found(f"Execution {execution_id!r}") from error
            raise
        events.extend(answer.history.events)
        token = answer.next_page_token
        if not token:
            return events


async def sync(gateway: Gateway) -> None:
    """Bring the index up to date with Temporal's visibility and with every run still open here."""
    queues = registrations.task_queues(gateway.db)
    if not queues:
        return
    among = ", ".join(f'"{queue}"' for queue in queues)
    open_here = {
        row["run_id"]: row["execution_id"]
        for row in gateway.db.execute(
            "SELECT run_id, execution_id FROM runs WHERE status = 'RUNNING'"
        )
    }
    query = (
        f"TaskQueue IN ({among}) AND (ExecutionStatus = 'Running' OR {_recently_closed(gateway)})"
    )
    async for found in gateway.temporal.list_workflows(query, rpc_timeout=RPC_TIMEOUT):
        run = as_run(found)
        if run.status == "RUNNING" and run.run_id in open_here:
            del open_here[run.run_id]
        runs_index.put(gateway.db, run)
    # Visibility lags behind: what it does not call open is asked one by one.
    for run_id, execution_id in open_here.items():
        await refresh(gateway, execution_id, run_id)
    await _settle_suspects(gateway)


async def refresh(gateway: Gateway, execution_id: str, run_id: str | None = None) -> None:
    """Correct the index about one run; a run that Temporal has forgotten is forgotten here too."""
    try:
        await describe(gateway, execution_id, run_id, with_result=False)
    except ApiError:
        if run_id is not None:
            gateway.db.execute("DELETE FROM runs WHERE run_id = ?", (run_id,))


async def _settle_suspects(gateway: Gateway) -> None:
    for execution_id, since in list(gateway.suspects.items()):
        await refresh(gateway, execution_id)
        closed = not gateway.db.execute(
            "SELECT 1 FROM runs WHERE execution_id = ? AND status = 'RUNNING'", (execution_id,)
        ).fetchone()
        if closed or time.monotonic() - since > _SUSPECT_SECONDS:
            gateway.suspects.pop(execution_id, None)


def as_run(found: WorkflowExecution) -> runs_index.Run:
    """Translate Temporal's words; statuses are one to one."""
    status = cast(WorkflowExecutionStatus, found.status).name
    return runs_index.Run(
        run_id=found.run_id,
        execution_id=found.id,
        workflow_name=found.workflow_type,
        task_queue=found.task_queue,
        root_execution_id=found.root_id or found.id,
        parent_execution_id=found.parent_id,
        status=status,
        start_time=found.start_time,
        end_time=found.close_time,
        first_run_id=found.raw_info.first_run_id or None,
    )


def _view(
    gateway: Gateway, run: runs_index.Run, found: WorkflowExecution, result: Any
) -> ExecutionView:
    row = gateway.db.execute(
        "SELECT workflow_id FROM workflows WHERE name = ?", (run.workflow_name,)
    ).fetchone()
    return ExecutionView(
        workflow_name=run.workflow_name,
        workflow_id=row[0] if row else None,
        execution_id=run.execution_id,
        run_id=run.run_id,
        root_execution_id=run.root_execution_id,
        parent_execution_id=run.parent_execution_id,
        task_queue=run.task_queue,
        status=run.status,
        start_time=run.start_time,
        end_time=run.end_time,
        otel_trace_id=found.typed_search_attributes.get(_TRACE_ID),
        result=result,
    )


async def _result(gateway: Gateway, run: runs_index.Run) -> Any:
    request = _history_request(gateway, run.execution_id, run.run_id)
    request.history_event_filter_type = HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT
    answer = await gateway.temporal.workflow_service.get_workflow_execution_history(
        request, timeout=RPC_TIMEOUT, retry=True
    )
    completed = answer.history.events[-1].workflow_execution_completed_event_attributes
    values = completed.result.payloads
    return payloads.decode(values[0]) if values else None


def _history_request(
    gateway: Gateway, execution_id: str, run_id: str | None
) -> GetWorkflowExecutionHistoryRequest:
    return GetWorkflowExecutionHistoryRequest(
        namespace=gateway.namespace,
        execution=TemporalExecution(workflow_id=execution_id, run_id=run_id or ""),
    )


def _recently_closed(gateway: Gateway) -> str:
    newest = gateway.db.execute("SELECT max(end_time) FROM runs").fetchone()[0]
    since = datetime.fromisoformat(newest) if newest else datetime(2000, 1, 1, tzinfo=UTC)
    return f"CloseTime >= '{runs_index.stamp(since - timedelta(minutes=1))}'"
