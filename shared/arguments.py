"""The kinds of arguments that operations share: what a person or a model may write for each."""

import json
import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from shared.alerts.patterns import check_pattern
from shared.times import parse_duration, parse_moment

_SPELLINGS = {"CANCELLED": "CANCELED", "TIMEDOUT": "TIMED_OUT", "TIMEOUT": "TIMED_OUT"}
_ENDS = {"canceled": "cancelled", "timedout": "timed_out", "timeout": "timed_out"}
_CHANNEL_LINK = re.compile(r"<#([A-Z0-9]+)(?:\|[^>]*)?>")
_CHANNEL = re.compile(r"#?[^\s#<>@,:|]{1,80}")
_CHANNEL_ID = re.compile(r"[CDG][A-Z0-9]{6,20}")
_TIMES = re.compile(r"(\d+(?:\.\d+)?)x", re.ASCII)
_HOURS = re.compile(r"(\d{1,2})(?::(\d\d))?\s*[-–]\s*(\d{1,2})(?::(\d\d))?", re.ASCII)  # noqa: RUF001
_LEAST_DIGEST = timedelta(minutes=1)
_LEAST_REPEAT = timedelta(minutes=5)


def _bare(value: object) -> object:
    return value.strip().strip("`'\"").strip() if isinstance(value, str) else value


def _one_word(value: str) -> str:
    if not value.isprintable() or " " in value:
        raise ValueError("must be one id, without spaces")
    return value


def _object(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError("must be a JSON object") from None


def _several(value: object) -> object:
    found = _list(value)
    if isinstance(found, str):
        return [part.strip() for part in found.split(",") if part.strip()]
    return found


def _one_or_several(value: object) -> object:
    found = _list(value)
    return [found] if isinstance(found, str | dict) else found


def _list(value: object) -> object:
    """The list or object of its JSON text, which some callers send in its place."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _status(value: object) -> object:
    if not isinstance(value, str):
        return value
    word = value.strip().upper().replace("-", "_").replace(" ", "_")
    return _SPELLINGS.get(word, word)


def _end(value: object) -> object:
    if not isinstance(value, str):
        return value
    word = value.strip().lower().replace("-", "_").replace(" ", "_")
    return _ENDS.get(word, word)


def _lower(value: object) -> object:
    return value.strip().lower().replace("-", "_") if isinstance(value, str) else value


def _channel(value: str) -> str:
    linked = _CHANNEL_LINK.fullmatch(value)
    written = linked[1] if linked else value
    if not _CHANNEL.fullmatch(written) or not written.isprintable():
        raise ValueError("must be a channel such as #ops, or its id")
    if _CHANNEL_ID.fullmatch(written):
        return written
    return f"#{written.removeprefix('#').lower()}"


def _channel_or_all(value: str) -> str:
    return value.lower() if value.lower() == "all" else _channel(value)


def _pattern(value: str) -> str:
    check_pattern(value)
    return value


def _bound(value: str) -> str:
    if times := _TIMES.fullmatch(value):
        if not 1 < float(times[1]) <= 1_000:
            raise ValueError("must be more than 1x, the usual length, and at most 1000x")
        return value
    try:
        return _duration(value)
    except ValueError:
        raise ValueError("must be a duration such as 10m, or 3x for the usual length") from None


def _manner(value: str) -> str:
    name, _, window = value.lower().partition(":")
    if name not in ("card", "thread", "digest") or (window and name != "digest"):
        raise ValueError("must be card, thread, digest or digest:15m")
    if window and parse_duration(window) < _LEAST_DIGEST:
        raise ValueError("must have a window of at least a minute")
    return value.lower()


def _repeat(value: str) -> str:
    if value.lower() != "off" and parse_duration(value) < _LEAST_REPEAT:
        raise ValueError("must be off or at least 5m")
    return value.lower()


def _mute_for(value: str) -> str:
    return value.lower() if value.lower() == "off" else _duration(value)


def _hours(value: str) -> str:
    found = _HOURS.fullmatch(value)
    if not found or any(int(hour) > 23 for hour in (found[1], found[3])):
        raise ValueError("must be hours such as 22-07 or 21:30-06:00")
    if any(int(minute or 0) > 59 for minute in (found[2], found[4])):
        raise ValueError("must be hours such as 22-07 or 21:30-06:00")
    return value


def _zone(value: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(value).key
    except (ValueError, OSError, LookupError):
        raise ValueError("must be a time zone such as Europe/Paris or UTC") from None


def _duration(value: str) -> str:
    parse_duration(value)
    return value


def _moment(value: str) -> str:
    parse_moment(value)
    return value


Id = Annotated[
    str,
    StringConstraints(min_length=1, max_length=300),
    BeforeValidator(_bare),
    AfterValidator(_one_word),
]
Ids = Annotated[tuple[Id, ...], BeforeValidator(_several), Field(min_length=1, max_length=100)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Words = Annotated[tuple[Name, ...], BeforeValidator(_several)]
Lines = Annotated[tuple[Name, ...], BeforeValidator(_one_or_several)]
JsonObject = Annotated[dict[str, Any], BeforeValidator(_object)]
JsonObjects = Annotated[tuple[JsonObject, ...], BeforeValidator(_one_or_several)]
Duration = Annotated[Name, AfterValidator(_duration)]
Moment = Annotated[Name, AfterValidator(_moment)]
Limit = Annotated[int, Field(ge=1, le=200)]
Cursor = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1_000)]
Status = Annotated[
    Literal[
        "RUNNING",
        "COMPLETED",
        "FAILED",
        "CANCELED",
        "TERMINATED",
        "CONTINUED_AS_NEW",
        "TIMED_OUT",
        "RETRYING_AFTER_ERROR",
    ],
    BeforeValidator(_status),
]
Statuses = Annotated[tuple[Status, ...], BeforeValidator(_several)]
AlertStatus = Annotated[
    Literal["failed", "timed_out", "terminated", "cancelled", "completed"], BeforeValidator(_end)
]
AlertStatuses = Annotated[tuple[AlertStatus, ...], BeforeValidator(_several)]
Occasion = Annotated[
    Literal["first", "recovered", "waiting", "slow", "retrying", "schedules"],
    BeforeValidator(_lower),
]
Occasions = Annotated[tuple[Occasion, ...], BeforeValidator(_several)]
Grouping = Annotated[
    Literal["workflow", "kind", "error", "deployment", "execution"], BeforeValidator(_lower)
]
Groupings = Annotated[tuple[Grouping, ...], BeforeValidator(_several)]
Channel = Annotated[Name, AfterValidator(_channel)]
ChannelOrAll = Annotated[Name, AfterValidator(_channel_or_all)]
Pattern = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_pattern),
]
Bound = Annotated[Name, AfterValidator(_bound)]
Manner = Annotated[Name, AfterValidator(_manner)]
Repeat = Annotated[Name, AfterValidator(_repeat)]
MuteFor = Annotated[Name, AfterValidator(_mute_for)]
Hours = Annotated[Name, AfterValidator(_hours)]
Zone = Annotated[Name, AfterValidator(_zone)]
Mention = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
