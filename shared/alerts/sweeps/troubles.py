"""What goes wrong again and again in an execution, as its latest events tell it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.alerts.sweeps.reader import Reader
from shared.text import one_line
from shared.timeline import State as StepState
from shared.timeline import build

if TYPE_CHECKING:
    from shared.events import Event
    from shared.models import Execution
    from shared.timeline import Picture, Step

CODE = "code"
_PAGE = 200
_PAGES = 5
# The first failure of workflow code may be the end of the execution, told before its status turns.
_CODE_ATTEMPTS = 2
_LONGEST_ERROR = 500


@dataclass(frozen=True, slots=True)
class Trouble:
    """A step, or the workflow's own code (`mark` is CODE), that failed so often."""

    mark: str
    step: str | None
    attempts: int
    error: str | None


@dataclass(frozen=True, slots=True)
class View:
    """What the events since `cursor` tell; `settled` names the marks of troubles that are over.

    While there are `more` events than were read, it is a view of the past.
    """

    cursor: str | None
    more: bool
    troubles: tuple[Trouble, ...] = ()
    settled: frozenset[str] = frozenset()
    attempts: Mapping[str, int] | None = None


async def view_of(reader: Reader, execution: Execution, before: View, least: int) -> View:
    """Read on from where the view before was left; troubles failed `least` times.

    The cursor it gives back leads to the last pages again, so that a view never is of less than
    one page.
    """
    events, cursor, more = await _latest(reader, execution.execution_id, before.cursor)
    if more:
        return View(cursor, more=True, attempts=before.attempts)
    picture = build(events, execution).picture
    steps = {step_mark(step): step for step in picture.steps}
    return View(
        cursor,
        more=False,
        troubles=tuple(_troubles(picture, steps, least, before.attempts or {})),
        settled=frozenset(_settled(picture, steps, bool(events))),
        attempts={mark: step.attempts for mark, step in steps.items()},
    )


def step_mark(step: Step) -> str:
    """The mark of a step, the same in every view of its run."""
    return f"step:{step.task_id}"


async def _latest(
    reader: Reader, execution_id: str, cursor: str | None
) -> tuple[list[Event], str | None, bool]:
    events: list[Event] = []
    opened: list[str | None] = []
    following: str | None = cursor
    for _ in range(_PAGES):
        page = await reader.events(execution_id, following, _PAGE)
        if page.events:
            opened.append(following)
            events += page.events
        following = page.next_cursor
        if not following or not page.events:
            return events, ([cursor, *opened])[-2:][0], False
    return events, following, True


def _troubles(
    picture: Picture, steps: Mapping[str, Step], least: int, before: Mapping[str, int]
) -> Iterator[Trouble]:
    code = picture.code_error
    if code and code.attempt >= _CODE_ATTEMPTS:
        yield Trouble(CODE, None, code.attempt, _words(code.message))
    for mark, step in steps.items():
        if step.attempts >= least and _goes_on(step, before.get(mark)):
            yield Trouble(mark, step.name, step.attempts, _words(step.failure))


def _goes_on(step: Step, before: int | None) -> bool:
    if step.state in (StepState.RUNNING, StepState.RETRYING):
        return True
    # With an unlimited retry policy every attempt is said to have failed for good
    # (mistralai-workflows 3.16.0): only another one shows that it is tried again.
    return step.state is StepState.FAILED and before is not None and step.attempts > before


def _settled(picture: Picture, steps: Mapping[str, Step], any_events: bool) -> Iterator[str]:
    if any_events and picture.code_error is None:
        yield CODE
    for mark, step in steps.items():
        failed = step.state is StepState.FAILED
        if step.state is StepState.COMPLETED or (failed and _was_followed(step, steps.values())):
            yield mark


def _was_followed(step: Step, steps: Iterable[Step]) -> bool:
    """Whether the workflow went on after the failure of a step."""
    return any(
        each.started_at and step.ended_at and each.started_at > step.ended_at for each in steps
    )


def _words(error: str | None) -> str | None:
    return one_line(error, _LONGEST_ERROR) if error else None
