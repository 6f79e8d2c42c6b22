"""What schedules look like in requests and in answers."""

from datetime import UTC
from typing import Annotated, Any, Self

from google.protobuf.timestamp_pb2 import Timestamp
from pydantic import BaseModel, Field, model_validator
from temporalio.api.enums.v1 import ScheduleOverlapPolicy
from temporalio.api.schedule.v1 import SchedulePolicies, ScheduleState
from temporalio.api.workflow.v1 import NewWorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import DescribeScheduleResponse

from sandbox import payloads, runs_index
from sandbox.schedule_calls import read_times
from sandbox.schedule_spec import Times

_ONE_YEAR_SECONDS = 31_536_000
_TEN_YEARS_SECONDS = 10 * _ONE_YEAR_SECONDS

# Temporal numbers them the same way: skip, buffer one, buffer all, cancel, terminate, allow all.
Overlap = Annotated[int, Field(ge=1, le=6)]
MaxExecutions = Annotated[int, Field(ge=0, le=2**31 - 1)]
# Ids stand in paths, where clients do not encode them.
ScheduleId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$", max_length=256)]


class Policy(BaseModel):
    """What happens when starts meet, or were missed; what a request leaves out is the default."""

    catchup_window_seconds: Annotated[int, Field(ge=0, le=_TEN_YEARS_SECONDS)] = _ONE_YEAR_SECONDS
    overlap: Overlap = int(ScheduleOverlapPolicy.SCHEDULE_OVERLAP_POLICY_SKIP)
    pause_on_failure: bool = False

    def to_temporal(self) -> SchedulePolicies:
        found = SchedulePolicies(
            overlap_policy=ScheduleOverlapPolicy.ValueType(self.overlap),
            pause_on_failure=self.pause_on_failure,
        )
        found.catchup_window.FromSeconds(self.catchup_window_seconds)
        return found

    @classmethod
    def from_temporal(cls, found: SchedulePolicies) -> Self:
        return cls(
            catchup_window_seconds=found.catchup_window.ToSeconds(),
            overlap=found.overlap_policy or ScheduleOverlapPolicy.SCHEDULE_OVERLAP_POLICY_SKIP,
            pause_on_failure=found.pause_on_failure,
        )


class Definition(Times):
    input: Any
    policy: Policy = Field(default_factory=Policy)
    max_executions: MaxExecutions | None = None
    schedule_id: ScheduleId | None = None


class PartialDefinition(Times):
    """Only the keys that are present count."""

    input: Any = None
    policy: Policy = Field(default_factory=Policy)
    max_executions: MaxExecutions | None = None


class CreateSchedule(BaseModel):
    schedule: Definition
    workflow_registration_id: str | None = None
    workflow_version_id: str | None = None
    workflow_identifier: str | None = None
    workflow_task_queue: str | None = None
    schedule_id: ScheduleId | None = None
    deployment_name: str | None = None

    @model_validator(mode="after")
    def _one_workflow_and_one_id(self) -> Self:
        named = (self.workflow_registration_id, self.workflow_version_id, self.workflow_identifier)
        if sum(each is not None for each in named) != 1:
            raise ValueError("name one of workflow_registration_id and workflow_identifier")
        if len({self.schedule_id, self.schedule.schedule_id} - {None}) > 1:
            raise ValueError("the two schedule ids differ")
        return self


class UpdateSchedule(BaseModel):
    schedule: PartialDefinition


class Note(BaseModel):
    note: str | None = None


class Trigger(BaseModel):
    overlap: Overlap | None = None


def limited(max_executions: int | None) -> ScheduleState:
    """The part of a schedule's state that counts its automatic starts down; None means never."""
    return ScheduleState(
        limited_actions=max_executions is not None, remaining_actions=max_executions or 0
    )


def answer(schedule_id: str, found: DescribeScheduleResponse) -> dict[str, Any]:
    """A schedule as the API shows it, with its next and its latest ten executions."""
    schedule, info = found.schedule, found.info
    action = schedule.action.start_workflow
    state = schedule.state
    return {
        **read_times(schedule).model_dump(mode="json"),
        "schedule_id": schedule_id,
        "workflow_name": action.workflow_type.name,
        "deployment_name": action.task_queue.name,
        "input": _input(action),
        "policy": Policy.from_temporal(schedule.policies).model_dump(),
        "paused": state.paused,
        "note": state.notes or None,
        "remaining_executions": state.remaining_actions if state.limited_actions else None,
        "future_executions": [
            {"scheduled_at": _stamp(each)} for each in info.future_action_times[:10]
        ],
        "recent_executions": [
            {
                "scheduled_at": _stamp(each.schedule_time),
                "started_at": _stamp(each.actual_time),
                "execution_id": each.start_workflow_result.workflow_id,
            }
            for each in info.recent_actions[-10:]
        ],
    }


def _input(action: NewWorkflowExecutionInfo) -> Any:
    """The one argument; None for an argument that only the worker could read."""
    if not action.input.payloads:
        return None
    given = action.input.payloads[0]
    options = given.metadata.get("encoding_options")
    readable = given.metadata.get("encoding", b"").startswith(b"json/") and not options
    return payloads.decode(given) if readable else None


def _stamp(moment: Timestamp) -> str:
    return runs_index.stamp(moment.ToDatetime(UTC))
