"""The reason that an error answer gives, bounded and clean enough to quote."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from shared.foreign_json import load_json
from shared.text import clean, one_line

_LONGEST_BODY = 65_536
_MOST_LINES = 5
_WORD = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
_REQUEST_IDS = ("x-request-id", "request-id", "mistral-correlation-id", "x-kong-request-id")
_BEARER = re.compile(r"(?i)\bbearer\s+\S+")
_PLACES = {"body", "query", "path", "header"}


@dataclass(frozen=True, slots=True)
class Problem:
    """`code` is a word such as workflow_not_found; `lines` are sentences of the API."""

    code: str | None
    request_id: str | None
    lines: tuple[str, ...]

    @property
    def quoted(self) -> str:
        """The API's own words, ending so that a sentence may follow."""
        if not self.lines:
            return " "
        if len(self.lines) == 1:
            (line,) = self.lines
            return f' It says: "{line}"{"" if line[-1] in ".!?" else "."} '
        return " It says:" + "".join(f'\n- "{line}"' for line in self.lines) + "\n"


def problem(response: httpx.Response, body: bytes) -> Problem:
    """What the answer says; anything but JSON of a known shape is left unsaid."""
    content = _content(response, body)
    secret = response.request.headers.get("authorization", "").removeprefix("Bearer ")
    lines = [_without(secret, line) for line in _lines(content)]
    return Problem(
        code=_code(content),
        request_id=next(filter(None, map(_word, map(response.headers.get, _REQUEST_IDS))), None),
        lines=tuple(filter(None, _bounded(lines))),
    )


def _content(response: httpx.Response, body: bytes) -> Any:
    if "json" not in response.headers.get("content-type", "") or len(body) > _LONGEST_BODY:
        return None
    try:
        return load_json(body)
    except ValueError:
        return None


def _lines(content: Any) -> Iterator[str]:
    match content:
        case str():
            yield content
        case {"error": dict() | str() as inner}:
            yield from _lines(inner)
        case {"detail": list() as details}:
            yield from (_field_line(detail) for detail in details if isinstance(detail, dict))
        case {"detail": dict() | str() as inner} | {"message": dict() | str() as inner}:
            yield from _lines(inner)


def _field_line(detail: dict[str, Any]) -> str:
    place = detail.get("loc")
    names = [str(name) for name in place] if isinstance(place, list) else []
    field = ".".join(names[1:] if names and names[0] in _PLACES else names)
    message = detail.get("msg")
    return ": ".join(part for part in (field, message) if isinstance(part, str) and part)


def _code(content: Any) -> str | None:
    match content:
        case (
            {"error": dict() as inner} | {"detail": dict() as inner} | {"message": dict() as inner}
        ):
            return _code(inner) or _word(content.get("code"))
        case {"code": str() as code}:
            return _word(code)
    return None


def _word(text: object) -> str | None:
    return text if isinstance(text, str) and _WORD.fullmatch(text) else None


def _without(secret: str, line: str) -> str:
    visible = clean(line).replace('"', "'")
    open_text = visible.replace(secret, "...") if secret else visible
    return one_line(_BEARER.sub("Bearer ...", open_text))


def _bounded(lines: list[str]) -> list[str]:
    more = len(lines) - _MOST_LINES
    return [*lines[:_MOST_LINES], f"... and {more} more"] if more > 0 else lines
