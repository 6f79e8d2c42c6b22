"""Lists that come in pages, with cursors of ours."""

import base64
import binascii
from collections.abc import Sequence

from sandbox.slack.method_call import MethodCall, invalid
from sandbox.slack.model import Json
from sandbox.slack.refusals import Refusal


def limit_of(call: MethodCall, default: int, most: int = 1000) -> int:
    """How long a page may be; raises invalid_limit."""
    limit = call.number("limit", default, "invalid_limit") or default
    if not 1 <= limit <= most:
        raise invalid(f"must be between 1 and {most} [json-pointer:/limit]", "invalid_limit")
    return limit


def page[T](call: MethodCall, rows: Sequence[T], limit: int) -> tuple[list[T], Json]:
    """The rows that the cursor asks for, and what the answer says of the next ones."""
    start = _position(call.text("cursor"))
    end = start + limit
    following = _cursor(end) if end < len(rows) else ""
    return list(rows[start:end]), {"response_metadata": {"next_cursor": following}}


def seal(position: str) -> str:
    """A cursor for a position."""
    return base64.b64encode(position.encode()).decode()


def unseal(cursor: str, prefix: str) -> str:
    """What stands behind a cursor; raises invalid_cursor."""
    try:
        position = base64.b64decode(cursor, validate=True).decode()
    except (binascii.Error, ValueError):
        raise Refusal("invalid_cursor") from None
    if not position.startswith(prefix):
        raise Refusal("invalid_cursor")
    return position.removeprefix(prefix)


def _cursor(start: int) -> str:
    return seal(f"offset:{start}")


def _position(cursor: str | None) -> int:
    if not cursor:
        return 0
    position = unseal(cursor, "offset:")
    if not position.isdecimal():
        raise Refusal("invalid_cursor")
    return int(position)
