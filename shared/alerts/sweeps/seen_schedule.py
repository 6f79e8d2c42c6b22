"""What is remembered of a schedule between two looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Self

from shared.text import json_text
from shared.times import parse_duration

if TYPE_CHECKING:
    from shared.models import Schedule

_TIMES = (
    "calendars",
    "intervals",
    "cron_expressions",
    "skip",
    "start_at",
    "end_at",
    "jitter",
    "time_zone_name",
)


@dataclass(frozen=True, slots=True)
class SeenSchedule:
    """`next_at` is the time that it has to keep next; `outcomes` are the ends, by execution id, of
    those of its recent executions that have ended."""

    times: str
    paused: bool = False
    next_at: datetime | None = None
    outcomes: Mapping[str, str] = field(default_factory=dict)

    @property
    def value(self) -> dict[str, Any]:
        """As the store keeps it."""
        next_at = self.next_at.isoformat() if self.next_at else None
        outcomes = dict(self.outcomes)
        return {
            "times": self.times,
            "paused": self.paused,
            "next_at": next_at,
            "outcomes": outcomes,
        }

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Self:
        """From the store."""
        next_at = datetime.fromisoformat(value["next_at"]) if value["next_at"] else None
        return cls(value["times"], value["paused"], next_at, value["outcomes"])


def times_digest(schedule: Schedule) -> str:
    """The same for as long as nobody changes when it starts."""
    return sha256(
        json_text(schedule.model_dump(mode="json", include=set(_TIMES))).encode()
    ).hexdigest()


def jitter_of(schedule: Schedule) -> timedelta:
    """How much later than its time it may start."""
    try:
        return parse_duration(schedule.jitter) if schedule.jitter else timedelta(0)
    except ValueError:
        return timedelta(0)


def next_time(schedule: Schedule) -> datetime | None:
    """When it starts next; a paused one has no next time, whatever the engine lists."""
    if schedule.paused or not schedule.future_executions:
        return None
    return schedule.future_executions[0].scheduled_at
