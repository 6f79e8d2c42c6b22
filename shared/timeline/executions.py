"""What the events of one execution and the API's own word on it say together."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.events import Event, EventType, moment
from shared.models import Execution, ExecutionStatus, is_terminal
from shared.timeline.bounded import Bounded, Room
from shared.timeline.runs import RunFacts

_MOST_RUNS = 50


@dataclass(frozen=True, slots=True)
class Verdict:
    """The API's word, and how far the events had come when it was given."""

    status: str | None
    run_id: str | None
    started_at: datetime
    ended_at: datetime | None
    result: Any
    seen_run_id: str | None
    seen_word_at: tuple[int, int]


class ExecutionFacts:
    """An execution with its runs; `keep_values` where input and result are of interest."""

    def __init__(
        self, execution_id: str, workflow_name: str, room: Room, *, keep_values: bool
    ) -> None:
        self.execution_id = execution_id
        self.workflow_name = workflow_name
        self.parent_execution_id: str | None = None
        self.schedule_id: str | None = None
        self.verdict: Verdict | None = None
        self.runs: Bounded[RunFacts] = Bounded(_MOST_RUNS, room)
        self._room = room
        self._keep_values = keep_values

    @property
    def closed(self) -> bool:
        """Whether it ended well, so that it may be forgotten before others."""
        return self.status[0] in (ExecutionStatus.COMPLETED, ExecutionStatus.CANCELED)

    @property
    def last_at(self) -> int:
        """The time of its latest event."""
        return max((run.last_at for run in self.runs), default=-1)

    @property
    def present(self) -> RunFacts | None:
        """The run that began last."""
        return max(self.runs, key=lambda run: run.first_at, default=None)

    @property
    def status(self) -> tuple[str | None, bool]:
        """The status, and whether the API confirms it."""
        run = self.present
        if self.verdict and self._holds(self.verdict, run):
            return self.verdict.status, True
        return _hint(run), False

    def release(self) -> None:
        """Give back the room of all runs."""
        self.runs.release()

    def run(self, event: Event) -> RunFacts | None:
        """The run of an event, None for a forgotten one."""
        run = self.runs.known.get(event.workflow_run_id) or self._admit(event)
        if run is not None:
            timestamp = event.event_timestamp
            if timestamp > run.last_at:
                run.last_at = timestamp
            elif timestamp < run.first_at:
                run.first_at = timestamp
        return run

    def settle(self, execution: Execution) -> None:
        """Take in the API's word."""
        run = self.present
        self.verdict = Verdict(
            status=execution.status,
            run_id=execution.run_id,
            started_at=execution.start_time,
            ended_at=execution.end_time,
            result=execution.result,
            seen_run_id=run.run_id if run else None,
            seen_word_at=run.last_word_at if run else (-1, 0),
        )

    def _admit(self, event: Event) -> RunFacts | None:
        if event.parent_workflow_exec_id is not None:
            self.parent_execution_id = event.parent_workflow_exec_id
        if event.schedule_id is not None:
            self.schedule_id = event.schedule_id
        self.workflow_name = event.workflow_name or self.workflow_name
        for run in self.runs:
            run.drop_values()
        run_id, timestamp = event.workflow_run_id, event.event_timestamp
        return self.runs.admit(
            run_id,
            timestamp,
            lambda: RunFacts(event, self._room, keep_values=self._keep_values),
        )

    def _holds(self, verdict: Verdict, run: RunFacts | None) -> bool:
        """Whether the events tell nothing newer than the verdict."""
        if verdict.status is None or run is None:
            return verdict.status is not None
        same_run = run.run_id in (verdict.run_id, verdict.seen_run_id)
        if is_terminal(verdict.status) and verdict.status != ExecutionStatus.CONTINUED_AS_NEW:
            # A reset starts another run after the end.
            began = moment(run.first_at)
            return same_run or not (began and verdict.ended_at) or began <= verdict.ended_at
        return run.run_id == verdict.seen_run_id and run.last_word_at == verdict.seen_word_at


def _hint(run: RunFacts | None) -> str | None:
    match run and run.last_word:
        case EventType.WORKFLOW_EXECUTION_COMPLETED:
            return ExecutionStatus.COMPLETED
        case EventType.WORKFLOW_EXECUTION_CANCELED:
            return ExecutionStatus.CANCELED
        case EventType.WORKFLOW_EXECUTION_FAILED if run and run.failed_attempts <= 1:
            return ExecutionStatus.FAILED
    # A run that fails twice has most likely an error in its code, which is tried again for ever.
    return ExecutionStatus.RUNNING if run else None
