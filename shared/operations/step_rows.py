"""Steps of an execution, as its events tell them, in rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from shared.results import Step

if TYPE_CHECKING:
    from shared.timeline.views import Picture, Task
    from shared.timeline.views import Step as Activity

_OPEN = ("running", "retrying")
_WAIT = "wait_for_input"


def step_rows(picture: Picture, now: datetime) -> list[Step]:
    """Every activity and task of the tree, present runs only, in the order they began."""
    rows = [
        (row, began)
        for part in picture.tree()
        for row, began in _of_execution(part, now, below=part is not picture)
    ]
    rows.sort(key=lambda pair: pair[1].timestamp() if pair[1] else 0.0)
    return [row for row, _ in rows]


def is_open(step: Step) -> bool:
    """Whether it is going on."""
    return step.state in _OPEN


def is_done(step: Step) -> bool:
    """Whether it ended well."""
    return step.state == "completed"


def _of_execution(
    picture: Picture, now: datetime, *, below: bool
) -> Iterator[tuple[Step, datetime | None]]:
    owner = picture.execution_id if below else None
    for step in picture.steps:
        yield _activity(step, now, owner), step.started_at
    for task in picture.tasks:
        if task.type != _WAIT:
            yield _task(task, now, owner), task.started_at


def _activity(step: Activity, now: datetime, owner: str | None) -> Step:
    return Step(
        name=step.name or f"activity {step.task_id}",
        kind="activity",
        state=step.state,
        attempts=step.attempts,
        started_at=step.started_at,
        duration_ms=_milliseconds(step.started_at, step.ended_at, step.state, now),
        message=step.failure,
        execution_id=owner,
    )


def _task(task: Task, now: datetime, owner: str | None) -> Step:
    return Step(
        name=task.type or f"task {task.task_id}",
        kind="task",
        state=task.state,
        started_at=task.started_at,
        duration_ms=_milliseconds(task.started_at, task.ended_at, task.state, now),
        message=task.failure,
        progress=_progress(task),
        execution_id=owner,
    )


def _progress(task: Task) -> str | None:
    said = [task.note] if task.note else []
    if task.progress:
        done, total = task.progress.done, task.progress.total
        of = f" ({done:g} of {total:g})" if done is not None and total is not None else ""
        said.insert(0, f"{task.progress.percent:.0f} %{of}")
    return ", ".join(said) or None


def _milliseconds(
    began: datetime | None, ended: datetime | None, state: str, now: datetime
) -> int | None:
    end = ended or (now if state in _OPEN else None)
    return round((end - began).total_seconds() * 1_000) if began and end else None
