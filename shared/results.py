"""What operations answer: flat and small, with text from outside cleaned on the way in."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from shared.secrets import redact, redact_text
from shared.text import clean, clean_json, one_line, truncate


def _line(limit: int) -> BeforeValidator:
    def bound(value: object) -> object:
        return one_line(redact_text(clean(value)), limit) if isinstance(value, str) else value

    return BeforeValidator(bound)


def _block(limit: int) -> BeforeValidator:
    def bound(value: object) -> object:
        return truncate(redact_text(clean(value)), limit) if isinstance(value, str) else value

    return BeforeValidator(bound)


def _key(value: object) -> object:
    return clean(value) if isinstance(value, str) else value


def _payload(value: object) -> object:
    return redact(clean_json(value))


# Ids are cleaned and never cut. Everything else that an outsider may have written is bounded, by
# its type here or, where it is JSON, by the operation that knows how much was asked for.
Key = Annotated[str, BeforeValidator(_key)]
Label = Annotated[str, _line(120)]
Line = Annotated[str, _line(500)]
Block = Annotated[str, _block(4_000)]
Payload = Annotated[Any, BeforeValidator(_payload)]
Schema = Annotated[Any, BeforeValidator(clean_json)]


class Part(BaseModel):
    """A row of an answer."""

    model_config = ConfigDict(frozen=True, defer_build=True)


class NextStep(Part):
    """A call worth making next; every face writes it in its own way."""

    operation: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    why: Line = ""


class Result(BaseModel):
    """An answer; `notes` are our own words about what is missing, cut or surprising."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    notes: tuple[Line, ...] = ()
    next_steps: tuple[NextStep, ...] = ()

    def shortfall(self) -> str | None:
        """What was asked for and not done, for the audit trail."""
        return None


class WorkflowRow(Part):
    """A workflow in a list."""

    name: Key
    display_name: Label | None = None
    description: Line | None = None
    tags: tuple[Label, ...] = ()
    archived: bool = False


class Workflows(Result):
    """The workflows that can be started."""

    workflows: tuple[WorkflowRow, ...]
    cursor: Key | None = None


class Handler(Part):
    """A signal, query or update that a workflow declares."""

    kind: Literal["signal", "query", "update"]
    name: Key
    description: Line | None = None
    input_schema: Schema = None


class WorkflowDetail(Result):
    """One workflow: what it takes, what it gives, what it answers to."""

    name: Key
    workflow_id: Key
    display_name: Label | None = None
    description: Block | None = None
    active: bool | None = None
    archived: bool = False
    tags: tuple[Label, ...] = ()
    deployments: tuple[Key, ...] = ()
    input_schema: Schema = None
    output_schema: Schema = None
    execution_timeout_seconds: float | None = None
    handlers: tuple[Handler, ...] = ()


class ExecutionRow(Part):
    """An execution in a list; `ended_at` and `duration_ms` are None while it is open."""

    execution_id: Key
    workflow: Key
    status: Key | None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_ms: int | None = None
    parent_id: Key | None = None


class Executions(Result):
    """A page of executions."""

    executions: tuple[ExecutionRow, ...]
    cursor: Key | None = None


class Step(Part):
    """An activity or a task of an execution; `execution_id` is set where it belongs to a child."""

    name: Label
    kind: Literal["activity", "task", "wait"]
    state: Label
    attempts: int = 1
    started_at: datetime | None = None
    duration_ms: int | None = None
    message: Line | None = None
    progress: Line | None = None
    execution_id: Key | None = None


class PendingInput(Part):
    """A question that an execution waits for a person to answer.

    `input` is what the execution was started with: what the question is about.
    """

    execution_id: Key
    workflow: Key | None = None
    task_id: Key
    label: Line | None = None
    input_schema: Schema = None
    input: Payload = None
    asked_at: datetime | None = None


class ExecutionDetail(Result):
    """One execution; `still_running` is set by operations that waited for it."""

    execution_id: Key
    run_id: Key | None = None
    workflow: Key
    status: Key | None
    still_running: bool | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_ms: int | None = None
    deployment: Key | None = None
    parent_id: Key | None = None
    root_id: Key | None = None
    search_keys: dict[Label, Line | None] = Field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    steps_done: int = 0
    pending_inputs: tuple[PendingInput, ...] = ()
    children: tuple[ExecutionRow, ...] = ()
    error: Block | None = None
    result: Payload = None


class HistoryRow(Part):
    """One event of the engine's history; `event_id` is its number."""

    event_id: int
    type: Label
    time: datetime | None = None
    summary: Line = ""
    details: Payload = None


class History(Result):
    """The engine's history of one run; a reset may go back to any of `reset_points`."""

    execution_id: Key
    run_id: Key | None = None
    total: int
    events: tuple[HistoryRow, ...]
    reset_points: tuple[int, ...] = ()
    next_event_id: int | None = None


class Bar(Part):
    """A line of a waterfall; `offset_ms` counts from the start of the execution."""

    name: Label
    kind: Label
    depth: int = 0
    offset_ms: int
    duration_ms: int | None = None
    state: Label | None = None
    attempt: int | None = None
    queued_ms: int | None = None
    message: Line | None = None


class Trace(Result):
    """The trace of an execution in one of its views."""

    execution_id: Key
    view: Literal["summary", "events", "spans", "info"]
    trace_id: Key | None = None
    has_trace_data: bool
    bars: tuple[Bar, ...] = ()


class LogRow(Part):
    """A log line."""

    time: datetime
    level: Label
    # A worker puts the error at the end of a long line: faces shorten it in the middle.
    message: Annotated[str, _line(2_000)]
    activity_id: Key | None = None


class Logs(Result):
    """Log lines in the order of time."""

    execution_id: Key
    records: tuple[LogRow, ...]
    cursor: Key | None = None


class EventRow(Part):
    """An event that the worker sent; `execution_id` is set where it belongs to a child."""

    time: datetime | None = None
    type: Label
    subject: Label = ""
    summary: Line = ""
    execution_id: Key | None = None


class Events(Result):
    """The events of an execution, oldest first."""

    execution_id: Key
    events: tuple[EventRow, ...]
    cursor: Key | None = None


class PendingInputs(Result):
    """What waits for a person, in a page of the executions that say they wait."""

    pending_inputs: tuple[PendingInput, ...]
    checked: int
    cursor: Key | None = None


class ScheduleRow(Part):
    """A schedule in a list; `times` says in words when it starts."""

    schedule_id: Key
    workflow: Key
    paused: bool
    times: Line
    next_at: datetime | None = None
    last_execution_id: Key | None = None


class Schedules(Result):
    """A page of schedules."""

    schedules: tuple[ScheduleRow, ...]
    cursor: Key | None = None


class Started(Part):
    """An execution that a schedule started."""

    execution_id: Key
    scheduled_at: datetime | None = None
    started_at: datetime | None = None


class ScheduleDetail(Result):
    """One schedule; `started` is the execution that a trigger brought."""

    schedule_id: Key
    workflow: Key
    paused: bool
    note: Line | None = None
    times: Line
    timezone: Key | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    jitter: Label | None = None
    overlap: Label | None = None
    catchup_window_seconds: int | None = None
    pause_on_failure: bool | None = None
    remaining_executions: int | None = None
    deployment: Key | None = None
    input: Payload = None
    next_times: tuple[datetime, ...] = ()
    recent: tuple[Started, ...] = ()
    started: Started | None = None


class Diagnosis(Result):
    """What is wrong with an execution, or that nothing is; `headline` answers in one sentence."""

    execution_id: Key
    run_id: Key | None = None
    workflow: Key
    status: Key | None
    headline: Line
    started_at: datetime | None = None
    duration_ms: int | None = None
    failed_step: Step | None = None
    error: Block | None = None
    stuck: bool = False
    attempts: int | None = None
    running: tuple[Step, ...] = ()
    pending_inputs: tuple[PendingInput, ...] = ()
    failed_children: tuple[ExecutionRow, ...] = ()
    logs: tuple[LogRow, ...] = ()
    slowest: tuple[Bar, ...] = ()
    reset_points: tuple[int, ...] = ()


class Answer(Result):
    """What an execution answered to a query, a signal, an update or an input."""

    execution_id: Key
    kind: Literal["query", "signal", "update", "input"]
    name: Key
    value: Payload = None


class Outcome(Part):
    """What became of one of several acts."""

    execution_id: Key
    ok: bool
    message: Line | None = None


class Outcomes(Result):
    """One outcome per execution, in the order asked for."""

    act: Literal["cancel", "terminate"]
    outcomes: tuple[Outcome, ...]

    def shortfall(self) -> str | None:
        """Which of several acts failed."""
        failed = [each for each in self.outcomes if not each.ok]
        count = f"{len(failed)} of {len(self.outcomes)} failed"
        told = "; ".join(f"{each.execution_id}: {each.message}" for each in failed)
        return f"{count}: {told}" if failed else None


class Done(Result):
    """An act that leaves nothing to show but what it did."""

    message: Line
    execution_id: Key | None = None
    run_id: Key | None = None
    schedule_id: Key | None = None


class AlertSubscription(Part):
    """Who hears of what: `filter` is how it was understood, `firing` how many alerts fire now.

    `channel` is an id where it is known, and `channel_name` the name that goes with it.
    """

    subscription_id: Key
    channel: Key
    channel_name: Key | None = None
    filter: Line
    manner: Line
    firing: int = 0
    muted_until: datetime | None = None
    muted_by: Label | None = None
    created_by: Label
    created_at: datetime
    error: Line | None = None


class AlertSubscriptions(Result):
    """Subscriptions, oldest first."""

    subscriptions: tuple[AlertSubscription, ...]


class PreviewedAlert(Part):
    """An alert as it would have been; `labels` are what its occurrences have in common."""

    labels: dict[Label, Line]
    count: int
    first_at: datetime
    last_at: datetime
    execution_ids: tuple[Key, ...] = ()


class AlertPreview(Part):
    """What a filter would have taken: `matched` of the `looked_at` ends of executions."""

    since: datetime
    matched: int
    looked_at: int
    complete: bool
    alerts: tuple[PreviewedAlert, ...] = ()
    more_alerts: int = 0


class AlertSubscriptionDetail(Result):
    """One subscription, and what it would have brought lately."""

    subscription: AlertSubscription
    preview: AlertPreview | None = None


class AlertRow(Part):
    """An alert: the same trouble, however often it happened; `label` is what it waits for.

    What is `late` was found after a time, from `unseen_since` to `unseen_until`, in which nobody
    could look. `ended_because` says what is over without being well.
    """

    alert_id: Key
    subscription_id: Key
    channel: Key
    channel_name: Key | None = None
    state: Literal["firing", "recovered", "ended"]
    kind: Label
    workflow: Key | None = None
    schedule_id: Key | None = None
    deployment: Key | None = None
    step: Label | None = None
    error: Line | None = None
    label: Line | None = None
    count: int
    open: int = 0
    first_at: datetime
    last_at: datetime
    execution_ids: tuple[Key, ...] = ()
    late: bool = False
    unseen_since: datetime | None = None
    unseen_until: datetime | None = None
    unseen_cause: Line | None = None
    acknowledged_by: Label | None = None
    acknowledged_at: datetime | None = None
    since_acknowledged: int = 0
    muted_until: datetime | None = None
    recovered_at: datetime | None = None
    ended_because: Line | None = None


class Alerts(Result):
    """What fires, newest first; `swept_at` is when all was last looked at."""

    alerts: tuple[AlertRow, ...]
    swept_at: datetime | None = None


class AlertDetail(Result):
    """One alert."""

    alert: AlertRow
