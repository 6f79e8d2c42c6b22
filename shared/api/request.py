"""A request to the API, before it is sent."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from shared.errors import ApiError, InvalidArguments, RateLimited, Unavailable

type Value = str | int | float | datetime | Iterable[str] | None
type Query = tuple[tuple[str, str], ...]

_PASSING = {None, 502, 503, 504}


class Kind(StrEnum):
    """What sending a request twice does."""

    READ = "read"
    REPEATABLE = "repeatable"
    ONCE = "once"


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """`doing` completes "Could not ..."; `check` says where to look after an act in doubt."""

    doing: str
    method: str
    path: str
    kind: Kind = Kind.READ
    query: Query = ()
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()
    check: str = "Look before repeating it."
    read_timeout: float | None = None

    def may_repeat(self, error: ApiError) -> bool:
        """Whether sending it again after this error is useful and does no harm."""
        match error:
            case RateLimited():
                return True
            case Unavailable() if self.kind is Kind.ONCE:
                # Certain that nothing was done: no connection was made, or a 429, which a limiter
                # answers in place of the API. Not a 503: proxies also send it when the API breaks
                # off after taking the request.
                return error.status is None and not error.maybe_done
            case Unavailable():
                # 500 is a defect that repeating does not cure.
                return error.status in _PASSING
        return False


def query(**values: Value) -> Query:
    """The pairs to send: None is left out, lists repeat their name, times are ISO 8601 in UTC."""
    return tuple((name, _text(item)) for name, value in values.items() for item in _items(value))


def json_body(body: Mapping[str, Any]) -> bytes:
    """Compact JSON, or InvalidArguments when a value cannot be written as such."""
    try:
        text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidArguments(
            "The input cannot be written as JSON. Use text, finite numbers, lists and objects."
        ) from error


def _items(value: Value) -> Iterable[str | int | float | datetime]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str | int | float | datetime) else value


def _text(value: str | int | float | datetime) -> str:
    match value:
        case bool():
            return str(value).lower()
        case datetime():
            aware = value if value.tzinfo else value.replace(tzinfo=UTC)
            return aware.isoformat().replace("+00:00", "Z")
    return str(value)
