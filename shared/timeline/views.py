"""What a person wants to know of an execution; texts are as they came, bounded in length only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """Where a step, a task or a question stands."""

    RUNNING = "running"
    RETRYING = "retrying"
    COMPLETED = "completed"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    CANCELED = "canceled"
    EXPIRED = "timed out or canceled"
    """A question without an answer; the events do not tell which of the two."""
    UNFINISHED = "unfinished"
    """The run is over, and no event says how this ended."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a task is; `percent` is between 0 and 100."""

    percent: float
    done: float | None = None
    total: float | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A custom task; `stale` when its document lags behind, None when it is not known at all."""

    task_id: str
    type: str
    state: State
    started_at: datetime | None = None
    ended_at: datetime | None = None
    progress: Progress | None = None
    note: str | None = None
    failure: str | None = None
    document: Any = None
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """An activity; `attempts` counts those known to have begun, `failure` is the last one."""

    task_id: str
    name: str
    state: State
    started_at: datetime | None = None
    ended_at: datetime | None = None
    attempts: int = 1
    failure: str | None = None
    tasks: tuple[Task, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A wait for input; it is answered at `execution_id` under `task_id`."""

    task_id: str
    execution_id: str
    run_id: str
    workflow_name: str
    state: State
    label: str | None = None
    schema: Any = None
    asked_at: datetime | None = None
    ended_at: datetime | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something failed, and where: the name of a step or of a child's workflow."""

    message: str
    where: str | None = None


@dataclass(frozen=True, slots=True)
class CodeError:
    """Workflow code failed and is tried again for ever, while the execution counts as running."""

    attempt: int
    """How many attempts have failed."""
    message: str


@dataclass(frozen=True, slots=True)
class Run:
    """One run of an execution; `more_...` count what is not kept."""

    run_id: str
    status: str | None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    continued_run_id: str | None = None
    steps: tuple[Step, ...] = ()
    more_steps: int = 0
    tasks: tuple[Task, ...] = ()
    questions: tuple[Question, ...] = ()
    more_tasks: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """An execution as its events tell it; `status` None when nothing tells.

    The status is `confirmed` when the API itself gave it, otherwise it is a hint. `runs` are in the
    order they began, the last one is the present one; `input` and `result` are its own.
    """

    execution_id: str
    workflow_name: str
    status: str | None
    confirmed: bool = False
    display_name: str | None = None
    parent_execution_id: str | None = None
    schedule_id: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    input: Any = None
    result: Any = None
    failure: Failure | None = None
    code_error: CodeError | None = None
    runs: tuple[Run, ...] = ()
    more_runs: int = 0
    children: tuple["Picture", ...] = ()
    more_children: int = 0

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of the present run."""
        return self.runs[-1].steps if self.runs else ()

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks of the present run, those of its steps included."""
        if not self.runs:
            return ()
        return (*self.runs[-1].tasks, *(task for step in self.steps for task in step.tasks))

    @property
    def pending_inputs(self) -> tuple[Question, ...]:
        """The open questions of the execution and of those below it."""
        questions = (
            each for picture in self.tree() for run in picture.runs for each in run.questions
        )
        return tuple(each for each in questions if each.state is State.RUNNING)

    def tree(self) -> Iterator["Picture"]:
        """The execution itself and those below it."""
        yield self
        for child in self.children:
            yield from child.tree()
