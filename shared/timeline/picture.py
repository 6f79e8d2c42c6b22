"""Makes the picture of an execution out of the facts."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from shared.events import EventType, moment
from shared.models import ExecutionStatus
from shared.timeline.endings import failure_of, is_over, step_failure, step_state, task_state
from shared.timeline.executions import ExecutionFacts
from shared.timeline.progress import note_of, progress_of
from shared.timeline.runs import RunFacts
from shared.timeline.steps import StepFacts
from shared.timeline.tasks import TaskFacts
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

_FAILED = ExecutionStatus.FAILED
_STATUSES: dict[str, str] = {
    EventType.WORKFLOW_EXECUTION_COMPLETED: ExecutionStatus.COMPLETED,
    EventType.WORKFLOW_EXECUTION_FAILED: ExecutionStatus.FAILED,
    EventType.WORKFLOW_EXECUTION_CANCELED: ExecutionStatus.CANCELED,
}


def picture_of(
    execution: ExecutionFacts, children: tuple[Picture, ...], more_children: int
) -> Picture:
    """The picture of an execution above those of its children."""
    runs = sorted(execution.runs, key=lambda run: run.first_at)
    present = runs[-1] if runs else None
    status, confirmed = execution.status
    return Picture(
        execution_id=execution.execution_id,
        workflow_name=execution.workflow_name,
        status=status,
        confirmed=confirmed,
        display_name=present.display_name if present else None,
        parent_execution_id=execution.parent_execution_id,
        schedule_id=execution.schedule_id,
        started_at=_start(execution, runs),
        ended_at=_end_of_run(execution, present, status),
        input=present.input if present else None,
        result=_result(execution, present, status),
        failure=_failure(present, children) if present and status == _FAILED else None,
        code_error=_code_error(present, status) if present else None,
        runs=tuple(_runs(execution, runs, status)),
        more_runs=execution.runs.forgotten,
        children=children,
        more_children=more_children,
    )


def _runs(execution: ExecutionFacts, runs: list[RunFacts], status: str | None) -> Iterable[Run]:
    continued = {run.continued_run_id for run in runs}
    for run in runs[:-1]:
        yield _run(execution, run, _past_status(run, continued))
    for run in runs[-1:]:
        yield _run(execution, run, status)


def _past_status(run: RunFacts, continued: set[str | None]) -> str:
    """How a run ended that another one followed; a reset terminates a run that was open."""
    if run.run_id in continued:
        return ExecutionStatus.CONTINUED_AS_NEW
    return _STATUSES.get(run.last_word or "", ExecutionStatus.TERMINATED)


def _run(execution: ExecutionFacts, run: RunFacts, status: str | None) -> Run:
    tasks = [task for task in run.tasks if not task.is_question]
    below = {step.task_id: [t for t in tasks if t.step_id == step.task_id] for step in run.steps}
    ended_at = _end_of_run(execution, run, status)
    return Run(
        run_id=run.run_id,
        status=status,
        started_at=moment(run.first_at),
        ended_at=ended_at,
        continued_run_id=run.continued_run_id,
        steps=tuple(_step(s, run, status, ended_at, below[s.task_id]) for s in run.steps),
        more_steps=run.steps.forgotten,
        tasks=tuple(_task(t, run, status) for t in tasks if t.step_id not in below),
        questions=tuple(
            _question(execution, run, task, status) for task in run.tasks if task.is_question
        ),
        more_tasks=run.tasks.forgotten,
    )


def _step(
    step: StepFacts,
    run: RunFacts,
    status: str | None,
    run_ended_at: datetime | None,
    tasks: list[TaskFacts],
) -> Step:
    state = step_state(step, run, status)
    return Step(
        task_id=step.task_id,
        name=step.name,
        state=state,
        started_at=_moment(step.started),
        ended_at=_end_of_step(step, state, run_ended_at),
        attempts=step.attempts,
        failure=step_failure(step, run, status),
        tasks=tuple(_task(task, run, status) for task in tasks),
    )


def _task(task: TaskFacts, run: RunFacts, status: str | None) -> Task:
    state = task_state(task, run, status)
    document = task.document.value
    return Task(
        task_id=task.task_id,
        type=task.type,
        state=state,
        started_at=_moment(task.started),
        ended_at=_moment(task.ended),
        progress=progress_of(document) or (Progress(100.0) if state is State.COMPLETED else None),
        note=note_of(document),
        failure=task.failure,
        document=document,
        stale=task.document.stale,
    )


def _question(
    execution: ExecutionFacts, run: RunFacts, task: TaskFacts, status: str | None
) -> Question:
    asked = task.document.value
    asked = asked if isinstance(asked, dict) else {}
    label = asked.get("label")
    return Question(
        task_id=task.task_id,
        execution_id=execution.execution_id,
        run_id=run.run_id,
        workflow_name=execution.workflow_name,
        state=task_state(task, run, status),
        label=label if isinstance(label, str) else None,
        schema=asked.get("input_schema"),
        asked_at=_moment(task.started),
        ended_at=_moment(task.ended),
        failure=task.failure,
    )


def _failure(run: RunFacts, children: tuple[Picture, ...]) -> Failure | None:
    failed = [child for child in children if child.status == _FAILED and child.failure]
    failed.sort(key=lambda child: child.ended_at.timestamp() if child.ended_at else 0.0)
    return failure_of(run, [(c.workflow_name, c.failure) for c in failed if c.failure])


def _code_error(run: RunFacts, status: str | None) -> CodeError | None:
    if is_over(status) or not run.retries_code:
        return None
    return CodeError(max(run.failed_attempts, 1), run.code_error or "")


def _result(execution: ExecutionFacts, run: RunFacts | None, status: str | None) -> Any:
    if status != ExecutionStatus.COMPLETED:
        return None
    verdict = execution.verdict
    if verdict is not None and verdict.status == status:
        return verdict.result
    return run.result if run else None


def _start(execution: ExecutionFacts, runs: list[RunFacts]) -> datetime | None:
    """As the API has it, unless it began with an earlier run than the API's word is about."""
    if execution.verdict is not None and len(runs) + execution.runs.forgotten <= 1:
        return execution.verdict.started_at
    return moment(runs[0].first_at) if runs else None


def _end_of_run(
    execution: ExecutionFacts, run: RunFacts | None, status: str | None
) -> datetime | None:
    if not is_over(status):
        return None
    if run is execution.present and execution.verdict and execution.status[1]:
        return execution.verdict.ended_at
    if run is None:
        return None
    ended = run.last_word not in (None, EventType.WORKFLOW_EXECUTION_STARTED)
    return moment(run.last_word_at[0]) if ended else None


def _end_of_step(step: StepFacts, state: State, run_ended_at: datetime | None) -> datetime | None:
    if step.closed:
        return _moment(step.ended)
    match state:
        case State.FAILED:
            return moment(step.failed_at) if step.failed_at else run_ended_at
        case State.CANCELED:
            return run_ended_at
    return None


def _moment(timestamp: int | None) -> datetime | None:
    return None if timestamp is None else moment(timestamp)
