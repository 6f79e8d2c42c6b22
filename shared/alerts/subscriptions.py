"""Subscriptions in the store: who wants to hear of what, and where."""

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

from pydantic import ValidationError
from sqlalchemy import RowMapping, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.alerts import group_rows
from shared.alerts.groups import ended
from shared.alerts.matching import fits_again
from shared.alerts.wanted import FROM_STORE, Wanted
from shared.call import Actor
from shared.tables.alerts import alert_groups, subscriptions

_log = logging.getLogger(__name__)

# Without letters and digits that look like others: people type these ids.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_ID_LENGTH = 7

# Why alerts are not followed any more.
STOPPED = "the subscription was ended"
CHANGED = "the subscription asks for something else now"

type Key = tuple[str, int]


class SubscriptionState(StrEnum):
    """Whether a subscription counts; ended ones stay, since alerts of old name them."""

    ACTIVE = "active"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A filter of a channel; `version` grows whenever `wanted` changes.

    `channel` is an id, or a #name that no bot has looked up yet; `named` is the name as it was
    written or found, also when the id is known. `handed` is the version for which what held
    already was handed over.
    """

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
    named: str | None = None
    handed: int = 0

    @property
    def key(self) -> Key:
        """What `wanted` is known by."""
        return self.id, self.version

    @property
    def is_active(self) -> bool:
        """Whether it counts."""
        return self.state is SubscriptionState.ACTIVE

    def is_for(self, channel: str) -> bool:
        """Whether it is for this channel, by whichever of its names."""
        return channel in (self.channel, self.named)

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
        "named": _name(channel),
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
        named=_name(channel),
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
        known_by = subscriptions.c.channel, subscriptions.c.named
        query = query.where(or_(*(each == channel for each in known_by)))
    ordered = query.order_by(subscriptions.c.created_at, subscriptions.c.id)
    return await _read(connection, ordered, known or {})


async def change(
    connection: AsyncConnection, identifier: str, wanted: Wanted, now: datetime
) -> None:
    """Give it another filter or manner; alerts that fire go on under the new manner, except those
    that it would not take any more."""
    await _update(
        connection,
        identifier,
        wanted=wanted.model_dump(mode="json"),
        version=subscriptions.c.version + 1,
        changed_at=now,
        error=None,
    )
    await _let_go(connection, identifier, wanted, now)
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


async def end(
    connection: AsyncConnection, identifier: str, now: datetime, by: str | None = None
) -> None:
    """Take nothing more for it, and let go of what fires; the cards of that say who ended it."""
    await _update(connection, identifier, state=SubscriptionState.ENDED, changed_at=now)
    await connection.execute(
        update(alert_groups)
        .where(alert_groups.c.subscription_id == identifier, alert_groups.c.live_key.is_not(None))
        .values(
            live_key=None,
            state="ended",
            open={},
            ended_because=f"{STOPPED} by {by}" if by else STOPPED,
            version=alert_groups.c.version + 1,
            due_at=now,
            changed_at=now,
        )
    )


async def relocate(
    connection: AsyncConnection, identifier: str, channel: str, now: datetime
) -> None:
    """Another channel takes its alerts."""
    named = _name(channel)
    await _update(connection, identifier, channel=channel, named=named, changed_at=now, error=None)


async def place(
    connection: AsyncConnection, identifier: str, channel_id: str, now: datetime
) -> None:
    """The channel behind its name was found; those who wrote the name still know it by that."""
    await _update(connection, identifier, channel=channel_id, changed_at=now, error=None)


async def note_name(connection: AsyncConnection, channel_id: str, named: str) -> None:
    """How people call this channel, for those subscriptions that nobody wrote a name of."""
    await connection.execute(
        update(subscriptions)
        .where(subscriptions.c.channel == channel_id, subscriptions.c.named.is_(None))
        .values(named=named)
    )


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
        .where(alert_groups.c.live_key.is_not(None), group_rows.goes_on())
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


async def _let_go(
    connection: AsyncConnection, identifier: str, wanted: Wanted, now: datetime
) -> None:
    # What would say that they are over may not be looked for any more.
    groups = await group_rows.of_subscriptions(connection, [identifier])
    unwanted = {
        group.id for group in groups if not any(map(partial(fits_again, wanted), group.recent))
    }
    locked = await group_rows.lock(connection, unwanted)
    after = [ended(group, now, CHANGED) for group in locked if group.is_firing]
    await group_rows.save(connection, after)


def _name(channel: str) -> str | None:
    return channel if channel.startswith("#") else None


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
        return Wanted.model_validate(row["wanted"], context=FROM_STORE)
    except ValidationError:
        # A later release may have written it: one filter unknown here must not stop all others.
        _log.error("the subscription %s cannot be read by this release", row["id"])
        return None
