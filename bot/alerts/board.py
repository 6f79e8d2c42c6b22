"""One alert in its channel: its card, its thread, and its reminders."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts import rows
from bot.alerts.card import Setting, Url, card, no_url
from bot.alerts.day import day_card, day_key, day_of, in_day
from bot.alerts.lines import gap, replies
from bot.alerts.replies import over, reminder, taken_over
from bot.alerts.rows import Placed
from bot.alerts.still_open import with_open
from bot.delivery import Outbox, Priority, State
from bot.message import Message
from shared.alerts.groups import Group, dropped, held, reminded, shown
from shared.alerts.subscriptions import Subscription
from shared.alerts.timing import held_until, is_muted, next_look, reminder_due

# Slack has yet to take what was said before.
_UNSENT = timedelta(seconds=15)
_UNRESOLVED = timedelta(seconds=30)
# Slack has yet to say whether a message may be changed.
_UNANSWERED = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Post:
    """An alert about to be shown: in which transaction, below which message, how urgently.

    `stays` says that Slack does not let us change its message any more.
    """

    connection: AsyncConnection
    group: Group
    setting: Setting
    hushed_until: datetime | None
    thread_key: str
    urgency: Priority
    stays: bool

    @property
    def subscription(self) -> Subscription:
        """Whose alert it is."""
        return self.setting.subscription

    @property
    def now(self) -> datetime:
        """The time."""
        return self.setting.now

    @property
    def in_day(self) -> bool:
        """Whether its card is a reply to the message of a day."""
        return self.thread_key.startswith(rows.DAY)


class Board:
    """Puts alerts into the outbox, each in the transaction that remembers it."""

    def __init__(self, outbox: Outbox, *, url: Url = no_url) -> None:
        self._outbox = outbox
        self._url = url

    async def show(
        self,
        connection: AsyncConnection,
        group: Group,
        subscription: Subscription | None,
        mention: str,
        now: datetime,
        urgency: Priority | None = None,
    ) -> Group:
        """Hand over what is due of an alert; the group as it is to be kept."""
        if subscription is None or not (subscription.is_active or group.was_shown):
            return dropped(group)
        if subscription.channel.startswith("#"):
            return held(group, now + _UNRESOLVED)
        until = held_until(group, subscription.wanted, subscription.muted_until, now)
        placed = await rows.placed(connection, group.message_key)
        stands = placed is not None and placed.state is not State.DEAD
        # What is there, or on its way, is changed all the same: what was kept back may come back.
        if until is not None and not (stands and group.was_shown):
            return await self._hold(connection, group, subscription, until, now)
        setting = Setting(subscription, now, mention, self._url)
        thread_key = await self._place(connection, group, placed, subscription, now)
        how = urgency if urgency is not None else _urgency(group, stands=stands)
        stays = stands and await rows.stays(connection, group.message_key)
        return await self._show(Post(connection, group, setting, until, thread_key, how, stays))

    async def _hold(
        self,
        connection: AsyncConnection,
        group: Group,
        subscription: Subscription,
        until: datetime,
        now: datetime,
    ) -> Group:
        """What was over before a mute ended interests nobody; of a quiet night people hear."""
        if group.is_firing or not is_muted(group, subscription.muted_until, now):
            return held(group, until)
        await rows.note_told(connection, group.id)
        return dropped(group)

    async def _place(
        self,
        connection: AsyncConnection,
        group: Group,
        placed: Placed | None,
        subscription: Subscription,
        now: datetime,
    ) -> str:
        """The message below which its replies are; one that was deleted is posted once more."""
        if placed is not None and placed.state is State.DEAD and group.needs_showing:
            await rows.revive(connection, group.message_key, now)
        if placed is not None:
            return placed.thread_key or group.message_key
        if subscription.wanted.mode != "thread":
            return group.message_key
        return day_key(subscription.id, day_of(group, subscription.wanted)[0])

    async def _show(self, post: Post) -> Group:
        # How it ends is worth another try.
        if post.group.needs_showing and not (post.stays and post.group.is_firing):
            await self._card(post)
        waits = await self._thread(post)
        unseen = await self._instead_of_card(post)
        group, hushed = await self._remind(post)
        looks = (waits, unseen, hushed, next_look(group, post.subscription.wanted, post.now))
        return shown(group, min((each for each in looks if each is not None), default=None))

    async def _card(self, post: Post) -> None:
        if post.in_day:
            await self._day(post)
        message = card(await with_open(post.connection, post.group), post.setting)
        loud = post.in_day and post.subscription.wanted.broadcast
        await self._outbox.put(
            post.connection,
            post.group.message_key,
            post.subscription.channel,
            replace(message, broadcast=loud),
            thread_key=post.thread_key if post.in_day else None,
            priority=post.urgency,
        )

    async def _day(self, post: Post) -> None:
        begun, ended = day_of(post.group, post.subscription.wanted)
        placed = await rows.placed(post.connection, post.thread_key)
        if placed is not None and placed.state is State.DEAD:
            await rows.revive(post.connection, post.thread_key, post.now)
        elif placed is not None and await rows.stays(post.connection, post.thread_key):
            return
        tally = await rows.tally(post.connection, post.subscription.id, begun, ended)
        await self._outbox.put(
            post.connection,
            post.thread_key,
            post.subscription.channel,
            day_card(tally, begun, post.setting),
            priority=Priority.ALERT if post.urgency is Priority.ALERT else Priority.REFRESH,
        )

    async def _thread(self, post: Post) -> datetime | None:
        """Tell the thread what it was not told; answers when to go on with that."""
        group = post.group
        if is_muted(group, post.subscription.muted_until, post.now):
            await rows.note_told(post.connection, group.id)
            return None
        if group.count == 1:
            return None
        if post.hushed_until is not None:
            return post.hushed_until
        return await self._lines(post)

    async def _lines(self, post: Post) -> datetime | None:
        group, prefix = post.group, f"{post.group.message_key}:line:"
        untold = await rows.untold(post.connection, group.id)
        last = await rows.last_reply(post.connection, post.thread_key, prefix)
        if untold:
            # What gathers while Slack is away comes in few replies once it is back.
            if last and await _are_on_their_way(post.connection, group.message_key, prefix):
                return post.now + _UNSENT
            rest = last + gap(untold[0].number) if last else post.now
            if rest > post.now and group.is_firing:
                return rest
            for reply in replies(untold):
                said = in_day(reply.message, group) if post.in_day else reply.message
                await self._say(post, f"{prefix}{reply.number}", said)
            await rows.note_told(post.connection, group.id, untold[-1].number)
        if group.recovered_at is not None and (untold or last):
            await self._say_over(post)
        return None

    async def _instead_of_card(self, post: Post) -> datetime | None:
        """Say what else its message alone says, where that stays as it is; answers when to look
        whether it does."""
        group = post.group
        if not (group.is_quiet if group.is_firing else group.was_shown):
            return None
        if is_muted(group, post.subscription.muted_until, post.now):
            return None
        if post.hushed_until is not None:
            return post.hushed_until
        if not post.stays:
            changing = await rows.is_changing(post.connection, group.message_key)
            return post.now + _UNANSWERED if changing else None
        if group.is_firing:
            key = f"{group.message_key}:taken:{group.count}"
            await self._say(post, key, taken_over(group))
        else:
            await self._say_over(post)
        return None

    async def _say_over(self, post: Post) -> None:
        # It may come back, and be over once more.
        key = f"{post.group.message_key}:over:{post.group.count}"
        await self._say(post, key, over(post.group, post.setting))

    async def _remind(self, post: Post) -> tuple[Group, datetime | None]:
        """The group as it is to be kept, and until when a reminder that is due has to wait."""
        group, wanted = post.group, post.subscription.wanted
        prefix = f"{group.message_key}:reminder:"
        if not group.is_firing or group.is_quiet:
            await rows.withdraw(post.connection, prefix)
        if not group.was_shown:
            return reminded(group, wanted, post.now), None
        if not reminder_due(group, wanted, post.now):
            return group, None
        if post.hushed_until is not None:
            return group, post.hushed_until
        # Of an alert that Slack has yet to show, its message says all.
        is_there = await rows.is_there(post.connection, group.message_key)
        if is_there:
            waiting = await rows.unsent_like(post.connection, prefix)
            key = waiting or f"{prefix}{group.reminders + 1}"
            await self._say(post, key, reminder(group, post.setting))
        return reminded(group, wanted, post.now), None

    async def _say(self, post: Post, key: str, message: Message) -> None:
        await self._outbox.put(
            post.connection,
            key,
            post.subscription.channel,
            message,
            thread_key=post.thread_key,
            priority=Priority.ALERT,
        )


async def _are_on_their_way(connection: AsyncConnection, key: str, lines: str) -> bool:
    """Whether Slack has yet to take the message, or lines of it, which may stand in a day."""
    if await rows.is_on_its_way(connection, key):
        return True
    return await rows.unsent_like(connection, lines) is not None


def _urgency(group: Group, *, stands: bool) -> Priority:
    # One that came and went unseen may be back.
    if not (stands and group.was_shown):
        return Priority.ALERT
    return Priority.REFRESH if group.is_firing else Priority.TERMINAL
