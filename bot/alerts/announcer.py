"""Tells channels of alerts: whatever changed or is due, once, whoever was interrupted before."""

import contextlib
import logging
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts import rows
from bot.alerts.board import Board
from bot.alerts.card import Url, no_url
from bot.alerts.channels import Channels
from bot.alerts.digests import Digests
from bot.alerts.mentions import Mentions
from bot.alerts.names import Names
from bot.alerts.troubles import Troubles
from bot.delivery import Dead, Outbox, Priority, SlackCalls, SlackRefused, SlackUnreachable
from bot.links import console_url
from bot.mrkdwn import line
from bot.parts import Parts
from shared.alerts import group_rows, subscriptions
from shared.alerts.groups import Group
from shared.alerts.subscriptions import Key, Subscription
from shared.alerts.wanted import Wanted
from shared.context import Clock, utc_now
from shared.database import Database, StoreError
from shared.leases import Guard, LeaseLost

_log = logging.getLogger(__name__)

_AT_ONCE = 200


async def unguarded(_: AsyncConnection) -> None:
    """A person asked: whoever holds the lease will find it done."""


class Announcer:
    """Every step is one transaction: what is handed to the outbox, and that it was."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        calls: SlackCalls,
        *,
        clock: Clock = utc_now,
        url: Url = no_url,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._clock = clock
        self._mentions = Mentions(calls)
        self._board = Board(outbox, url=url)
        self._digests = Digests(outbox)
        channels = Channels(calls)
        self._troubles = Troubles(database, outbox, channels, clock)
        self._names = Names(database, channels, clock)
        self._known: dict[Key, Wanted] = {}

    async def announce(self, guard: Guard) -> int:
        """Hand over all that is due; how many alerts that were. Raises LeaseLost, StoreError."""
        store = await self._database.store()
        async with store.reading() as connection:
            due = await group_rows.due(connection, self._clock(), _AT_ONCE)
            owners = await _owners(connection, due)
        for identifier, owner in owners.items():
            groups = [each for each in due if each.subscription_id == identifier]
            await self._tell(guard, groups, owner)
        return len(due)

    async def look(self, guard: Guard) -> None:
        """Look after the channels of all subscriptions; raises LeaseLost, StoreError.

        Slack may take minutes to say what a channel is called: this goes on beside `announce`.
        """
        active = await self._active()
        await self._troubles.settle(guard, active)
        await self._names.look(guard, active)
        await self._troubles.place(guard, active)

    async def _active(self) -> list[Subscription]:
        store = await self._database.store()
        async with store.reading() as connection:
            found = await subscriptions.active(connection, known=self._known)
        self._known = {each.key: each.wanted for each in found}
        return found

    async def show(self, alert_id: str) -> None:
        """Show at once what a person changed of an alert."""
        store = await self._database.store()
        async with store.reading() as connection:
            group = await group_rows.get(connection, alert_id)
            owners = await _owners(connection, [group] if group else [])
        for owner in owners.values():
            await self._tell(unguarded, [group] if group else [], owner, Priority.INTERACTIVE)

    async def lost(self, dead: Dead) -> None:
        """A message cannot be shown: its subscription says so, and so does a word to its owner."""
        await self._troubles.lost(dead)

    async def _tell(
        self,
        guard: Guard,
        groups: Sequence[Group],
        owner: Subscription | None,
        urgency: Priority | None = None,
    ) -> None:
        mention = await self._mention(owner)
        if mention is None:
            return
        carded = list(groups)
        if owner is not None and owner.wanted.mode == "digest":
            carded = []
            async with self._alone(guard, groups, owner):
                carded = await self._digest(guard, groups, owner, mention)
        for each in carded:
            async with self._alone(guard, [each], owner):
                await self._one(guard, each.id, mention, urgency)
        self._outbox.wake()

    @contextlib.asynccontextmanager
    async def _alone(
        self, guard: Guard, groups: Sequence[Group], owner: Subscription | None
    ) -> AsyncGenerator[None]:
        """What cannot be shown is put off, and no other alert waits for it."""
        try:
            yield
        except (LeaseLost, StoreError):
            raise
        except Exception as error:
            _log.exception("alerts cannot be shown: %s", ", ".join(each.id for each in groups))
            await self._troubles.unshowable(guard, groups, owner, error)

    async def _one(
        self, guard: Guard, alert_id: str, mention: str, urgency: Priority | None
    ) -> None:
        store = await self._database.store()
        async with store.writing() as connection:
            await guard(connection)
            now = self._clock()
            for group in await _still_due(connection, [alert_id], now):
                owner = await subscriptions.get(connection, group.subscription_id)
                after = await self._board.show(connection, group, owner, mention, now, urgency)
                await group_rows.save(connection, [after])

    async def _digest(
        self, guard: Guard, groups: Sequence[Group], owner: Subscription, mention: str
    ) -> list[Group]:
        """Tell of them in a digest; those that have a card, from another manner, are left.

        What asks for something else by now waits for the next round.
        """
        store = await self._database.store()
        carded: list[Group] = []
        ripe: list[Group] = []
        async with store.writing() as connection:
            await guard(connection)
            now = self._clock()
            due = await _still_due(connection, [each.id for each in groups], now)
            known = await subscriptions.get(connection, owner.id)
            if known is None or known.key != owner.key:
                return []
            for group in due:
                has_card = await rows.placed(connection, group.message_key) is not None
                (carded if has_card else ripe).append(group)
            kept = await self._digests.show(connection, ripe, known, mention, now)
            await group_rows.save(connection, kept)
        return carded

    async def _mention(self, owner: Subscription | None) -> str | None:
        """Whom to mention; None while Slack cannot be asked, which the alert waits for."""
        written = owner.wanted.mention if owner is not None else None
        try:
            return await self._mentions.markup(written)
        except SlackRefused as error:
            _log.warning("whom to mention cannot be looked up: %s", error)
            return None if error.error == "ratelimited" else line(written or "", 100)
        except SlackUnreachable as error:
            _log.info("alerts wait until Slack says whom to mention: %s", error)
            return None


def announcer_of(parts: Parts) -> Announcer:
    """The announcer of a bot, with the address of the console where one is known."""
    url = console_url(parts.settings.console_url)
    return Announcer(parts.database, parts.outbox, parts.calls, clock=parts.clock, url=url)


async def _still_due(
    connection: AsyncConnection, identifiers: Sequence[str], now: datetime
) -> list[Group]:
    """Those that nobody looked after since we read them."""
    locked = await group_rows.lock(connection, identifiers)
    return [each for each in locked if each.due_at is not None and each.due_at <= now]


async def _owners(
    connection: AsyncConnection, groups: Sequence[Group]
) -> dict[str, Subscription | None]:
    identifiers = dict.fromkeys(each.subscription_id for each in groups)
    return {each: await subscriptions.get(connection, each) for each in identifiers}
