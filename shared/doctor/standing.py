"""How far the work in the store has come."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    case,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.alerts.group_rows import goes_on
from shared.alerts.subscriptions import SubscriptionState
from shared.alerts.sweeps.status import SweepStatus, read_status
from shared.tables import alert_groups, leases, outbox, subscriptions, watches
from shared.tables.columns import UtcDateTime

# States of the outbox; rows in any other one have come to rest.
DEAD, AMBIGUOUS = "dead", "ambiguous"
MOVING = ("pending", "sending", AMBIGUOUS)

_WATCH = "watch"
_REPLICA = "replica"


@dataclass(frozen=True, slots=True)
class Many:
    """How many rows, and the oldest time of theirs that matters."""

    count: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Messages under way, what fires, who works, and how far the sweeps have come.

    `messages` are by state; `groups` that are not over by kind and state; `leases` that hold by
    the first word of their name, with `owners` behind all of them; `subscriptions` are active.
    """

    messages: dict[str, Many]
    groups: dict[tuple[str, str], int]
    leases: dict[str, int]
    owners: int
    watches: int
    subscriptions: Many
    failing_subscriptions: int
    sweep: SweepStatus
    read_at: datetime = field(compare=False)

    @property
    def oldest_waiting(self) -> timedelta | None:
        """How long the oldest message has waited to be shown."""
        times = [self.messages[each].oldest for each in MOVING if each in self.messages]
        known = [time for time in times if time is not None]
        return self.read_at - min(known) if known else None

    @property
    def sweep_lag(self) -> timedelta | None:
        """How long ago the last complete sweep was; None where there was none yet."""
        last = self.sweep.last_complete_at
        return max(self.read_at - last, timedelta()) if last is not None else None

    def sweeps_are_late(self, bound: timedelta) -> bool:
        """Whether somebody waits for alerts and no sweep was complete for so long."""
        if not self.subscriptions.count:
            return False
        known = (self.sweep.last_complete_at, self.subscriptions.oldest)
        latest = max((time for time in known if time is not None), default=None)
        return latest is None or self.read_at - latest > bound


async def read_standing(connection: AsyncConnection, now: datetime) -> Standing:
    """All of it in one query and a look at what the sweeps remember."""
    found: dict[str, dict[tuple[str, str], Many]] = defaultdict(dict)
    for what, label, more, count, oldest in await connection.execute(_everything(now)):
        found[what][label, more] = Many(count, oldest)
    return Standing(
        messages={label: many for (label, _), many in found["message"].items()},
        groups={labels: many.count for labels, many in found["group"].items()},
        leases=_by_first_word(found["lease"]),
        owners=_only(found["owner"]).count,
        watches=_only(found["watch"]).count,
        subscriptions=_only(found["subscription"]),
        failing_subscriptions=_only(found["failing"]).count,
        sweep=await read_status(connection),
        read_at=now,
    )


def _everything(now: datetime) -> CompoundSelect[Any]:
    held = leases.c.expires_at > now
    active = subscriptions.c.state == SubscriptionState.ACTIVE
    failing = subscriptions.c.error.is_not(None)
    is_replica = leases.c.name.startswith(f"{_REPLICA}:")
    family = case((leases.c.name.startswith(f"{_WATCH}:"), _WATCH), else_=leases.c.name)
    return union_all(
        _grouped("message", outbox.c.state, oldest=func.min(outbox.c.wanted_at)).where(
            outbox.c.state.in_((*MOVING, DEAD))
        ),
        _grouped("group", alert_groups.c.kind, alert_groups.c.state).where(
            alert_groups.c.live_key.is_not(None), goes_on()
        ),
        _grouped("lease", family).where(held, ~is_replica),
        _counted("owner", func.count(leases.c.owner.distinct())).where(held),
        _counted("watch", func.count()).select_from(watches).where(watches.c.live_key.is_not(None)),
        _counted(
            "subscription", func.count(subscriptions.c.id), func.min(subscriptions.c.created_at)
        ).where(active),
        _counted("failing", func.count(subscriptions.c.id)).where(active, failing),
    )


def _grouped(
    what: str,
    label: ColumnElement[str],
    more: ColumnElement[str] | None = None,
    *,
    oldest: ColumnElement[datetime] | None = None,
) -> Select[Any]:
    query = _row(what, label, more, func.count(), oldest)
    return query.group_by(label, *([] if more is None else [more]))


def _counted(
    what: str, number: ColumnElement[int], oldest: ColumnElement[datetime] | None = None
) -> Select[Any]:
    return _row(what, None, None, number, oldest)


def _row(
    what: str,
    label: ColumnElement[str] | None,
    more: ColumnElement[str] | None,
    number: ColumnElement[int],
    oldest: ColumnElement[datetime] | None,
) -> Select[Any]:
    """All parts of a union have the same columns."""
    since = cast(null(), UtcDateTime) if oldest is None else oldest
    columns: list[ColumnElement[Any]] = [literal(what), _text(label), _text(more), number, since]
    return select(*columns)


def _text(label: ColumnElement[str] | None) -> ColumnElement[str]:
    return cast(literal("") if label is None else label, String)


def _only(lines: dict[tuple[str, str], Many]) -> Many:
    return next(iter(lines.values()), Many())


def _by_first_word(lines: dict[tuple[str, str], Many]) -> dict[str, int]:
    counted = Counter[str]()
    for (name, _), many in lines.items():
        counted[name.partition(":")[0]] += many.count
    return dict(counted)
