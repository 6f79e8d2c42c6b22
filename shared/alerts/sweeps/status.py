"""How the sweeps are doing: what doctor, metrics and lists of alerts say about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.alerts.sweeps.memory import Remembered, Scope, recall, recall_some, remember
from shared.text import one_line

ENDED = "ended"
CURSOR = "ended"


@dataclass(frozen=True, slots=True)
class PartStatus:
    """When a part looked at everything last; `error` while it cannot, or what it left out."""

    last_complete_at: datetime | None
    last_error: str | None
    error_at: datetime | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A time that nobody looked at until afterwards; not over while `until` is None."""

    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SweepStatus:
    """The part `ended` is the one that tells whether sweeps are alive; `cursor_at` is the newest
    end that was seen. `late_since` is set while a gap is being caught up; `gap` is the latest."""

    last_complete_at: datetime | None
    cursor_at: datetime | None
    last_error: str | None
    error_at: datetime | None
    late_since: datetime | None
    gap: Gap | None
    parts: Mapping[str, PartStatus]

    def age(self, now: datetime) -> timedelta | None:
        """How long ago the last complete sweep was."""
        return None if self.last_complete_at is None else now - self.last_complete_at


async def read_status(connection: AsyncConnection) -> SweepStatus:
    """The status as the last sweep left it, whichever replica did it."""
    rows = await recall(connection, Scope.STATUS)
    cursor = (await recall_some(connection, Scope.CURSOR, [CURSOR])).get(CURSOR)
    parts = {name: _part(row) for name, row in rows.items()}
    ended = parts.get(ENDED, PartStatus(None, None, None))
    gap = gap_of(rows.get(ENDED))
    return SweepStatus(
        last_complete_at=ended.last_complete_at,
        cursor_at=cursor.at if cursor else None,
        last_error=ended.last_error,
        error_at=ended.error_at,
        late_since=gap.since if gap and gap.until is None else None,
        gap=gap,
        parts=parts,
    )


def gap_of(row: Remembered | None) -> Gap | None:
    """The latest gap that a row of status tells of."""
    since, until = _moment(row, "gap_since"), _moment(row, "gap_until")
    return Gap(since, until) if since else None


def complete_at(row: Remembered | None) -> datetime | None:
    """When the part was complete last."""
    return _moment(row, "complete_at")


async def note_complete(
    connection: AsyncConnection, part: str, now: datetime, gap: Gap | None = None
) -> None:
    """The part has looked at everything."""
    await remember(connection, Scope.STATUS, {part: _value(now, None, None, gap)}, now)


async def note_trouble(
    connection: AsyncConnection, part: str, now: datetime, error: str, gap: Gap | None = None
) -> None:
    """The part could not look at everything; when it did last stays known."""
    row = (await recall_some(connection, Scope.STATUS, [part])).get(part)
    value = _value(complete_at(row), error, now, gap or gap_of(row))
    await remember(connection, Scope.STATUS, {part: value}, now)


def _value(
    complete: datetime | None, error: str | None, error_at: datetime | None, gap: Gap | None
) -> dict[str, Any]:
    return {
        "complete_at": _text(complete),
        "error": one_line(error, 500) if error else None,
        "error_at": _text(error_at),
        "gap_since": _text(gap.since if gap else None),
        "gap_until": _text(gap.until if gap else None),
    }


def _part(row: Remembered) -> PartStatus:
    return PartStatus(_moment(row, "complete_at"), row.value["error"], _moment(row, "error_at"))


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(row: Remembered | None, name: str) -> datetime | None:
    text = row.value.get(name) if row else None
    return datetime.fromisoformat(text) if text else None
