"""The kinds of arguments that operations share: what a person or a model may write for each."""

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from shared.times import parse_duration, parse_moment

_SPELLINGS = {"CANCELLED": "CANCELED", "TIMEDOUT": "TIMED_OUT", "TIMEOUT": "TIMED_OUT"}


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
