"""The names of channels that Slack gave us as ids: assistants know channels by nothing else."""

import asyncio
import logging
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from bot.alerts.channels import Channels
from bot.delivery import SlackRefused, SlackUnreachable
from shared.alerts import subscriptions
from shared.alerts.subscriptions import Subscription
from shared.context import Clock
from shared.database import Database
from shared.leases import Guard

_log = logging.getLogger(__name__)

# A direct message has none.
_CHANNEL = re.compile(r"[CG][A-Z0-9]+", re.ASCII)
_AGAIN = timedelta(hours=1)
_SOON = timedelta(minutes=1)
_PATIENCE_SECONDS = 5
_GONE = ("channel_not_found", "not_in_channel", "is_archived")


class Names:
    """Asks for the name of one channel at a time, and not for long.

    That is done at once where it has none yet, and every hour where it may have been renamed.
    """

    def __init__(self, database: Database, channels: Channels, clock: Clock) -> None:
        self._database = database
        self._channels = channels
        self._clock = clock
        self._nameless: set[str] = set()
        self._asked: dict[str, datetime] = {}
        self._not_before: datetime | None = None

    async def look(self, guard: Guard, active: Sequence[Subscription]) -> None:
        """Ask for a name whose turn it is."""
        if self._not_before is not None and self._clock() < self._not_before:
            return
        known = self._known(active)
        channel = self._chosen(known)
        if channel is None:
            return
        self._asked[channel] = self._clock()
        try:
            await self._name(guard, channel, known[channel])
        except (SlackRefused, SlackUnreachable, TimeoutError) as error:
            _log.info("the name of %s cannot be looked up: %s", channel, error)
            if isinstance(error, SlackRefused) and error.error in _GONE:
                self._nameless.add(channel)
            else:
                # What Slack refuses it refuses for long; one slow answer says little.
                wait = _AGAIN if isinstance(error, SlackRefused) else _SOON
                self._not_before = self._clock() + wait

    def _known(self, active: Sequence[Subscription]) -> dict[str, set[str | None]]:
        """The names by which the subscriptions know their channels."""
        known: dict[str, set[str | None]] = {}
        for each in active:
            if _CHANNEL.fullmatch(each.channel) and each.channel not in self._nameless:
                known.setdefault(each.channel, set()).add(each.named)
        return known

    def _chosen(self, known: Mapping[str, Collection[str | None]]) -> str | None:
        """One that somebody has no name of, or else the one that was not asked for the longest."""
        now = self._clock()
        self._asked = {each: self._asked.get(each, now) for each in known}
        unnamed = [each for each, names in known.items() if None in names]
        old = [each for each, at in self._asked.items() if at + _AGAIN <= now]
        return min(unnamed or old, key=lambda each: (self._asked[each], each), default=None)

    async def _name(self, guard: Guard, channel_id: str, known: Collection[str | None]) -> None:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            name = await self._channels.name_of(channel_id)
        if name is None:
            self._nameless.add(channel_id)
        elif any(each != name for each in known):
            async with (await self._database.store()).writing() as connection:
                await guard(connection)
                await subscriptions.note_name(connection, channel_id, name)
