"""The events of executions as the API sends them, singly or in the frames of a stream."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from shared.foreign_json import load_json
from shared.text import one_line


class EventType(StrEnum):
    """The types of mistralai-workflows 3.16.0; an event may have another one."""

    WORKFLOW_EXECUTION_STARTED = "WORKFLOW_EXECUTION_STARTED"
    WORKFLOW_EXECUTION_COMPLETED = "WORKFLOW_EXECUTION_COMPLETED"
    WORKFLOW_EXECUTION_FAILED = "WORKFLOW_EXECUTION_FAILED"
    WORKFLOW_EXECUTION_CANCELED = "WORKFLOW_EXECUTION_CANCELED"
    WORKFLOW_EXECUTION_CONTINUED_AS_NEW = "WORKFLOW_EXECUTION_CONTINUED_AS_NEW"
    WORKFLOW_TASK_TIMED_OUT = "WORKFLOW_TASK_TIMED_OUT"
    WORKFLOW_TASK_FAILED = "WORKFLOW_TASK_FAILED"
    CUSTOM_TASK_STARTED = "CUSTOM_TASK_STARTED"
    CUSTOM_TASK_IN_PROGRESS = "CUSTOM_TASK_IN_PROGRESS"
    CUSTOM_TASK_COMPLETED = "CUSTOM_TASK_COMPLETED"
    CUSTOM_TASK_FAILED = "CUSTOM_TASK_FAILED"
    CUSTOM_TASK_TIMED_OUT = "CUSTOM_TASK_TIMED_OUT"
    CUSTOM_TASK_CANCELED = "CUSTOM_TASK_CANCELED"
    ACTIVITY_TASK_STARTED = "ACTIVITY_TASK_STARTED"
    ACTIVITY_TASK_COMPLETED = "ACTIVITY_TASK_COMPLETED"
    ACTIVITY_TASK_RETRYING = "ACTIVITY_TASK_RETRYING"
    ACTIVITY_TASK_FAILED = "ACTIVITY_TASK_FAILED"


# Worth a look at the execution. They are hints: a FAILED event can be false, and the others come
# before the status turns (mistralai-workflows 3.16.0 on Temporal 1.32).
TERMINAL_EVENTS = frozenset(
    {
        EventType.WORKFLOW_EXECUTION_COMPLETED,
        EventType.WORKFLOW_EXECUTION_FAILED,
        EventType.WORKFLOW_EXECUTION_CANCELED,
    }
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# From which number on a timestamp counts nanoseconds, microseconds, milliseconds; below: seconds.
_UNITS = ((10**17, 1), (10**14, 1_000), (10**11, 1_000_000))


class BrokenFrame(Exception):
    """A frame that cannot be understood; the text says why in few words."""


# A model rather than a slotted dataclass: a frame of 1 kB takes 8.1 instead of 7.8 microseconds
# (json.loads alone takes 9.5), and only models keep the fields that we do not know.
class Event(BaseModel):
    """One event; types and fields that are unknown are kept, the attributes stay as they came."""

    model_config = ConfigDict(extra="allow", defer_build=True)

    event_id: str
    event_type: str
    event_timestamp: int = Field(description="Nanoseconds since 1970; see `time`.")
    workflow_exec_id: str
    workflow_run_id: str
    workflow_name: str = ""
    root_workflow_exec_id: str | None = None
    parent_workflow_exec_id: str | None = None
    continued_run_id: str | None = None
    first_execution_run_id: str | None = None
    chain_run_id: str | None = None
    schedule_id: str | None = None
    attributes: dict[str, Any] = Field(default_factory=dict)

    @property
    def time(self) -> datetime | None:
        """When the worker made the event."""
        return moment(self.event_timestamp)


# A dataclass, since each frame is stamped with its place in the stream, which models make slow.
# Its context and its metadata are left out: the event says the same, and reading them takes longer.
@dataclass(slots=True)
class Frame:
    """An event of a stream; `cursor` resumes after it, `missed` counts frames skipped before it."""

    data: Event
    stream: str = "workflow"
    broker_sequence: int | None = None
    timestamp: Any = None
    cursor: str | None = None
    missed: int = 0


class StreamFault(BaseModel):
    """The server's word that a stream is over: read_error, stream_error or internal_error."""

    model_config = ConfigDict(extra="allow", defer_build=True)

    error: str
    reason: str


def decode_frame(name: str, data: str) -> Frame | StreamFault:
    """What a server-sent event called `name` says; raises BrokenFrame."""
    if name == "error":
        return decode_fault(data)
    try:
        frame: Frame = _frame_of_json()(data)
    except ValidationError:
        return unnamed_fault(data) or _decode_foreign(data)
    return frame


def decode_fault(data: str) -> StreamFault:
    """The content of an event called `error`, whatever form it has."""
    return unnamed_fault(data) or StreamFault(error=one_line(data), reason="stream_error")


def unnamed_fault(data: str) -> StreamFault | None:
    """A fault that comes like an ordinary frame, as some servers send it."""
    try:
        return StreamFault.model_validate_json(data)
    except ValidationError:
        return None


def moment(timestamp: int) -> datetime | None:
    """The time of a timestamp in nanoseconds, or in a larger unit where it is too small for them.

    None for a number that is no time.
    """
    unit = next((unit for least, unit in _UNITS if timestamp >= least), 1_000_000_000)
    try:
        return _EPOCH + timedelta(microseconds=timestamp * unit // 1_000)
    except OverflowError:
        return None


@cache
def _frame_of_json() -> Callable[[str], Any]:
    return _frames().validator.validate_json


@cache
def _frames() -> TypeAdapter[Frame]:
    # Built when the first frame comes: a process without streams starts faster.
    return TypeAdapter(Frame)


def _decode_foreign(data: str) -> Frame:
    try:
        return _frames().validate_python(load_json(data.encode(errors="replace")))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BrokenFrame(one_line(f"{place}: {first['msg']}")) from None
    except ValueError as error:
        raise BrokenFrame(one_line(f"broken JSON: {error}")) from None
