"""The names of channels that Slack gave us as ids: assistants know channels by nothing else."""

import logging
import re
from collections.abc import Sequence
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
_GONE = ("channel_not_found", "not_in_channel", "is_archived")


class Names:
    """Asks for the name of one channel at a time, so that no alert waits for it; and only once."""

    def __init__(self, database: Database, channels: Channels, clock: Clock) -> None:
        self._database = database
        self._channels = channels
        self._clock = clock
        self._nameless: set[str] = set()
        self._not_before: datetime | None = None

    async def look(self, guard: Guard, active: Sequence[Subscription]) -> None:
        """Name a channel that has no name yet."""
        unknown = {each.channel for each in active if each.named is None} - self._nameless
        found = sorted(each for each in unknown if _CHANNEL.fullmatch(each))
        if not found or (self._not_before is not None and self._clock() < self._not_before):
            return
        try:
            await self._name(guard, found[0])
        except (SlackRefused, SlackUnreachable) as error:
            _log.info("the name of %s cannot be looked up: %s", found[0], error)
            if isinstance(error, SlackRefused) and error.error in _GONE:
                self._nameless.add(found[0])
            else:
                self._not_before = self._clock() + _AGAIN

    async def _name(self, guard: Guard, channel_id: str) -> None:
        name = await self._channels.name_of(channel_id)
        if name is None:
            self._nameless.add(channel_id)
            return
        async with (await self._database.store()).writing() as connection:
            await guard(connection)
            await subscriptions.note_name(connection, channel_id, name)
