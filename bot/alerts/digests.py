"""Digests: what a subscription gathered is told when its window of time is over."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts import rows
from bot.alerts.card import Setting
from bot.alerts.digest import Part, digest
from bot.delivery import Outbox, Priority
from shared.alerts.groups import Group, dropped, held, reminded, shown
from shared.alerts.subscriptions import Subscription
from shared.alerts.timing import (
    held_until,
    is_muted,
    next_look,
    reminder_due,
    window_end,
    window_start,
)

_UNSENT = timedelta(seconds=30)
_UNRESOLVED = timedelta(seconds=30)
_LEAST_SECONDS = 60.0


class Digests:
    """Puts digests into the outbox, each in the transaction that remembers it."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def show(
        self,
        connection: AsyncConnection,
        groups: Sequence[Group],
        subscription: Subscription,
        mention: str,
        now: datetime,
    ) -> list[Group]:
        """Hand over what is due of the alerts of a subscription; the groups as they are to be kept.

        The groups are all those whose time has come.
        """
        if not subscription.is_active:
            return [dropped(group) for group in groups]
        wait = await self._wait(connection, subscription, now)
        if wait is not None:
            return [held(group, wait) for group in groups]
        kept: list[Group] = []
        ripe: list[tuple[Part, datetime]] = []
        for group in groups:
            if is_muted(group, subscription.muted_until, now) and not group.is_firing:
                await rows.note_told(connection, group.id)
                kept.append(dropped(group))
                continue
            part, since = await self._part(connection, group, subscription, now)
            until = self._until(group, subscription, since, now)
            if until is not None:
                kept.append(held(group, until))
            elif part.fresh or _has_news(group) or _is_due(group, subscription, now):
                ripe.append((part, since))
            else:
                kept.append(shown(group, _next(group, subscription, now)))
        if ripe:
            await self._put(connection, ripe, Setting(subscription, now, mention))
        told = (reminded(part.group, subscription.wanted, now) for part, _ in ripe)
        return [*kept, *(shown(each, _next(each, subscription, now)) for each in told)]

    async def _wait(
        self, connection: AsyncConnection, subscription: Subscription, now: datetime
    ) -> datetime | None:
        """Until when none can be posted: an hour without Slack ends with one, not with many."""
        if subscription.channel.startswith("#"):
            return now + _UNRESOLVED
        waiting = await rows.unsent_like(connection, f"{rows.DIGEST}{subscription.id}:")
        return now + _UNSENT if waiting is not None else None

    async def _part(
        self, connection: AsyncConnection, group: Group, subscription: Subscription, now: datetime
    ) -> tuple[Part, datetime]:
        fresh = await rows.fresh(connection, group.id)
        if fresh.since is None and not group.needs_showing:
            return Part(group, 0), now - timedelta(seconds=_window(subscription))
        return Part(group, fresh.count), fresh.since or group.changed_at

    def _until(
        self, group: Group, subscription: Subscription, since: datetime, now: datetime
    ) -> datetime | None:
        """When the window is over in which it began, and no quiet hours or mutes hold it back."""
        seconds = _window(subscription)
        hushed = held_until(group, subscription.wanted, subscription.muted_until, now)
        over = window_end(seconds, since)
        ends = [end for end in (over, hushed) if end is not None and end > now]
        return max(ends, default=None)

    async def _put(
        self,
        connection: AsyncConnection,
        ripe: Sequence[tuple[Part, datetime]],
        setting: Setting,
    ) -> None:
        seconds = _window(setting.subscription)
        since = window_start(seconds, min(begun for _, begun in ripe))
        until = window_start(seconds, setting.now)
        await self._outbox.put(
            connection,
            f"{rows.DIGEST}{setting.subscription.id}:{uuid4().hex}",
            setting.subscription.channel,
            digest([part for part, _ in ripe], since, until, setting),
            priority=Priority.ALERT,
        )
        for part, _ in ripe:
            await rows.note_told(connection, part.group.id)


def _window(subscription: Subscription) -> float:
    return max(subscription.wanted.digest_seconds or 0, _LEAST_SECONDS)


def _has_news(group: Group) -> bool:
    """Whether people should read that it is over; that somebody looks after it is no news."""
    return group.needs_showing and not group.is_firing


def _is_due(group: Group, subscription: Subscription, now: datetime) -> bool:
    """Whether it is listed again, although nothing is new about it."""
    return reminder_due(group, subscription.wanted, now)


def _next(group: Group, subscription: Subscription, now: datetime) -> datetime | None:
    """The digest in which it is listed again if it still fires."""
    after = next_look(group, subscription.wanted, now)
    return None if after is None else window_end(_window(subscription), after)
