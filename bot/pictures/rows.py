"""What a waterfall shows: a line for each thing that took time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from shared.results import Trace
from shared.timeline.views import Picture, Question, Run, State, Step, Task

_OPEN = frozenset({"running", "retrying", "waiting", "started", "in_progress"})


@dataclass(frozen=True, slots=True)
class Row:
    """A line; `end_ms` is None while it goes on, `queued_ms` is how long it had waited to begin."""

    label: str
    kind: str
    depth: int
    start_ms: int
    end_ms: int | None
    state: str
    attempt: int = 1
    note: str = ""
    queued_ms: int = 0


def rows_of_trace(trace: Trace) -> tuple[Row, ...]:
    """The bars of a trace."""
    return tuple(
        Row(
            label=bar.name,
            kind=bar.kind,
            depth=bar.depth,
            start_ms=bar.offset_ms,
            end_ms=_end(bar.offset_ms, bar.duration_ms, bar.kind, bar.state),
            state=bar.state or ("running" if _is_open(bar.duration_ms, bar.kind) else "completed"),
            attempt=bar.attempt or 1,
            note=bar.message or "",
            queued_ms=bar.queued_ms or 0,
        )
        for bar in trace.bars
    )


def rows_of_picture(picture: Picture, now: datetime) -> tuple[Row, ...]:
    """The runs, steps, questions and children of an execution, each below what began it."""
    began = picture.started_at or next((r.started_at for r in picture.runs if r.started_at), now)
    return tuple(_execution(picture, began, 0))


def _execution(picture: Picture, began: datetime, depth: int) -> Iterator[Row]:
    status = (picture.status or "running").lower()
    state = "waiting" if status == "running" and picture.pending_inputs else status
    yield Row(
        label=picture.display_name or picture.workflow_name or picture.execution_id,
        kind="workflow" if depth == 0 else "child",
        depth=depth,
        start_ms=_since(began, picture.started_at) or 0,
        end_ms=_since(began, picture.ended_at),
        state=state,
        note=picture.failure.message if picture.failure else "",
    )
    below = [row for run in picture.runs for row in _run(run, began, depth + 1)]
    for child in picture.children:
        below.append(tuple(_execution(child, began, depth + 1)))
    for each in sorted(below, key=lambda rows: rows[0].start_ms):
        yield from each


def _run(run: Run, began: datetime, depth: int) -> Iterator[tuple[Row, ...]]:
    for step in run.steps:
        tasks = tuple(_task(task, began, depth + 1) for task in step.tasks)
        yield (_step(step, began, depth), *tasks)
    for task in run.tasks:
        yield (_task(task, began, depth),)
    for question in run.questions:
        yield (_question(question, began, depth),)


def _step(step: Step, began: datetime, depth: int) -> Row:
    return Row(
        label=step.name,
        kind="activity",
        depth=depth,
        start_ms=_since(began, step.started_at) or 0,
        end_ms=_since(began, step.ended_at),
        state=step.state.value,
        attempt=step.attempts,
        note=step.failure or "",
    )


def _task(task: Task, began: datetime, depth: int) -> Row:
    percent = f"{task.progress.percent:.0f} %" if task.progress else ""
    return Row(
        label=task.type,
        kind="task",
        depth=depth,
        start_ms=_since(began, task.started_at) or 0,
        end_ms=_since(began, task.ended_at),
        state=task.state.value,
        note=task.failure or percent,
    )


def _question(question: Question, began: datetime, depth: int) -> Row:
    return Row(
        label=question.label or "Waits for input",
        kind="wait",
        depth=depth,
        start_ms=_since(began, question.asked_at) or 0,
        end_ms=_since(began, question.ended_at),
        state="waiting" if question.state is State.RUNNING else question.state.value,
        note=question.failure or "",
    )


def _since(began: datetime, moment: datetime | None) -> int | None:
    return None if moment is None else round((moment - began).total_seconds() * 1_000)


def _is_open(duration: int | None, kind: str) -> bool:
    return duration is None and kind != "event"


def _end(offset: int, duration: int | None, kind: str, state: str | None) -> int | None:
    if duration is not None:
        return offset + max(duration, 0)
    ended = kind == "event" or (state is not None and state.lower() not in _OPEN)
    return offset if ended else None
