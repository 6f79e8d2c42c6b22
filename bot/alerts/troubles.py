"""Subscriptions whose alerts reach nobody: who is told, and how they come right again."""

import hashlib
import logging
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts import rows
from bot.alerts.channels import Channels, NotThere
from bot.alerts.deleted import begin_again, begin_for_replies, card_of, is_cut_off
from bot.blocks import actions, section
from bot.buttons import button
from bot.delivery import Dead, Outbox, Priority, SlackRefused, SlackUnreachable
from bot.message import Message
from bot.mrkdwn import code
from bot.questions.words import said
from shared.alerts import group_rows, subscriptions
from shared.alerts.groups import Group, held
from shared.alerts.subscriptions import Subscription
from shared.alerts.words import describe
from shared.context import Clock
from shared.database import Database
from shared.leases import Guard
from shared.text import one_line

_log = logging.getLogger(__name__)

_PERSON = re.compile(r"[UW][A-Z0-9]{4,20}", re.ASCII)
_AGAIN = timedelta(seconds=60)
_PUT_OFF = timedelta(minutes=10)
_ERROR_LIMIT = 400
# Somebody deleted the message: the channel itself is well.
_DELETED = "message_not_found"
# What the sender says of a reply whose first message is given up.
_ORPHANED = "The first message of its thread"


class Troubles:
    """Looks names of channels up, notes what Slack refuses, and takes the note away again."""

    def __init__(
        self, database: Database, outbox: Outbox, channels: Channels, clock: Clock
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._channels = channels
        self._clock = clock
        self._tried: dict[str, datetime] = {}

    async def settle(self, guard: Guard, active: Sequence[Subscription]) -> None:
        """Take back what was noted of subscriptions whose alerts reach people again."""
        for each in active:
            if each.error is not None and not _is_named(each):
                await self._settle(guard, each)

    async def place(self, guard: Guard, active: Sequence[Subscription]) -> None:
        """Find the channels that assistants named, however long Slack takes for that."""
        for each in active:
            if _is_named(each) and self._is_its_turn(each):
                await self._place(guard, each)

    async def lost(self, dead: Dead) -> None:
        """A message was given up; it is tried again later, and its owner hears of it once."""
        store = await self._database.store()
        async with store.writing() as connection:
            # One loss after the other: replies come back with their card, whichever is lost first.
            concerned = await rows.owner_of(connection, card_of(dead.key))
            await subscriptions.lock(connection, [concerned] if concerned else [])
            if await self._posted_anew(connection, dead):
                self._outbox.wake()
                return
            identifier = await rows.owner_of(connection, dead.key)
            owner = await subscriptions.get(connection, identifier) if identifier else None
            if _is_orphan(dead):
                await rows.rejoin(connection, dead.key)
            if owner is None or _DELETED in dead.error:
                return
            if owner.is_active:
                await rows.retry(connection, dead.key, self._clock())
                await self._note(connection, owner, dead.error)
        self._outbox.wake()

    async def _posted_anew(self, connection: AsyncConnection, dead: Dead) -> bool:
        """Whether somebody deleted what it belongs to, which is shown once more."""
        return is_cut_off(dead) and (
            await begin_again(connection, dead.key, self._clock())
            or await begin_for_replies(connection, dead.key)
        )

    async def unshowable(
        self, guard: Guard, groups: Sequence[Group], owner: Subscription | None, error: Exception
    ) -> None:
        """Alerts could not be made into messages: they are put off, and their owner hears why."""
        now = self._clock()
        store = await self._database.store()
        async with store.writing() as connection:
            await guard(connection)
            await subscriptions.lock(connection, [owner.id] if owner is not None else [])
            locked = await group_rows.lock(connection, [each.id for each in groups])
            waiting = [each for each in locked if each.due_at is not None]
            await group_rows.save(connection, [held(each, now + _PUT_OFF) for each in waiting])
            known = await subscriptions.get(connection, owner.id) if owner is not None else None
            if known is not None and known.is_active:
                why = f"{type(error).__name__}: {error}. Edit the subscription."
                await self._note(connection, known, why)
        self._outbox.wake()

    def _is_its_turn(self, subscription: Subscription) -> bool:
        tried = self._tried.get(subscription.id)
        return tried is None or self._clock() - tried >= _AGAIN

    async def _place(self, guard: Guard, subscription: Subscription) -> None:
        channel, trouble = None, ""
        try:
            channel = await self._channels.find(subscription.channel)
        except NotThere as error:
            trouble = str(error)
        except (SlackRefused, SlackUnreachable) as error:
            _log.warning("%s cannot be looked up: %s", subscription.channel, error)
            return
        finally:
            self._tried[subscription.id] = self._clock()
        async with (await self._database.store()).writing() as connection:
            await guard(connection)
            known = await _locked(connection, subscription.id)
            # Somebody may have chosen another channel meanwhile.
            if known is None or known.channel != subscription.channel:
                return
            if channel is None:
                await self._note(connection, known, trouble)
            else:
                await subscriptions.place(connection, known.id, channel, self._clock())
                await subscriptions.look_again(connection, [known.id], self._clock())
        self._outbox.wake()

    async def _settle(self, guard: Guard, subscription: Subscription) -> None:
        store = await self._database.store()
        async with store.reading() as connection:
            if not await rows.works_again(connection, subscription.id):
                return
        async with store.writing() as connection:
            await guard(connection)
            known = await _locked(connection, subscription.id)
            # Slack may have refused something else meanwhile.
            if known is not None and await rows.works_again(connection, known.id):
                await subscriptions.note_error(connection, known.id, None, self._clock())

    async def _note(
        self, connection: AsyncConnection, subscription: Subscription, error: str
    ) -> None:
        words = one_line(error, _ERROR_LIMIT)
        if subscription.error == words:
            return
        await subscriptions.note_error(connection, subscription.id, words, self._clock())
        if not _PERSON.fullmatch(subscription.created_by):
            return
        name = hashlib.sha256(words.encode()).hexdigest()[:16]
        await self._outbox.put(
            connection,
            f"alert-error:{subscription.id}:{name}",
            subscription.created_by,
            _word_to_owner(subscription, words),
            priority=Priority.ALERT,
        )


async def _locked(connection: AsyncConnection, identifier: str) -> Subscription | None:
    """A subscription that counts, as it is until the transaction ends."""
    await subscriptions.lock(connection, [identifier])
    found = await subscriptions.get(connection, identifier)
    return found if found is not None and found.is_active else None


def _is_named(subscription: Subscription) -> bool:
    """Whether Slack has yet to say which channel its name means."""
    return subscription.channel.startswith("#")


def _is_orphan(dead: Dead) -> bool:
    return dead.key.startswith("alert:") and dead.error.startswith(_ORPHANED)


def _word_to_owner(subscription: Subscription, error: str) -> Message:
    channel = subscription.channel
    where = said(channel, 80) if _is_named(subscription) else f"<#{channel}>"
    text = f"⚠️ Your alerts in {where} cannot be posted: {said(error, _ERROR_LIMIT)}"
    about = f"{said(describe(subscription.wanted), 300)} · subscription {code(subscription.id)}"
    me = {"subscription_id": subscription.id}
    return Message(
        text,
        (
            section(f"{text}\n{about}\nNothing is lost: it is tried again."),
            actions(button("Show", "show_alert_subscription", me)),
        ),
    )
