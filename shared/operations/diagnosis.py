"""What the facts about an execution mean: one sentence, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from shared.operations.history_events import HistoryEvent
from shared.operations.snapshot import error_words
from shared.operations.step_rows import is_open, step_rows
from shared.operations.target import Target, has_ended
from shared.results import ExecutionRow, NextStep, PendingInput, Step
from shared.text import ago_words, duration_words

if TYPE_CHECKING:
    from shared.timeline.views import Picture

TROUBLE = ("FAILED", "TIMED_OUT", "TERMINATED")
_ENDINGS = {
    "CANCELED": "It was canceled",
    "TERMINATED": "It was terminated",
    "TIMED_OUT": "It ran out of time",
}
_TASK_TROUBLE = ("WORKFLOW_TASK_FAILED", "WORKFLOW_TASK_TIMED_OUT")


@dataclass(frozen=True, slots=True)
class Case:
    """All that could be learned about one execution."""

    target: Target
    picture: Picture
    now: datetime
    pending: list[PendingInput]
    children: list[ExecutionRow]
    history: list[HistoryEvent]
    served: bool | None
    """Whether a worker serves its workflow; None where that is not known."""

    @property
    def status(self) -> str | None:
        """The API's word."""
        return self.target.execution.status

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.target.ended

    @property
    def steps(self) -> list[Step]:
        """Its activities and tasks, in the order they began."""
        return step_rows(self.picture, self.now)

    @property
    def open_steps(self) -> list[Step]:
        """What is going on."""
        return [] if self.ended else [step for step in self.steps if is_open(step)]

    @property
    def failed_step(self) -> Step | None:
        """The step that failed last, or keeps failing."""
        failed = [step for step in self.steps if step.state in ("failed", "retrying", "timed out")]
        if self.status == "FAILED" and (failure := self.picture.failure):
            # A step that failed before may have been dealt with.
            failed = [step for step in failed if step.name == failure.where]
        return failed[-1] if failed else None

    @property
    def failed_children(self) -> list[ExecutionRow]:
        """Children that ended badly."""
        return [child for child in self.children if child.status in TROUBLE]

    @property
    def task_trouble(self) -> HistoryEvent | None:
        """The failure of the latest workflow task, when no later one went well."""
        ends = [event for event in self.history if event.is_reset_point]
        return ends[-1] if ends and ends[-1].type in _TASK_TROUBLE else None

    @property
    def stuck(self) -> bool:
        """Whether workflow code fails and is tried again for ever, which no status tells."""
        return not self.ended and bool(self.picture.code_error or self.task_trouble)

    @property
    def error(self) -> str | None:
        """The useful message, wherever it was found."""
        if self.stuck:
            return self._code_error
        closing = self.history[-1] if self.ended and self.history else None
        return error_words(self.picture) or (closing.failure if closing else None)

    @property
    def _code_error(self) -> str | None:
        # The history names the type of the error, without which "'CHF'" says little.
        if self.task_trouble and (said := self.task_trouble.typed_failure):
            return said
        return self.picture.code_error.message if self.picture.code_error else None


def headline(case: Case) -> str:
    """What is the matter, in one sentence."""
    if case.stuck:
        return (
            f"It is stuck, although its status is {case.status}: the workflow's own code fails "
            f"and is tried again for ever ({case.error or 'no message'})."
        )
    if case.status == "FAILED":
        return _failed(case)
    if case.ended:
        return _ended(case)
    if case.pending:
        return _waits(case)
    return _runs(case)


def reset_point(case: Case) -> int | None:
    """The point just before the failed step was begun: a reset there runs the step again."""
    step = case.failed_step
    if step is None or step.kind != "activity" or step.execution_id is not None:
        return None
    begun = [event for event in case.history if event.activity == step.name]
    points = {event.number for event in case.history if event.is_reset_point}
    decided = begun[-1].decided_by if begun else None
    return decided if decided in points else None


def next_steps(case: Case) -> list[NextStep]:
    """The calls worth making, most useful first."""
    me = {"execution_id": case.target.id}
    steps = [_answer(pending) for pending in case.pending[:2]]
    if case.stuck:
        steps.append(
            NextStep(
                operation="terminate_executions",
                arguments={"execution_ids": [case.target.id]},
                why="To give up; with a repaired worker it goes on by itself.",
            )
        )
    point = reset_point(case)
    if case.status == "FAILED" and point is not None:
        again = (
            f"After a repair: runs the step {case.failed_step.name} again."
            if case.failed_step
            else ""
        )
        steps.append(
            NextStep(operation="reset_execution", arguments={**me, "event_id": point}, why=again)
        )
    steps += [
        NextStep(operation="diagnose_execution", arguments={"execution_id": child.execution_id})
        for child in case.failed_children[:2]
    ]
    if case.status in TROUBLE or case.stuck:
        steps.append(NextStep(operation="get_execution_logs", arguments=me, why="For more lines."))
    elif not case.ended and not case.pending:
        steps.append(NextStep(operation="wait_for_execution", arguments=me))
    return steps[:4]


def _failed(case: Case) -> str:
    step, failure = case.failed_step, case.picture.failure
    children = case.failed_children if failure is None or failure.where else []
    if children and (step is None or step.execution_id):
        child = children[-1]
        return f"It failed with its child {child.execution_id} ({child.workflow}): {case.error}"
    if step is None:
        return f"It failed: {case.error or 'no event, log or history says why'}"
    attempts = f" after {step.attempts} attempts" if step.attempts > 1 else ""
    return f"It failed in the step {step.name}{attempts}: {step.message or case.error}"


def _ended(case: Case) -> str:
    if case.status not in _ENDINGS:
        failed = f", although {len(case.failed_children)} of its children failed"
        return f"It ended well ({case.status}){failed if case.failed_children else ''}."
    last = case.steps[-1] if case.steps else None
    during = f" in or after the step {last.name}" if last else " before any step began"
    length = case.target.execution.total_duration_ms
    after = f" after {duration_words(length)}" if length is not None else ""
    return f"{_ENDINGS[case.status or '']}{after}{during}."


def _waits(case: Case) -> str:
    labels = ", ".join(pending.label or pending.task_id for pending in case.pending[:3])
    asked = [question.asked_at for question in case.picture.pending_inputs if question.asked_at]
    since = f", asked {ago_words(min(asked), case.now)}" if asked else ""
    return f"It waits for a human to answer: {labels}{since}."


def _runs(case: Case) -> str:
    if case.served is False:
        return "No worker serves its workflow now: nothing happens until one is started."
    retrying = [step for step in case.open_steps if step.state == "retrying"]
    if retrying:
        step = retrying[-1]
        return f"The step {step.name} keeps failing and is tried again: {step.message}"
    if not case.open_steps:
        since = ago_words(case.target.execution.start_time, case.now)
        children = [child for child in case.children if not has_ended(child.status)]
        what = f"{len(children)} of its children go on" if children else "perhaps a timer does"
        return f"It runs, started {since}; no step of its own is going on, {what}."
    step = case.open_steps[-1]
    length = f" since {duration_words(step.duration_ms)}" if step.duration_ms else ""
    return f"It runs: the step {step.name} is going on{length}. Nothing failed."


def _answer(pending: PendingInput) -> NextStep:
    return NextStep(
        operation="submit_input",
        arguments={"execution_id": pending.execution_id, "task_id": pending.task_id},
        why="A human has to decide.",
    )
