"""What remains to be done for watches once the end of their execution was told."""

import asyncio
import logging

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.blocks import section
from bot.delivery import Priority
from bot.live import rows
from bot.live.audience import Audience
from bot.live.chapters import is_shown
from bot.live.links import link_back
from bot.live.rows import Watched
from bot.live.shown import Shown
from bot.live.transcript import transcript
from bot.live.world import World
from bot.message import File, Message
from bot.mrkdwn import code, line
from shared.errors import OpsError
from shared.leases import LeaseLost

_log = logging.getLogger(__name__)

_READINGS = 5
_LOOKS = 60


class Ending:
    """The complete history for threads that told some of it in numbers, and the last links.

    A watch lives until that is done, so that whoever takes over after a crash does it again; what
    was done has its name in the outbox, and is not done twice.
    """

    def __init__(self, world: World, audience: Audience, execution_id: str, state: str) -> None:
        self._world = world
        self._audience = audience
        self._execution_id = execution_id
        self._state = state

    async def run(self, rest: list[Shown]) -> None:
        """Return when nothing remains; raises LeaseLost."""
        wants_history = any(shown.left_out for shown in rest) and self._state == rows.ENDED
        history = await self._history() if wants_history else None
        looks = failures = 0
        while rest:
            try:
                rest = await self._settle(rest, history, patient=looks < _LOOKS)
                looks, failures = looks + 1, 0
                wait = self._audience.refresh
            except LeaseLost:
                raise
            except OpsError as error:
                failures += 1
                wait = self._world.backoff(failures)
                _log.warning("the watches of %s could not be ended: %s", self._execution_id, error)
            if rest:
                await asyncio.sleep(wait)

    async def _history(self) -> File | Message:
        """The file, or where to find what it would say."""
        failures = 0
        while True:
            try:
                return await transcript(self._world.api, self._execution_id)
            except OpsError as error:
                failures += 1
                if failures == _READINGS:
                    return _missing(self._execution_id, error)
            await asyncio.sleep(self._world.backoff(failures))

    async def _settle(
        self, rest: list[Shown], history: File | Message | None, *, patient: bool
    ) -> list[Shown]:
        """Do what can be done; those that have to wait for Slack."""
        waiting = []
        async with self._audience.finishing() as connection:
            for shown in rest:
                watched = shown.watched
                if not await rows.hold_live(connection, watched.id):
                    continue
                if history is not None and shown.left_out:
                    await self._attach(connection, watched, history)
                linked = await self._is_linked(connection, shown)
                if not (linked or patient):
                    # Without the address of the last card: the one before must not look alive.
                    await link_back(connection, self._world, watched)
                if linked or not patient:
                    now = self._world.clock()
                    await rows.close(connection, watched.id, self._state, now)
                else:
                    waiting.append(shown)
        return waiting

    async def _attach(
        self, connection: AsyncConnection, watched: Watched, history: File | Message
    ) -> None:
        key, below = f"told:{watched.id}:history", watched.card_key
        outbox, channel, late = self._world.outbox, watched.channel, Priority.TAIL
        if isinstance(history, File):
            await outbox.put_file(
                connection, key, channel, history, thread_key=below, priority=late
            )
        else:
            await outbox.put(connection, key, channel, history, thread_key=below, priority=late)

    async def _is_linked(self, connection: AsyncConnection, shown: Shown) -> bool:
        """Whether the card before, where there is one, leads to the last one."""
        if shown.linked:
            return True
        if not await is_shown(connection, shown.watched.card_key):
            return False
        await link_back(connection, self._world, shown.watched)
        return True


def _missing(execution_id: str, error: OpsError) -> Message:
    words = f"The complete history could not be read: {line(str(error))}"
    words += f"\n{code(f'events {execution_id}')} shows it page by page."
    return Message(words, (section(words),))
