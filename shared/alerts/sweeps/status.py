"""How the sweeps are doing: what doctor, metrics and lists of alerts say about them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.alerts.gap import Gap
from shared.alerts.sweeps.memory import Scope, recall, recall_some, remember
from shared.text import one_line

ENDED = "ended"
CURSOR = "ended"

# Of executions that cannot be read: how many are known by name, and for how long.
_MOST_UNREADABLE = 100
_UNREADABLE_FOR = timedelta(days=1)
_UNREADABLE_SEEN = timedelta(hours=1)
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PartStatus:
    """When a part looked at everything last; `error` while it cannot, or what it left out.

    `looked_at` is when it looked last, even if not at everything. It fails since `failing_since`,
    because of `cause`, and the API asked not to be called before `not_before`. `unreadable` are
    executions that were left out, with the time when they were last listed. `gap` is the latest.
    """

    last_complete_at: datetime | None = None
    error: str | None = None
    error_at: datetime | None = None
    looked_at: datetime | None = None
    failing_since: datetime | None = None
    cause: str | None = None
    not_before: datetime | None = None
    gap: Gap | None = None
    unreadable: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def last_error(self) -> str | None:
        """What is wrong in one line."""
        return self.error or (_unreadable_words(self.unreadable) if self.unreadable else None)

    def completed(self, now: datetime, gap: Gap | None = None) -> Self:
        """It has looked at everything, after a gap where there was one."""
        known = {name: at for name, at in self.unreadable.items() if now - at < _UNREADABLE_FOR}
        latest = _closed(gap or self.gap, now)
        return type(self)(last_complete_at=now, looked_at=now, gap=latest, unreadable=known)

    def partly(self, now: datetime, missing: str, gap: Gap | None = None) -> Self:
        """It has looked, but not at everything."""
        looked = self.completed(now, gap)
        last = self.last_complete_at
        return replace(looked, last_complete_at=last, error=missing, error_at=now)

    def failed(
        self, now: datetime, error: str, cause: str | None, not_before: datetime | None
    ) -> Self:
        """It could not look."""
        return replace(
            self,
            error=error,
            error_at=now,
            failing_since=self.failing_since or now,
            cause=self.cause if self.failing_since else cause,
            not_before=not_before,
        )

    def patience(self, now: datetime) -> float | None:
        """For how many seconds the API wants to be left alone."""
        if self.not_before is None or self.not_before <= now:
            return None
        return (self.not_before - now).total_seconds()

    def has_left_out(self, names: Collection[str], now: datetime) -> bool:
        """Whether these are known to be unreadable, and were not last listed long ago."""
        return all(now - self.unreadable.get(name, _NEVER) < _UNREADABLE_SEEN for name in names)

    def leaving_out(self, names: Collection[str], now: datetime) -> Self:
        """These executions were listed, and could not be read."""
        known = [*{**self.unreadable, **dict.fromkeys(names, now)}.items()]
        latest = sorted(known, key=lambda each: each[1])[-_MOST_UNREADABLE:]
        return replace(self, unreadable=dict(latest))

    @property
    def value(self) -> dict[str, Any]:
        """As the store keeps it."""
        return {
            "complete_at": _text(self.last_complete_at),
            "error": one_line(self.error, 500) if self.error else None,
            "error_at": _text(self.error_at),
            "looked_at": _text(self.looked_at),
            "failing_since": _text(self.failing_since),
            "cause": self.cause,
            "not_before": _text(self.not_before),
            "gap_since": _text(self.gap.since if self.gap else None),
            "gap_until": _text(self.gap.until if self.gap else None),
            "gap_cause": self.gap.cause if self.gap else None,
            "unreadable": {name: at.isoformat() for name, at in self.unreadable.items()},
        }

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Self:
        """From the store; an earlier release wrote fewer of these."""
        complete = _moment(value.get("complete_at"))
        since, until = _moment(value.get("gap_since")), _moment(value.get("gap_until"))
        unreadable: Mapping[str, str] = value.get("unreadable") or {}
        return cls(
            last_complete_at=complete,
            error=value.get("error"),
            error_at=_moment(value.get("error_at")),
            looked_at=_moment(value.get("looked_at")) or complete,
            failing_since=_moment(value.get("failing_since")),
            cause=value.get("cause"),
            not_before=_moment(value.get("not_before")),
            gap=Gap(since=since, until=until, cause=value.get("gap_cause")) if since else None,
            unreadable={name: datetime.fromisoformat(at) for name, at in unreadable.items()},
        )


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

    @property
    def unreadable(self) -> tuple[str, ...]:
        """Executions of the last day that could not be read and were left out, latest first."""
        ended = self.parts.get(ENDED)
        return tuple([*ended.unreadable][::-1]) if ended else ()

    def age(self, now: datetime) -> timedelta | None:
        """How long ago the last complete sweep was."""
        return None if self.last_complete_at is None else now - self.last_complete_at


async def read_status(connection: AsyncConnection) -> SweepStatus:
    """The status as the last sweep left it, whichever replica did it."""
    cursor = (await recall_some(connection, Scope.CURSOR, [CURSOR])).get(CURSOR)
    parts = await read_parts(connection)
    ended = parts.get(ENDED, PartStatus())
    gap = ended.gap
    return SweepStatus(
        last_complete_at=ended.last_complete_at,
        cursor_at=cursor.at if cursor else None,
        last_error=ended.last_error,
        error_at=ended.error_at,
        late_since=gap.since if gap and gap.until is None else None,
        gap=gap,
        parts=parts,
    )


async def read_parts(connection: AsyncConnection) -> dict[str, PartStatus]:
    """The status of each part that has looked, or tried to."""
    rows = await recall(connection, Scope.STATUS)
    return {name: PartStatus.of(row.value) for name, row in rows.items()}


async def read_part(connection: AsyncConnection, part: str) -> PartStatus:
    """The status of one part."""
    row = (await recall_some(connection, Scope.STATUS, [part])).get(part)
    return PartStatus.of(row.value) if row else PartStatus()


async def note_complete(
    connection: AsyncConnection, part: str, now: datetime, gap: Gap | None = None
) -> None:
    """The part has looked at everything, after a gap where there was one."""
    known = await read_part(connection, part)
    await write_part(connection, part, known.completed(now, gap), now)


async def note_missing(
    connection: AsyncConnection, part: str, now: datetime, missing: str, gap: Gap | None = None
) -> None:
    """The part has looked, but not at everything."""
    known = await read_part(connection, part)
    await write_part(connection, part, known.partly(now, missing, gap), now)


async def note_trouble(
    connection: AsyncConnection,
    part: str,
    now: datetime,
    error: str,
    cause: str | None = None,
    not_before: datetime | None = None,
) -> None:
    """The part could not look; when it did last stays known."""
    known = await read_part(connection, part)
    await write_part(connection, part, known.failed(now, error, cause, not_before), now)


async def note_unreadable(
    connection: AsyncConnection, part: str, now: datetime, names: Collection[str]
) -> None:
    """Executions were listed, and left out because they could not be read."""
    known = await read_part(connection, part)
    await write_part(connection, part, known.leaving_out(names, now), now)


async def write_part(
    connection: AsyncConnection, part: str, status: PartStatus, now: datetime
) -> None:
    """Keep the status of a part."""
    await remember(connection, Scope.STATUS, {part: status.value}, now)


def _closed(gap: Gap | None, now: datetime) -> Gap | None:
    is_open = gap is not None and gap.until is None
    return gap.model_copy(update={"until": now}) if gap and is_open else gap


def _unreadable_words(names: Mapping[str, datetime]) -> str:
    count = len(names)
    at_least = "at least " if count >= _MOST_UNREADABLE else ""
    runs = "1 run" if count == 1 else f"{at_least}{count} runs"
    latest = [*names][-1]
    return f"{runs} of the last day could not be read and left out, such as {latest}"


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
