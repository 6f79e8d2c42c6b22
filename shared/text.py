"""Untrusted text made safe to show, bounded lengths, and times in words."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Control characters but tab and newline; joiners, fillers and marks that show nothing; controls
# of direction; variation selectors but the emoji one; lone surrogates; the tag block.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufe00-\ufe0e\ufeff\uffa0"
    "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_ROOM_TO_COUNT = 60
_SPACES = re.compile(r"\s+")
_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000))


def clean(text: str) -> str:
    """The text without terminal sequences, control, bidirectional, invisible and tag characters."""
    if text.isascii() and text.isprintable():
        return text
    return _INVISIBLE.sub("", _BREAKS.sub("\n", _ANSI.sub("", text)))


def one_line(text: str, limit: int = 300) -> str:
    """The cleaned text on one line, at most `limit` characters long."""
    return truncate(_SPACES.sub(" ", clean(text)).strip(), limit)


def truncate(text: str, limit: int) -> str:
    """At most `limit` characters, with a mark that says how many were left out.

    Where there is hardly room for the mark, it says no more than that something is missing.
    """
    if len(text) <= limit:
        return text
    if limit < _ROOM_TO_COUNT:
        return text[: max(limit - 1, 0)] + "…"[:limit]
    kept = max(limit - len(_left_out(len(text))), 0)
    return (text[:kept] + _left_out(len(text) - kept))[:limit]


def clean_json(value: Any) -> Any:
    """The JSON value with every string and key in it cleaned."""
    match value:
        case str():
            return clean(value)
        case dict():
            return {clean(str(key)): clean_json(item) for key, item in value.items()}
        case list() | tuple():
            return [clean_json(item) for item in value]
    return value


def bound_json(value: Any, limit: int) -> Any:
    """The cleaned JSON value; where it is longer than `limit`, its text cut with an honest mark."""
    cleaned = clean_json(value)
    text = json_text(cleaned)
    return cleaned if len(text) <= limit else truncate(text, limit)


def json_text(value: Any) -> str:
    """Compact JSON; what JSON cannot hold becomes its text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def duration_words(milliseconds: float) -> str:
    """A length of time in its two largest units, such as `3 min 12 s` or `850 ms`."""
    left = max(round(milliseconds), 0)
    if left < 1_000:
        return f"{left} ms"
    if left < 10_000:
        return f"{left / 1_000:.1f} s".replace(".0 ", " ")
    return _two_units(left)


def ago_words(moment: datetime, now: datetime) -> str:
    """How far a time lies from now, such as `5 min ago` or `in 2 h`."""
    distance = now - moment
    if abs(distance) < timedelta(seconds=1):
        return "now"
    words = _largest_unit(round(abs(distance).total_seconds() * 1_000))
    return f"{words} ago" if distance > timedelta() else f"in {words}"


def _left_out(count: int) -> str:
    return f"… (+{count:,} characters)"


def _two_units(milliseconds: int) -> str:
    # Rounded to whole seconds first, so that 119.6 s is 2 min and not 1 min 60 s.
    left, words = round(milliseconds / 1_000) * 1_000, list[str]()
    for name, size in _UNITS:
        count, left = divmod(left, size)
        if count or words:
            words.append(f"{count} {name}")
    return " ".join(word for word in words[:2] if not word.startswith("0 "))


def _largest_unit(milliseconds: int) -> str:
    name, size = next(unit for unit in (*_UNITS, ("s", 1)) if milliseconds >= unit[1])
    return f"{milliseconds // size} {name}"
