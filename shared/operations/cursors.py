"""Cursors of lists whose window is relative: the next page must not see a window that moved."""

from dataclasses import dataclass
from datetime import UTC, datetime

from shared.errors import InvalidArguments

_SEPARATOR = "~"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list goes on: the API's token, and the window that its first page had."""

    token: str
    since: datetime | None = None
    until: datetime | None = None


def seal(place: Place) -> str:
    """One word for the caller, who gives it back unread."""
    return _SEPARATOR.join((_written(place.since), _written(place.until), place.token))


def unseal(cursor: str) -> Place:
    """What `seal` put into it; raises InvalidArguments."""
    since, _, rest = cursor.partition(_SEPARATOR)
    until, _, token = rest.partition(_SEPARATOR)
    try:
        if token:
            return Place(token, _read(since), _read(until))
    except (ValueError, OverflowError):
        pass
    raise InvalidArguments("The cursor is not one of ours. Give that of the last answer, or none.")


def _written(moment: datetime | None) -> str:
    return str(round(moment.timestamp() * 1_000_000)) if moment else ""


def _read(text: str) -> datetime | None:
    return datetime.fromtimestamp(int(text) / 1_000_000, UTC) if text else None
