"""Log records as lines for people: workers log JSON, of which a line says what matters."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from shared.results import LogRow

if TYPE_CHECKING:
    from shared.models import LogRecord

# Where a line comes from, in the words of temporalio 1.29; its own fields say it already.
_PLACE = re.compile(r" \(\{'(?:activity_id|attempt|namespace)': .*?\}\)")
# Fields of the JSON of mistralai-workflows 3.16.0 that say nothing beside the line itself.
_QUIET = {
    "event",
    "logger",
    "level",
    "timestamp",
    "pathname",
    "filename",
    "func_name",
    "lineno",
    "exception",
    "stack_info",
}


def log_row(record: LogRecord) -> LogRow:
    """The record in a line."""
    attributes = record.log_attributes
    message, exception = _PLACE.sub("", _message(record.body)), _exception(attributes)
    return LogRow(
        time=record.timestamp,
        level=record.severity_text or "INFO",
        message=message if exception in message else f"{message} · {exception}",
        activity_id=attributes.get("temporalActivityID"),
    )


def _message(body: str) -> str:
    if not body.lstrip().startswith("{"):
        return body
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if not isinstance(said, dict) or "event" not in said:
        return body
    fields = (f"{name}={_short(value)}" for name, value in said.items() if name not in _QUIET)
    return " ".join((str(said["event"]), *fields))


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _exception(attributes: dict[str, Any]) -> str:
    kind, message = attributes.get("exception.type"), attributes.get("exception.message")
    return ": ".join(str(part) for part in (kind, message) if part)
