"""Events as rows: what happened to what, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.results import EventRow
from shared.secrets import redact
from shared.text import json_text, one_line

if TYPE_CHECKING:
    from shared.events import Event

_SUBJECTS = ("activity_name", "custom_task_type", "workflow_name")
_VALUE_LIMIT = 160


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events a caller asked for; `types` empty means all."""

    execution_id: str
    types: frozenset[str]
    internal: bool

    def fits(self, event: Event) -> bool:
        """Whether it is of a wanted type, and not of the worker's own bookkeeping."""
        if self.types and event.event_type not in self.types:
            return False
        return self.internal or not _subject(event).startswith("__")


def event_row(event: Event, execution_id: str) -> EventRow:
    """The event in a line."""
    below = event.workflow_exec_id != execution_id
    return EventRow(
        time=event.time,
        type=event.event_type,
        subject=_subject(event),
        summary=_summary(event.attributes),
        execution_id=event.workflow_exec_id if below else None,
    )


def _subject(event: Event) -> str:
    found = (event.attributes.get(name) for name in _SUBJECTS)
    return next((each for each in found if isinstance(each, str)), event.workflow_name)


def _summary(attributes: dict[str, Any]) -> str:
    attempt = attributes.get("attempt")
    failure = attributes.get("failure")
    said = [
        f"attempt {attempt}" if isinstance(attempt, int) and attempt > 1 else "",
        str(failure.get("message") or "") if isinstance(failure, dict) else "",
        str(attributes.get("reason") or attributes.get("timeout_type") or ""),
        *(_value(attributes.get(name)) for name in ("input", "result", "payload")),
    ]
    return " · ".join(filter(None, said))


def _value(payload: Any) -> str:
    if not isinstance(payload, dict) or payload.get("value") in (None, [], {}, ""):
        return ""
    if payload.get("encoding_options"):
        return "(encoded)"
    return one_line(json_text(redact(payload["value"])), _VALUE_LIMIT)
