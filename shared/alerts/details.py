"""What a list of executions does not tell: the step, the error, search keys and tags."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Flag, auto
from typing import TYPE_CHECKING

from shared.errors import ApiError, NotFound, RateLimited, Unavailable
from shared.operations.event_pages import scope
from shared.operations.target import Target
from shared.secrets import redact_text
from shared.text import clean, one_line, truncate

if TYPE_CHECKING:
    from shared.alerts.finding import Finding
    from shared.api import WorkflowsApi
    from shared.events import Event
    from shared.models import Execution
    from shared.timeline.views import Picture, Step

_PAGE = 200
_MOST_PAGES = 5
_ERROR = 2_000


class Need(Flag):
    """What has to be read about a finding."""

    NOTHING = 0
    EXECUTION = auto()
    EVENTS = auto()
    TAGS = auto()


@dataclass(frozen=True, slots=True)
class Details:
    """What was read about a finding; `note` says what could not be, and then nothing is sure."""

    step: str | None = None
    error: str | None = None
    attempts: int | None = None
    search_keys: Mapping[str, str | None] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    note: str | None = None


NOTHING = Details()

type ReadDetails = Callable[[Finding, Need], Awaitable[Details]]


async def read_details(api: WorkflowsApi, finding: Finding, need: Need) -> Details:
    """What is needed of it, as far as the API tells.

    Raises RateLimited and Unavailable: a later try may bring what is missing.
    """
    try:
        return await _read(api, finding, need)
    except (RateLimited, Unavailable):
        raise
    except NotFound:
        return Details(note="The API no longer knows this execution.")
    except ApiError as error:
        return Details(note=one_line(f"Its details cannot be read: {error}"))


async def _read(api: WorkflowsApi, finding: Finding, need: Need) -> Details:
    tags = tuple((await api.get_workflow(finding.workflow)).tags) if Need.TAGS in need else ()
    if finding.execution_id is None or not need & (Need.EXECUTION | Need.EVENTS):
        return Details(tags=tags)
    execution = await api.get_execution(finding.execution_id, include_search_keys=True)
    keys = execution.search_keys or {}
    if Need.EVENTS not in need:
        return Details(search_keys=keys, tags=tags)
    picture = await _picture(api, finding, execution)
    step = _failed_step(picture)
    error = _error(picture, step)
    return Details(
        step=step.name if step else picture.failure.where if picture.failure else None,
        error=truncate(redact_text(clean(error)), _ERROR) if error else None,
        attempts=step.attempts if step else None,
        search_keys=keys,
        tags=tags,
    )


async def _picture(api: WorkflowsApi, finding: Finding, execution: Execution) -> Picture:
    from shared.timeline import build

    past = finding.run_id is not None and execution.run_id not in (None, finding.run_id)
    target = Target(execution, finding.run_id, past=past)
    events = await _events(api, target)
    return build(events, None if past else execution).picture


async def _events(api: WorkflowsApi, target: Target) -> list[Event]:
    events: list[Event] = []
    cursor = None
    below = target.execution.root_execution_id == target.id
    for _ in range(_MOST_PAGES):
        page = await api.list_events(**scope(target, children=below), limit=_PAGE, cursor=cursor)
        events += page.events
        cursor = page.next_cursor
        if not cursor or not page.events:
            break
    return events


def _failed_step(picture: Picture) -> Step | None:
    """The step that failed last, or was going on when time was up."""
    where = picture.failure.where if picture.failure else None
    failed = [
        step
        for part in picture.tree()
        for step in part.steps
        if step.failure is not None and where in (None, step.name)
    ]
    chosen = failed or [step for step in picture.steps if step.ended_at is None]
    return chosen[-1] if chosen else None


def _error(picture: Picture, step: Step | None) -> str | None:
    if picture.code_error:
        return picture.code_error.message
    if picture.failure:
        return picture.failure.message
    return step.failure if step else None
