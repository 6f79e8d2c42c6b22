"""What a picture has to tell, as lines that are known by what they tell and not by when."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from bot.live.card import sentence, step_words
from bot.live.states import Standing, is_unsettled, sign_of, standing_of
from bot.mrkdwn import code
from bot.questions.words import lasted, many, said
from shared.timeline import Picture, Question, Run, State, Step, Task

_LONGEST_SUBJECT = 170
_OPEN = (State.RUNNING, State.RETRYING)
_LAST = 10**9


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to tell, once: a later `stage` of a subject makes the earlier ones old news.

    `kind` is what a summary counts. `urgent` lines are told at once, `turns` are those that tell of
    the execution as a whole.
    """

    subject: str
    stage: int
    text: str
    kind: str
    urgent: bool = False
    turns: bool = False

    @property
    def key(self) -> str:
        """The name of the line in the store."""
        return f"{self.subject}#{self.stage}"


def lines(picture: Picture) -> tuple[Line, ...]:
    """All that the picture tells; nothing while an end is rumoured and not yet confirmed."""
    if is_unsettled(picture):
        return ()
    return (*_of_execution(picture, ""), *_children(picture), *_end(picture))


def subject(*parts: str) -> str:
    """The name of a thing; ids of any length fit."""
    name = ":".join(parts)
    if len(name) <= _LONGEST_SUBJECT:
        return name
    return f"{parts[0]}:{hashlib.sha256(name.encode()).hexdigest()}"


def _of_execution(picture: Picture, owner: str) -> Iterator[Line]:
    for number, run in enumerate(picture.runs):
        if number:
            yield _new_run(picture.runs[number - 1], run)
        for step in run.steps:
            yield from _step(run, step, owner)
            for task in step.tasks:
                yield from _task(run, task, owner)
        for task in run.tasks:
            yield from _task(run, task, owner)
        for question in run.questions:
            yield from _question(question)
    yield from _code_error(picture, owner)


def _step(run: Run, step: Step, owner: str) -> Iterator[Line]:
    name = subject("step", run.run_id, step.task_id)
    text = owner + step_words(step)
    match step.state:
        case State.RUNNING:
            yield Line(name, 1, text, "steps began")
        case State.RETRYING:
            yield Line(name, 2 * step.attempts, text, "attempts failed")
        case State.FAILED:
            yield Line(name, 2 * step.attempts + 1, text, "steps failed", urgent=True)
        case State.COMPLETED:
            yield Line(name, _LAST, text, "steps completed")


def _task(run: Run, task: Task, owner: str) -> Iterator[Line]:
    name = subject("task", run.run_id, task.task_id)
    sign = sign_of(task.state)
    text = f"{owner}{sign.emoji} {code(task.type or task.task_id, 80)} · {sign.word}"
    match task.state:
        case State.RUNNING:
            note = f" · {said(task.note, 100)}" if task.note else ""
            yield Line(name, 1, f"{owner}{sign.emoji} {code(task.type, 80)}{note}", "tasks began")
        case State.COMPLETED:
            took = lasted(task.started_at, task.ended_at)
            yield Line(name, 2, text + (f" · {took}" if took else ""), "tasks completed")
        case State.FAILED | State.TIMED_OUT:
            failure = f" · {said(task.failure, 120)}" if task.failure else ""
            yield Line(name, 2, text + failure, "tasks failed", urgent=True)
        case State.CANCELED if task.ended_at:
            yield Line(name, 2, text, "tasks cancelled")


def _question(question: Question) -> Iterator[Line]:
    """How a wait ended; that it began is told by a message of its own, with its buttons."""
    label = said(question.label or question.task_id, 120)
    name = subject("question", question.execution_id, question.task_id)
    match question.state:
        case State.COMPLETED:
            text = f"{Standing.COMPLETED.sign.emoji} *{label}* was answered"
            yield Line(name, 2, text, "waits answered", turns=True)
        case State.EXPIRED | State.FAILED | State.TIMED_OUT | State.CANCELED:
            text = f"{Standing.TIMED_OUT.sign.emoji} *{label}* was not answered"
            yield Line(name, 2, text, "waits without an answer", urgent=True, turns=True)


def _code_error(picture: Picture, owner: str) -> Iterator[Line]:
    """The first failure, then each time the attempts have doubled: it never stops by itself."""
    if picture.code_error is None or not picture.runs:
        return
    attempt = picture.code_error.attempt
    text = f"{owner}{Standing.RETRYING.sign.emoji} the workflow's own code fails"
    text += f" ({many(attempt, 'attempt')} so far): {said(picture.code_error.message)}"
    name = subject("code", picture.execution_id, picture.runs[-1].run_id)
    yield Line(name, attempt.bit_length(), text, "failures of code", urgent=True, turns=True)


def _new_run(before: Run, run: Run) -> Line:
    again = before.status == "CONTINUED_AS_NEW"
    how = "it continues as a new run" if again else "it was reset: a new run began"
    text = f"{Standing.CONTINUED.sign.emoji} {how} · {code(run.run_id, 60)}"
    return Line(subject("run", run.run_id), 1, text, "runs began", turns=True)


def _children(picture: Picture) -> Iterator[Line]:
    for child in picture.children:
        owner = f"{code(child.workflow_name, 60)} → "
        yield _child(child)
        yield from _of_execution(child, owner)
        yield from _children(child)


def _child(child: Picture) -> Line:
    name = subject("child", child.execution_id)
    called = f"child {code(child.workflow_name, 60)} {code(child.execution_id, 60)}"
    took = lasted(child.started_at, child.ended_at)
    after = f" · {took}" if took else ""
    match child.status:
        case "COMPLETED":
            return Line(name, 4, f"✅ {called} · completed{after}", "children completed")
        case "CANCELED":
            return Line(name, 3, f"⛔ {called} · cancelled{after}", "children cancelled")
        case "FAILED":
            why = f": {said(child.failure.message)}" if child.failure else ""
            text = f"❌ {called} · failed{after}{why}"
            return Line(name, 2, text, "children failed", urgent=True)
    return Line(name, 1, f"{Standing.RUNNING.sign.emoji} {called} · started", "children began")


def _end(picture: Picture) -> Iterator[Line]:
    """The last line, once the API itself says that it is over."""
    standing = standing_of(picture)
    if not standing.ended:
        return
    steps = [step for run in picture.runs for step in run.steps]
    total = len(steps) + sum(run.more_steps for run in picture.runs)
    parts = [sentence(picture), many(total, "step")] if total else [sentence(picture)]
    failed = sum(step.state is State.FAILED for step in steps)
    retried = sum(step.attempts - 1 for step in steps)
    parts += [f"{failed:,} failed"] if failed else []
    parts += [f"{many(retried, 'attempt')} repeated"] if retried else []
    run_id = picture.runs[-1].run_id if picture.runs else ""
    name = subject("end", picture.execution_id, run_id)
    yield Line(name, _LAST, " · ".join(parts), "ends", urgent=True, turns=True)
