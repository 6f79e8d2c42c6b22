"""Reads the attributes of events, which may hold anything."""

from collections.abc import Mapping
from typing import Any

from shared.text import truncate

_LONGEST_NAME = 200
_LONGEST_FAILURE = 2_000
_MOST_ATTEMPTS = 1_000_000

type Attributes = Mapping[str, Any]


class Sealed(Exception):
    """A payload that is encrypted, compressed, kept elsewhere, or no payload at all."""


def name(attributes: Attributes, key: str) -> str | None:
    """A short text; numbers count as text."""
    value = attributes.get(key)
    if isinstance(value, str):
        return truncate(value, _LONGEST_NAME) if len(value) > _LONGEST_NAME else value or None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return str(value) if abs(value) < 10**18 else None


def attempt(attributes: Attributes) -> int:
    """The number of an attempt, from 1 on."""
    value = attributes.get("attempt")
    if isinstance(value, bool) or not isinstance(value, int):
        return 1
    return min(max(value, 1), _MOST_ATTEMPTS)


def failure(attributes: Attributes) -> str:
    """The message of a failure, often empty."""
    value = attributes.get("failure")
    message = value.get("message") if isinstance(value, dict) else value
    return truncate(message, _LONGEST_FAILURE) if isinstance(message, str) else ""


def value(attributes: Attributes, key: str) -> Any:
    """The value of a payload of type json; raises Sealed."""
    return _value(attributes.get(key), "json")


def patch(attributes: Attributes) -> Any:
    """The value of a payload of type json_patch; raises Sealed."""
    return _value(attributes.get("payload"), "json_patch")


def _value(payload: Any, kind: str) -> Any:
    if not isinstance(payload, dict) or payload.get("encoding_options"):
        raise Sealed
    if payload.get("type", "json") != kind:
        raise Sealed
    return payload.get("value")
