"""Values as elements show them; None where the element cannot show the value."""

import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from bot.forms.fields import Kind, Option
from shared.text import json_text

TEXT_LIMIT = 3_000
_NUMBER_LIMIT = 30
_EXACT = 2**53
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d):00", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URL = re.compile(r"https?://\S+")
# Slack takes ten digits (docs.slack.dev, datetime picker, read November 2026).
_EARLIEST, _LATEST = 1_000_000_000, 9_999_999_999


def same(one: Any, other: Any) -> bool:
    """Equality of JSON, where true is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def index_of(value: Any, options: Sequence[Option]) -> int | None:
    """Where a value stands among the options."""
    found = (at for at, option in enumerate(options) if same(option.value, value))
    return next(found, None)


def write_text(value: Any) -> str | None:
    """Text on one line."""
    fits = isinstance(value, str) and 0 < len(value) <= TEXT_LIMIT and value.isprintable()
    return value if fits else None


def write_long_text(value: Any) -> str | None:
    """Text of several lines."""
    fits = isinstance(value, str) and 0 < len(value) <= TEXT_LIMIT
    return value if fits and value.replace("\n", "").isprintable() else None


def write_number(value: Any) -> str | None:
    """A number without an exponent."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return None
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return None
    text = format(Decimal(repr(value)), "f")
    if isinstance(value, float) and "." not in text and abs(value) >= _EXACT:
        # Beyond here a whole number and the nearest float of the same digits differ.
        text += ".0"
    return text if len(text) <= _NUMBER_LIMIT else None


def write_integer(value: Any) -> str | None:
    """A whole number."""
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return write_number(int(value)) if whole and not isinstance(value, bool) else None


def write_date(value: Any) -> str | None:
    """A day."""
    try:
        return value if date.fromisoformat(value).isoformat() == value else None
    except (TypeError, ValueError):
        return None


def write_time(value: Any) -> str | None:
    """Hours and minutes."""
    return value[:5] if isinstance(value, str) and _TIME.fullmatch(value) else None


def write_moment(value: Any) -> int | None:
    """Seconds since 1970; only where the text names a zone and no fraction."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None or moment.microsecond or moment.astimezone(UTC).second:
        return None
    seconds = int(moment.timestamp())
    return seconds if _EARLIEST <= seconds <= _LATEST else None


def write_lines(value: Any, kind: str) -> str | None:
    """A scalar per line."""
    if not isinstance(value, list) or not value:
        return None
    writers: dict[str, Callable[[Any], str | None]] = {
        "string": _write_line,
        "integer": write_integer,
        "number": write_number,
    }
    lines = [writers[kind](each) for each in value]
    text = "\n".join(line for line in lines if line is not None)
    return text if None not in lines and len(text) <= TEXT_LIMIT else None


def write_chat(value: Any, name: str, constant: dict[str, Any]) -> str | None:
    """The only text of a list of parts."""
    if not isinstance(value, list) or len(value) != 1 or not isinstance(value[0], dict):
        return None
    text = write_long_text(value[0].get(name))
    return text if value[0] == {**constant, name: text} else None


def write_json(value: Any) -> str | None:
    """JSON, indented where there is room."""
    try:
        texts = (json.dumps(value, indent=2, ensure_ascii=False), json_text(value))
    except (TypeError, ValueError):
        return None
    fitting = (text for text in texts if len(text) <= TEXT_LIMIT)
    shown = next(fitting, None)
    if shown is None or shown.replace("\n", "").isprintable():
        return shown
    safe = json.dumps(value)
    return safe if len(safe) <= TEXT_LIMIT else None


def write_pattern(kind: Kind, value: Any) -> str | None:
    """Text whose form the element itself checks."""
    pattern = _EMAIL if kind is Kind.EMAIL else _URL
    text = write_text(value)
    return text if text is not None and pattern.fullmatch(text) else None


def _write_line(value: Any) -> str | None:
    text = write_text(value)
    return text if text is not None and text == text.strip() else None
