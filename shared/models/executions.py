"""Executions with their events and logs, and what became of a batch."""

from enum import StrEnum
from typing import Any

from pydantic import Field

from shared.events import Event
from shared.models.wire import Many, Map, Moment, Number, Wire


class ExecutionStatus(StrEnum):
    """The statuses of mistralai-workflows 3.16.0, which no longer returns the last one."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    TERMINATED = "TERMINATED"
    CONTINUED_AS_NEW = "CONTINUED_AS_NEW"
    TIMED_OUT = "TIMED_OUT"
    RETRYING_AFTER_ERROR = "RETRYING_AFTER_ERROR"


OPEN = frozenset({ExecutionStatus.RUNNING, ExecutionStatus.RETRYING_AFTER_ERROR})
TERMINAL = frozenset(ExecutionStatus) - OPEN


def is_terminal(status: str | None) -> bool:
    """Whether a run with this status has ended; unknown ones and null count as open."""
    return status in TERMINAL


class Execution(Wire):
    """An execution as of its latest run; rows of a list have no `result`."""

    workflow_name: str
    execution_id: str
    root_execution_id: str
    status: str | None = None
    start_time: Moment
    end_time: Moment | None = None
    result: Any = None
    workflow_id: str | None = None
    deployment_name: str | None = None
    parent_execution_id: str | None = None
    run_id: str | None = None
    user_id: str | None = None
    total_duration_ms: Number | None = None
    search_keys: dict[str, str | None] | None = None


class ExecutionResult(Wire):
    """What a start that waited for the end answers."""

    workflow_name: str
    execution_id: str
    result: Any = None


class UnreadableRun(Wire):
    """A row of a list that cannot be read, by a name that people may look for, and why."""

    name: str
    misfits: list[str] = Field(default_factory=list)


class ExecutionPage(Wire):
    """A page of executions; `unreadable` were left out of it by a reader that asked for that."""

    executions: Many[Execution]
    next_page_token: str | None = None
    unreadable: Many[UnreadableRun] = Field(default_factory=list)


class BatchOutcome(Wire):
    """What became of one id of a batch; `status` is success or failure."""

    status: str
    error: str | None = None


class EventPage(Wire):
    """A page of stored events."""

    events: Many[Event]
    next_cursor: str | None = None


class LogRecord(Wire):
    """One line that an execution logged."""

    timestamp: Moment
    trace_id: str | None = None
    span_id: str | None = None
    severity_text: str | None = None
    body: str
    log_attributes: Map[Any] = Field(default_factory=dict)


class LogPage(Wire):
    """A page of log records; the cursor remembers window and order."""

    results: Many[LogRecord]
    next_cursor: str | None = None
