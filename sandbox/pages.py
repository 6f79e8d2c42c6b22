"""Opaque page tokens: what a list needs to go on where a page ended."""

import base64
import binascii
import json
from typing import Any

from fastapi.exceptions import RequestValidationError


def seal(position: dict[str, Any]) -> str:
    """Make a token of a position."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()


def unseal(token: str, field: str) -> dict[str, Any]:
    """Read a token back; raises 422 naming the query field."""
    try:
        position = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (binascii.Error, ValueError):
        position = None
    if not isinstance(position, dict):
        raise refused(("query", field), "This page token is not one of ours.")
    return position


def refused(location: tuple[str | int, ...], message: str) -> RequestValidationError:
    """A 422 in the shape clients expect."""
    return RequestValidationError([{"type": "value_error", "loc": location, "msg": message}])
