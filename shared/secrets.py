"""What looks like a secret, and what is written in its place."""

import re
from typing import Any

from shared.text import bound_json, clean_json

HIDDEN = "[redacted]"

_NAME = re.compile(
    r"pass(?:word|wd|phrase)|secret|(?<!max_)token(?!s|iz|_?(?:count|limit|usage|budget|type))"
    r"|api[_-]?key|authori[sz]ation|credential|private[_-]?key|cookie",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"(?P<keep>\b(?:bearer|basic)\s+(?=\S*[\d=_.-])|://[^/\s:@]*:)[^\s@\"']{6,}(?=@|[\s\"']|$)"
    r"|\bx(?:ox[abeprs]|app)-[a-z0-9-]{8,}"
    r"|\beyJ[a-z0-9_-]{8,}\.[a-z0-9_-]{8,}\.[a-z0-9_-]*",
    re.IGNORECASE,
)


def redact(value: Any) -> Any:
    """The JSON value with all under a telling name, and texts of a telling form, hidden."""
    match value:
        case str():
            return _VALUE.sub(lambda found: (found["keep"] or "") + HIDDEN, value)
        case dict():
            return {key: _hidden_or_redacted(key, item) for key, item in value.items()}
        case list() | tuple():
            return [redact(item) for item in value]
    return value


def redact_text(text: str) -> str:
    """The text with what has the form of a secret hidden."""
    return str(redact(text))


def safe_json(value: Any, limit: int) -> Any:
    """The JSON value clean, without secrets, and not longer than `limit`: what may be shown."""
    return bound_json(redact(clean_json(value)), limit)


def _hidden_or_redacted(key: object, item: Any) -> Any:
    # Numbers and switches are no secrets: `max_tokens: 100` stays readable.
    telling = isinstance(item, str | dict | list | tuple) and item and _NAME.search(str(key))
    return HIDDEN if telling else redact(item)
