"""The engine's history, whose shape the API does not state, read with tolerance.

What is read here is the JSON mapping of Temporal 1.32: camelCase, numbers of events as text.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.text import one_line

# Where Temporal can go back to: the end of a workflow task, however it ended.
_RESET_TYPES = frozenset(
    {"WORKFLOW_TASK_COMPLETED", "WORKFLOW_TASK_FAILED", "WORKFLOW_TASK_TIMED_OUT"}
)
_FRACTION = re.compile(r"(\.\d{6})\d+")
# What names the subject of an event, in the attributes of any type.
_SUBJECTS = (
    ("activityType", "name"),
    ("workflowType", "name"),
    ("signalName",),
    ("acceptedRequest", "input", "name"),
    ("request", "input", "name"),
    ("markerName",),
    ("timerId",),
)
_DEEPEST = 20
_CHILD = ("workflowExecution", "workflowId")


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """One event: its number, its type without prefix, its time and what it says."""

    number: int
    type: str
    time: datetime | None
    attributes: dict[str, Any]

    @property
    def is_reset_point(self) -> bool:
        """Whether a reset may go back to it."""
        return self.type in _RESET_TYPES

    @property
    def activity(self) -> str | None:
        """The name of the activity that it schedules."""
        name = _at(self.attributes, ("activityType", "name"))
        return name if isinstance(name, str) else None

    @property
    def decided_by(self) -> int | None:
        """The number of the workflow task that decided on it."""
        return _number(self.attributes.get("workflowTaskCompletedEventId"))

    @property
    def failure(self) -> str | None:
        """The innermost message of its failure."""
        message = _innermost(self.attributes.get("failure")).get("message")
        return one_line(str(message), 500) if message else None

    @property
    def typed_failure(self) -> str | None:
        """The message with the type of the error before it."""
        kind = _at(_innermost(self.attributes.get("failure")), ("applicationFailureInfo", "type"))
        return f"{kind}: {self.failure}" if isinstance(kind, str) else self.failure


def history_events(history: Any) -> list[HistoryEvent]:
    """The events of a history in its order; what is no event is passed over."""
    events = history.get("events") if isinstance(history, dict) else history
    found = (_event(each) for each in (events if isinstance(events, list) else []))
    return [each for each in found if each is not None]


def summaries(events: list[HistoryEvent]) -> dict[int, str]:
    """A line for each event; the later events of an activity get the name of the first."""
    subjects: dict[int, str] = {}
    lines = {}
    for event in events:
        subject = _subject(event.attributes) or subjects.get(_origin(event.attributes), "")
        subjects[event.number] = subject
        lines[event.number] = _line(event, subject)
    return lines


def _event(raw: Any) -> HistoryEvent | None:
    if not isinstance(raw, dict):
        return None
    number = _number(raw.get("eventId") or raw.get("event_id"))
    if number is None:
        return None
    kind = str(raw.get("eventType") or raw.get("event_type") or "")
    attributes = next(
        (value for name, value in raw.items() if "ttributes" in name and isinstance(value, dict)),
        {},
    )
    time = raw.get("eventTime") or raw.get("event_time")
    return HistoryEvent(number, kind.removeprefix("EVENT_TYPE_"), _moment(time), attributes)


def _number(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _moment(text: Any) -> datetime | None:
    try:
        # Nanoseconds are more than Python reads.
        return datetime.fromisoformat(_FRACTION.sub(r"\1", text))
    except (TypeError, ValueError):
        return None


def _subject(attributes: dict[str, Any]) -> str:
    found = (_at(attributes, path) for path in _SUBJECTS)
    subject = next((each for each in found if isinstance(each, str)), "")
    child = _at(attributes, _CHILD)
    return f"{subject} {child}".strip() if isinstance(child, str) else subject


def _origin(attributes: dict[str, Any]) -> int:
    names = ("scheduledEventId", "initiatedEventId", "acceptedEventId", "startedEventId")
    numbers = (_number(attributes.get(name)) for name in names)
    return next((number for number in numbers if number), 0)


def _line(event: HistoryEvent, subject: str) -> str:
    attempt = _number(event.attributes.get("attempt")) or 1
    words = [
        subject,
        f"attempt {attempt}" if attempt > 1 else "",
        str(event.attributes.get("cause") or "") if "FAILED" in event.type else "",
        event.failure or "",
    ]
    return one_line(" · ".join(filter(None, words)), 300)


def _innermost(failure: Any) -> dict[str, Any]:
    """The deepest cause that says something."""
    found: dict[str, Any] = {}
    for _ in range(_DEEPEST):
        if not isinstance(failure, dict):
            break
        found = failure if failure.get("message") else found
        failure = failure.get("cause")
    return found


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
