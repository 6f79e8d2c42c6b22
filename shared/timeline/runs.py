"""What the events of one run of an execution say together."""

from collections import deque
from typing import Any

from shared.events import Event, EventType
from shared.timeline import attributes as read
from shared.timeline.attributes import Attributes, Sealed
from shared.timeline.bounded import Bounded, Room
from shared.timeline.steps import StepFacts
from shared.timeline.tasks import WAIT_FOR_INPUT, TaskFacts

_MOST_STEPS = 200
_MOST_TASKS = 100
_LONGEST_ID = 200
# Names of the worker's own activities begin so (mistralai-workflows 3.16.0).
_BOOKKEEPING = "__"
_TASK_OF_THE_WORKFLOW = "__internal__emit_task_started"


class RunFacts:
    """One run; `keep_values` where its input and result are of interest."""

    closed = True
    """Runs are forgotten by age alone."""

    def __init__(self, first: Event, room: Room, *, keep_values: bool) -> None:
        self.run_id = first.workflow_run_id
        self.first_at = self.last_at = first.event_timestamp
        self.continued_run_id = first.continued_run_id
        self.display_name: str | None = None
        self.input: Any = None
        self.result: Any = None
        self.failed_attempts = 0
        self.last_word: str | None = None
        self.last_word_at = (-1, 0)
        self.failure: str | None = None
        self.code_error: str | None = None
        self.code_error_at = -1
        self.progress_at = -1
        self.steps: Bounded[StepFacts] = Bounded(_MOST_STEPS, room)
        self.tasks: Bounded[TaskFacts] = Bounded(_MOST_TASKS, room)
        self._open_steps: set[str] = set()
        self._tasks_of_the_workflow: deque[str] = deque(maxlen=20)
        self._failed_at = -1
        self._room = room
        self._keep_values = keep_values

    @property
    def retries_code(self) -> bool:
        """Whether the latest news is that the workflow code failed."""
        return self.code_error_at > self.progress_at

    def release(self) -> None:
        """Give back the room of steps and tasks."""
        self.steps.release()
        self.tasks.release()

    def drop_values(self) -> None:
        """Forget input and result: another run has begun."""
        self.input = self.result = None
        self._keep_values = False

    def add_activity(self, event: Event) -> None:
        """Take in an event of an activity."""
        attributes, timestamp = event.attributes, event.event_timestamp
        name, task_id = attributes.get("activity_name"), attributes.get("task_id")
        if not isinstance(name, str) or not isinstance(task_id, str):
            return
        if name.startswith(_BOOKKEEPING):
            self._add_bookkeeping(name, attributes)
            return
        step = self.steps.known.get(task_id) or self._admit_step(task_id, event)
        if step is None:
            return
        step.add(event.event_type, timestamp, attributes)
        self.progress_at = max(self.progress_at, timestamp)
        if step.closed:
            self._open_steps.discard(task_id)
        else:
            self._open_steps.add(task_id)

    def add_custom_task(self, event: Event) -> None:
        """Take in an event of a custom task."""
        attributes, timestamp = event.attributes, event.event_timestamp
        task_id = attributes.get("custom_task_id")
        if not isinstance(task_id, str):
            return
        task = self.tasks.known.get(task_id) or self._admit_task(task_id, event)
        if task is not None:
            task.add(event.event_type, event.event_id, timestamp, attributes)
            if timestamp > self.progress_at:
                self.progress_at = timestamp

    def add_lifecycle(self, event: Event) -> None:
        """Take in an event of the execution itself; the latest one has the last word."""
        starts = event.event_type == EventType.WORKFLOW_EXECUTION_STARTED
        if starts:
            self._start(event.event_timestamp, event.attributes)
        if event.event_type == EventType.WORKFLOW_EXECUTION_FAILED:
            # Each attempt at a workflow task fails under the same id, at a later time.
            self.failed_attempts += event.event_timestamp > self._failed_at
            self._failed_at = max(self._failed_at, event.event_timestamp)
            self._fail_code(event)
        place = (event.event_timestamp, 0 if starts else 1)
        if place < self.last_word_at:
            return
        self.last_word, self.last_word_at = event.event_type, place
        match event.event_type:
            case EventType.WORKFLOW_EXECUTION_FAILED:
                self.failure = read.failure(event.attributes)
            case EventType.WORKFLOW_EXECUTION_COMPLETED if self._keep_values:
                self.result = _opened(event.attributes, "result")

    def add_workflow_task(self, event: Event) -> None:
        """Take in an event about workflow code that failed or hung."""
        self._fail_code(event)

    def _start(self, timestamp: int, attributes: Attributes) -> None:
        self.display_name = read.name(attributes, "display_name") or self.display_name
        if self._keep_values:
            self.input = _argument(_opened(attributes, "input"))

    def _fail_code(self, event: Event) -> None:
        if event.event_timestamp >= self.code_error_at:
            self.code_error_at = event.event_timestamp
            self.code_error = read.failure(event.attributes) or read.name(
                event.attributes, "timeout_type"
            )

    def _add_bookkeeping(self, name: str, attributes: Attributes) -> None:
        if name != _TASK_OF_THE_WORKFLOW or "input" not in attributes:
            return
        values = _opened(attributes, "input")
        if isinstance(values, list) and values and isinstance(values[0], str):
            self._tasks_of_the_workflow.append(values[0][:_LONGEST_ID])

    def _admit_step(self, task_id: str, event: Event) -> StepFacts | None:
        if len(task_id) > _LONGEST_ID:
            return None
        name = read.name(event.attributes, "activity_name") or ""
        begins = event.event_type == EventType.ACTIVITY_TASK_STARTED
        return self.steps.admit(
            task_id, event.event_timestamp, lambda: StepFacts(task_id, name), begins=begins
        )

    def _admit_task(self, task_id: str, event: Event) -> TaskFacts | None:
        if len(task_id) > _LONGEST_ID:
            return None
        type = read.name(event.attributes, "custom_task_type") or ""
        return self.tasks.admit(
            task_id,
            event.event_timestamp,
            lambda: TaskFacts(task_id, type, self._step_of(task_id, type), self._room),
            begins=event.event_type == EventType.CUSTOM_TASK_STARTED,
        )

    def _step_of(self, task_id: str, type: str) -> str | None:
        """The only activity that runs: the events of a task do not name its own."""
        if type == WAIT_FOR_INPUT or task_id in self._tasks_of_the_workflow:
            return None
        return next(iter(self._open_steps)) if len(self._open_steps) == 1 else None


def _opened(attributes: Attributes, key: str) -> Any:
    try:
        return read.value(attributes, key)
    except Sealed:
        return None


def _argument(input: Any) -> Any:
    """The argument of a workflow: the worker sends a list of one, or of none."""
    if not isinstance(input, list) or len(input) > 1:
        return input
    return input[0] if input else None
