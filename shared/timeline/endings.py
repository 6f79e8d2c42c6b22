"""How steps and tasks stand when their run is over, which their own events do not always tell."""

from shared.models import OPEN, ExecutionStatus
from shared.timeline.runs import RunFacts
from shared.timeline.steps import StepFacts
from shared.timeline.tasks import TaskFacts
from shared.timeline.views import Failure, State

_STOPPED = (ExecutionStatus.CANCELED, ExecutionStatus.TERMINATED, ExecutionStatus.TIMED_OUT)
_TIMED_OUT = "activity task timed out"
# What the worker says of an execution when something below it failed (mistralai-workflows 3.16.0).
_HOLLOW = ("activity task failed", _TIMED_OUT, "child workflow execution failed")


def is_over(status: str | None) -> bool:
    """Whether a run with this status, or one that nothing is known of, does nothing any more."""
    return status not in OPEN


def step_state(step: StepFacts, run: RunFacts, status: str | None) -> State:
    """The state of a step in a run with that status."""
    if step.closed or not is_over(status):
        return step.state
    if status in _STOPPED:
        return State.CANCELED
    # After an error that forbids another attempt no event follows the one that announced it.
    if step.state is State.RETRYING:
        return State.FAILED
    return State.FAILED if _timed_out(step, run, status) else State.UNFINISHED


def step_failure(step: StepFacts, run: RunFacts, status: str | None) -> str | None:
    """Its last failure; a timeout is told by the run alone."""
    if not step.closed and is_over(status) and _timed_out(step, run, status):
        return run.failure
    return step.failure


def task_state(task: TaskFacts, run: RunFacts, status: str | None) -> State:
    """The state of a task, which goes no further than its step and its run."""
    if task.closed:
        return task.state
    step = run.steps.known.get(task.step_id) if task.step_id else None
    if step is not None and step.closed:
        return State.UNFINISHED
    if not is_over(status):
        return task.state
    return State.CANCELED if status in _STOPPED else State.UNFINISHED


def failure_of(run: RunFacts, children: list[tuple[str, Failure]]) -> Failure | None:
    """Why a run failed: what failed below it where its own words are hollow."""
    message = run.failure
    if message is not None and not _is_hollow(message):
        return Failure(message)
    failed = [step for step in run.steps if step.failure and step.completed is None]
    step = max(failed, key=lambda step: step.failed_at, default=None)
    about_child = message is not None and message.casefold().startswith("child")
    if children and (about_child or step is None):
        name, failure = children[-1]
        return Failure(failure.message, failure.where or name)
    if step is not None and step.failure and (message or "").casefold() != _TIMED_OUT:
        return Failure(step.failure, step.name)
    late = next((step.name for step in run.steps if _is_only_open(step, run)), None)
    return Failure(message, late) if message is not None else None


def _timed_out(step: StepFacts, run: RunFacts, status: str | None) -> bool:
    return (
        status == ExecutionStatus.FAILED
        and (run.failure or "").casefold() == _TIMED_OUT
        and _is_only_open(step, run)
    )


def _is_only_open(step: StepFacts, run: RunFacts) -> bool:
    return step.state is State.RUNNING and sum(s.state is State.RUNNING for s in run.steps) == 1


def _is_hollow(message: str) -> bool:
    return message.casefold() in _HOLLOW or not message
