"""Folds the events of an execution, and of those below it, into what a person wants to know."""

from collections.abc import Callable, Iterable
from itertools import chain
from typing import TYPE_CHECKING

from shared.events import Event, EventType, Frame
from shared.models import Execution
from shared.timeline.bounded import Bounded, Room
from shared.timeline.executions import ExecutionFacts
from shared.timeline.picture import picture_of
from shared.timeline.runs import RunFacts
from shared.timeline.views import (
    CodeError,
    Failure,
    Picture,
    Progress,
    Question,
    Run,
    State,
    Step,
    Task,
)

if TYPE_CHECKING:
    from shared.stream import Checked, Ended

__all__ = [
    "CodeError",
    "Failure",
    "Picture",
    "Progress",
    "Question",
    "Run",
    "State",
    "Step",
    "Task",
    "Timeline",
    "build",
]

_MOST_CHILDREN = 200
_MOST_ENTRIES = 2_500
_HEAVIEST = 4 * 1024 * 1024
_DEEPEST = 20
_LONGEST_IDS = 2_000
_ADDERS: dict[str, Callable[[RunFacts, Event], None]] = {
    EventType.WORKFLOW_EXECUTION_STARTED: RunFacts.add_lifecycle,
    EventType.WORKFLOW_EXECUTION_COMPLETED: RunFacts.add_lifecycle,
    EventType.WORKFLOW_EXECUTION_FAILED: RunFacts.add_lifecycle,
    EventType.WORKFLOW_EXECUTION_CANCELED: RunFacts.add_lifecycle,
    EventType.WORKFLOW_EXECUTION_CONTINUED_AS_NEW: RunFacts.add_lifecycle,
    EventType.WORKFLOW_TASK_TIMED_OUT: RunFacts.add_workflow_task,
    EventType.WORKFLOW_TASK_FAILED: RunFacts.add_workflow_task,
    EventType.CUSTOM_TASK_STARTED: RunFacts.add_custom_task,
    EventType.CUSTOM_TASK_IN_PROGRESS: RunFacts.add_custom_task,
    EventType.CUSTOM_TASK_COMPLETED: RunFacts.add_custom_task,
    EventType.CUSTOM_TASK_FAILED: RunFacts.add_custom_task,
    EventType.CUSTOM_TASK_TIMED_OUT: RunFacts.add_custom_task,
    EventType.CUSTOM_TASK_CANCELED: RunFacts.add_custom_task,
    EventType.ACTIVITY_TASK_STARTED: RunFacts.add_activity,
    EventType.ACTIVITY_TASK_COMPLETED: RunFacts.add_activity,
    EventType.ACTIVITY_TASK_RETRYING: RunFacts.add_activity,
    EventType.ACTIVITY_TASK_FAILED: RunFacts.add_activity,
}
_BEGINNINGS = (EventType.WORKFLOW_EXECUTION_STARTED, EventType.ACTIVITY_TASK_STARTED)


class Timeline:
    """What is known of one execution and of those below it, in bounded memory.

    Taking in events twice, as after a resumed stream that overlaps, changes nothing. The same facts
    told twice by a worker that repeats itself are one fact: steps are known by run and task id.
    """

    def __init__(self, execution_id: str, workflow_name: str = "") -> None:
        room = Room(_MOST_ENTRIES, _HEAVIEST)
        self._main = ExecutionFacts(execution_id, workflow_name, room, keep_values=True)
        self._room = Room(_MOST_ENTRIES, _HEAVIEST)
        self._others: Bounded[ExecutionFacts] = Bounded(_MOST_CHILDREN, self._room)
        self._picture: Picture | None = None

    @property
    def picture(self) -> Picture:
        """All that is known now."""
        if self._picture is None:
            self._picture = self._draw(self._main, self._families(), _DEEPEST)
        return self._picture

    @property
    def status_hint(self) -> str | None:
        """The status as far as it is known."""
        return self.picture.status

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of the present run."""
        return self.picture.steps

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The custom tasks of the present run."""
        return self.picture.tasks

    @property
    def pending_inputs(self) -> tuple[Question, ...]:
        """The open questions of the execution and of those below it."""
        return self.picture.pending_inputs

    @property
    def children(self) -> tuple[Picture, ...]:
        """The executions right below it."""
        return self.picture.children

    def take(self, item: "Frame | Checked | Ended") -> None:
        """Take in what following an execution brings."""
        if not isinstance(item, Frame):
            self.settle(item.execution)
            return
        if item.missed:
            self.lose_track()
        self.add(item.data)

    def add(self, event: Event) -> None:
        """Take in one event; types that are unknown are passed over."""
        adder = _ADDERS.get(event.event_type)
        if adder is None or len(event.workflow_exec_id) + len(event.workflow_run_id) > _LONGEST_IDS:
            return
        is_main = event.workflow_exec_id == self._main.execution_id
        execution = self._main if is_main else self._other(event)
        run = execution.run(event) if execution is not None else None
        if run is not None:
            adder(run, event)
            self._picture = None

    def settle(self, execution: Execution) -> None:
        """Take in the API's own word on the execution, or on one below it."""
        facts = self._main
        if execution.execution_id != facts.execution_id:
            found = self._others.known.get(execution.execution_id)
            if found is None:
                return
            facts = found
        facts.settle(execution)
        facts.workflow_name = execution.workflow_name or facts.workflow_name
        self._picture = None

    def lose_track(self) -> None:
        """Events were missed: states that grow by patches lag behind until their next snapshot."""
        for execution in (self._main, *self._others):
            for run in execution.runs:
                for task in run.tasks:
                    if not task.closed:
                        task.document.lose_track()
        self._picture = None

    def _other(self, event: Event) -> ExecutionFacts | None:
        execution_id = event.workflow_exec_id
        return self._others.known.get(execution_id) or self._others.admit(
            execution_id,
            event.event_timestamp,
            lambda: ExecutionFacts(
                execution_id, event.workflow_name, self._room, keep_values=False
            ),
            begins=event.event_type in _BEGINNINGS,
        )

    def _families(self) -> dict[str, list[ExecutionFacts]]:
        """The children of each execution; those of nobody that is known are the main one's."""
        known = {self._main.execution_id, *(each.execution_id for each in self._others)}
        families: dict[str, list[ExecutionFacts]] = {}
        for execution in self._others:
            parent = execution.parent_execution_id
            if parent not in known or self._is_own_ancestor(execution):
                parent = self._main.execution_id
            families.setdefault(parent or "", []).append(execution)
        return families

    def _is_own_ancestor(self, execution: ExecutionFacts) -> bool:
        above: ExecutionFacts | None = execution
        for _ in range(_DEEPEST):
            above = self._others.known.get(above.parent_execution_id or "") if above else None
            if above is None:
                return False
        return True

    def _draw(
        self, execution: ExecutionFacts, families: dict[str, list[ExecutionFacts]], depth: int
    ) -> Picture:
        below = families.get(execution.execution_id, []) if depth else []
        children = tuple(self._draw(child, families, depth - 1) for child in below)
        more = self._others.forgotten if execution is self._main else 0
        return picture_of(execution, children, more)


def build(events: Iterable[Event], execution: Execution | None = None) -> Timeline:
    """The timeline of an execution, or else of the root of its first event, from events at hand."""
    stream = iter(events)
    first = next(stream, None)
    root = (first.root_workflow_exec_id or first.workflow_exec_id) if first else ""
    timeline = Timeline(execution.execution_id if execution else root)
    for event in chain([first] if first else [], stream):
        timeline.add(event)
    if execution is not None:
        timeline.settle(execution)
    return timeline
