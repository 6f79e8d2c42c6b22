"""Subscriptions in the store: who wants to hear of what, and where."""

import logging
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from itertools import batched
from typing import Any

from pydantic import ValidationError
from sqlalchemy import RowMapping, Select, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.alerts import group_rows
from shared.alerts.groups import Group, ended, held
from shared.alerts.matching import fits_again
from shared.alerts.wanted import FROM_STORE, Wanted
from shared.call import Actor
from shared.tables.alerts import alert_groups, subscriptions

_log = logging.getLogger(__name__)

# Without letters and digits that look like others: people type these ids.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_ID_LENGTH = 7
_AT_ONCE = 500

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


async def lock(connection: AsyncConnection, identifiers: Iterable[str]) -> None:
    """Nobody else may change these until the transaction ends; to be done before any of their
    alerts is locked, so that nobody waits for each other in a circle."""
    for query in _in_order(identifiers):
        await connection.execute(query.with_for_update())


async def hold(connection: AsyncConnection, identifiers: Iterable[str]) -> None:
    """Nobody may change these until the transaction ends, though others may hold them, too."""
    for query in _in_order(identifiers):
        await connection.execute(query.with_for_update(read=True))


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

    def after(group: Group) -> Group:
        # What would say that it is over may not be looked for any more.
        if group.is_firing and not any(map(partial(fits_again, wanted), group.recent)):
            return ended(group, now, CHANGED)
        return _looked_at(group, now)

    groups = await group_rows.lock_of(connection, [identifier])
    await group_rows.save(connection, map(after, groups))


async def mute(
    connection: AsyncConnection, identifiers: Sequence[str], until: datetime, name: str
) -> None:
    """Post nothing new of them until then."""
    await lock(connection, identifiers)
    await connection.execute(
        update(subscriptions)
        .where(subscriptions.c.id.in_(identifiers))
        .values(muted_until=until, muted_by=name)
    )


async def unmute(connection: AsyncConnection, identifiers: Sequence[str], now: datetime) -> None:
    """Post again, what was held back first."""
    await lock(connection, identifiers)
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
    because = f"{STOPPED} by {by}" if by else STOPPED
    groups = await group_rows.lock_of(connection, [identifier])
    after = [ended(group, now, because) for group in groups if group.is_firing]
    await group_rows.save(connection, after)


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
    """How people call this channel now, whatever they called it before."""
    other = or_(subscriptions.c.named.is_(None), subscriptions.c.named != named)
    known = select(subscriptions.c.id).where(subscriptions.c.channel == channel_id, other)
    identifiers = (await connection.execute(known)).scalars().all()
    await lock(connection, identifiers)
    change = update(subscriptions).where(subscriptions.c.id.in_(identifiers))
    await connection.execute(
        change.where(subscriptions.c.channel == channel_id, other).values(named=named)
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
    groups = await group_rows.lock_of(connection, identifiers)
    await group_rows.save(connection, [_looked_at(group, now) for group in groups])


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


def _in_order(identifiers: Iterable[str]) -> Iterator[Select[tuple[str]]]:
    for part in batched(sorted(set(identifiers)), _AT_ONCE):
        query = select(subscriptions.c.id).where(subscriptions.c.id.in_(part))
        yield query.order_by(subscriptions.c.id)


def _looked_at(group: Group, now: datetime) -> Group:
    return held(group, now) if group.due_at is not None else group


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
