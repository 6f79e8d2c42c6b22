"""Subscriptions in the store: who wants to hear of what, and where."""

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import ValidationError
from sqlalchemy import RowMapping, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.alerts.wanted import Wanted
from shared.call import Actor
from shared.tables.alerts import alert_groups, subscriptions

_log = logging.getLogger(__name__)

# Without letters and digits that look like others: people type these ids.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_ID_LENGTH = 7

type Key = tuple[str, int]


class SubscriptionState(StrEnum):
    """Whether a subscription counts; ended ones stay, since alerts of old name them."""

    ACTIVE = "active"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A filter of a channel; `version` grows whenever `wanted` changes."""

    id: str
    channel: str
    wanted: Wanted
    state: SubscriptionState
    version: int
    muted_until: datetime | None
    muted_by: str | None
    created_by: str
    created_name: str
    created_at: datetime
    changed_at: datetime
    error: str | None = None

    @property
    def key(self) -> Key:
        """What `wanted` is known by."""
        return self.id, self.version

    @property
    def is_active(self) -> bool:
        """Whether it counts."""
        return self.state is SubscriptionState.ACTIVE

    def is_muted(self, now: datetime) -> bool:
        """Whether nothing of it is posted now."""
        return self.muted_until is not None and self.muted_until > now


def short_id(length: int = _ID_LENGTH) -> str:
    """An id that a person can type."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


async def add(
    connection: AsyncConnection, channel: str, wanted: Wanted, actor: Actor, now: datetime
) -> Subscription:
    """A new subscription."""
    identifier = short_id()
    while await get(connection, identifier) is not None:
        identifier = short_id()
    row = {
        "id": identifier,
        "channel": channel,
        "wanted": wanted.model_dump(mode="json"),
        "state": SubscriptionState.ACTIVE,
        "version": 1,
        "created_by": actor.id,
        "created_name": actor.name,
        "created_at": now,
        "changed_at": now,
    }
    await connection.execute(insert(subscriptions), row)
    return Subscription(
        identifier,
        channel,
        wanted,
        SubscriptionState.ACTIVE,
        1,
        None,
        None,
        actor.id,
        actor.name,
        now,
        now,
    )


async def get(connection: AsyncConnection, identifier: str) -> Subscription | None:
    """The subscription of this id, ended or not."""
    found = await _read(connection, select(subscriptions).where(subscriptions.c.id == identifier))
    return found[0] if found else None


async def active(
    connection: AsyncConnection,
    *,
    channel: str | None = None,
    known: Mapping[Key, Wanted] | None = None,
) -> list[Subscription]:
    """Those that count, oldest first; `known` saves reading again what was read before."""
    query = select(subscriptions).where(subscriptions.c.state == SubscriptionState.ACTIVE)
    if channel is not None:
        query = query.where(subscriptions.c.channel == channel)
    ordered = query.order_by(subscriptions.c.created_at, subscriptions.c.id)
    return await _read(connection, ordered, known or {})


async def change(
    connection: AsyncConnection, identifier: str, wanted: Wanted, now: datetime
) -> None:
    """Give it another filter or manner; alerts that fire go on under the new manner."""
    await _update(
        connection,
        identifier,
        wanted=wanted.model_dump(mode="json"),
        version=subscriptions.c.version + 1,
        changed_at=now,
        error=None,
    )
    await look_again(connection, [identifier], now)


async def mute(
    connection: AsyncConnection, identifiers: Sequence[str], until: datetime, name: str
) -> None:
    """Post nothing new of them until then."""
    await connection.execute(
        update(subscriptions)
        .where(subscriptions.c.id.in_(identifiers))
        .values(muted_until=until, muted_by=name)
    )


async def unmute(connection: AsyncConnection, identifiers: Sequence[str], now: datetime) -> None:
    """Post again, what was held back first."""
    await connection.execute(
        update(subscriptions)
        .where(subscriptions.c.id.in_(identifiers))
        .values(muted_until=None, muted_by=None)
    )
    await look_again(connection, identifiers, now)


async def end(connection: AsyncConnection, identifier: str, now: datetime) -> None:
    """Take nothing more for it, and let go of what fires."""
    await _update(connection, identifier, state=SubscriptionState.ENDED, changed_at=now)
    await connection.execute(
        update(alert_groups)
        .where(alert_groups.c.subscription_id == identifier, alert_groups.c.live_key.is_not(None))
        .values(
            live_key=None,
            state="ended",
            open={},
            version=alert_groups.c.version + 1,
            due_at=now,
            changed_at=now,
        )
    )


async def relocate(
    connection: AsyncConnection, identifier: str, channel: str, now: datetime
) -> None:
    """The channel behind a name was found, or another one takes its alerts."""
    await _update(connection, identifier, channel=channel, changed_at=now, error=None)


async def note_error(
    connection: AsyncConnection, identifier: str, error: str | None, now: datetime
) -> None:
    """Why its alerts cannot be posted, or that they can again."""
    await _update(connection, identifier, error=error, changed_at=now)


async def look_again(
    connection: AsyncConnection, identifiers: Sequence[str], now: datetime
) -> None:
    """Have the alerts of these looked at now, whatever they were put off for."""
    await connection.execute(
        update(alert_groups)
        .where(
            alert_groups.c.subscription_id.in_(identifiers),
            alert_groups.c.due_at.is_not(None),
        )
        .values(due_at=now)
    )


async def firing_counts(connection: AsyncConnection) -> dict[str, int]:
    """How many alerts fire now, by subscription."""
    query = (
        select(alert_groups.c.subscription_id, func.count())
        .where(alert_groups.c.live_key.is_not(None))
        .group_by(alert_groups.c.subscription_id)
    )
    return {identifier: count for identifier, count in await connection.execute(query)}


async def abandoned(connection: AsyncConnection) -> set[str]:
    """The ids of alerts that fire although their subscription has ended."""
    query = select(alert_groups.c.id).join(
        subscriptions, subscriptions.c.id == alert_groups.c.subscription_id
    )
    gone = query.where(
        alert_groups.c.live_key.is_not(None),
        subscriptions.c.state == SubscriptionState.ENDED,
    )
    return set((await connection.execute(gone)).scalars())


async def _update(connection: AsyncConnection, identifier: str, **values: Any) -> None:
    await connection.execute(
        update(subscriptions).where(subscriptions.c.id == identifier).values(**values)
    )


async def _read(
    connection: AsyncConnection, query: Any, known: Mapping[Key, Wanted] | None = None
) -> list[Subscription]:
    rows = (await connection.execute(query)).mappings().all()
    read = (_subscription(row, known or {}) for row in rows)
    return [each for each in read if each is not None]


def _subscription(row: RowMapping, known: Mapping[Key, Wanted]) -> Subscription | None:
    wanted = known.get((row["id"], row["version"])) or _wanted(row)
    if wanted is None:
        return None
    values = {**row, "wanted": wanted, "state": SubscriptionState(row["state"])}
    return Subscription(**values)


def _wanted(row: RowMapping) -> Wanted | None:
    try:
        return Wanted.model_validate(row["wanted"])
    except ValidationError:
        # A later release may have written it: one filter unknown here must not stop all others.
        _log.error("the subscription %s cannot be read by this release", row["id"])
        return None
