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
from shared.errors import NotFound, OpsError, Rejected, Unauthorized
from shared.leases import LeaseLost
from shared.stream.tasks import stop

_log = logging.getLogger(__name__)

# Five minutes or so: an execution often ends when the API is about to be restarted.
_READINGS = 12
_FINAL = (NotFound, Rejected, Unauthorized)
_LOOKS = 60

type History = File | Message


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
        self._reading: asyncio.Task[History] | None = None
        self._attached: frozenset[str] = frozenset()

    async def run(self, rest: list[Shown]) -> None:
        """Return when nothing remains; raises LeaseLost."""
        if any(map(self._lacks_history, rest)):
            self._reading = asyncio.create_task(self._history())
        try:
            await self._until_settled(rest)
        finally:
            if self._reading is not None:
                await stop(self._reading)

    async def _until_settled(self, rest: list[Shown]) -> None:
        looks = failures = 0
        while rest:
            try:
                rest = await self._settle(rest, patient=looks < _LOOKS)
                looks, failures = looks + 1, 0
                wait = self._audience.refresh
            except LeaseLost:
                raise
            except OpsError as error:
                failures += 1
                wait = self._world.backoff(failures)
                _log.warning("the watches of %s could not be ended: %s", self._execution_id, error)
            if rest:
                await self._rest(rest, wait)

    async def _rest(self, rest: list[Shown], seconds: float) -> None:
        """So many seconds, or until the history is there; without links nothing else counts."""
        if self._reading is None or self._reading.done():
            await asyncio.sleep(seconds)
            return
        linked = all(shown.linked for shown in rest)
        await asyncio.wait({self._reading}, timeout=None if linked else seconds)

    def _lacks_history(self, shown: Shown) -> bool:
        """Whether the thread is to have the history, and has not been given it here."""
        is_wanted = shown.left_out and self._state == rows.ENDED
        return is_wanted and shown.watched.id not in self._attached

    async def _history(self) -> History:
        """The file, or where to find what it would say."""
        failures = 0
        while True:
            try:
                return await transcript(self._world.api, self._execution_id)
            except OpsError as error:
                failures += 1
                if failures == _READINGS or isinstance(error, _FINAL):
                    return _missing(self._execution_id, error)
                _log.info("the history of %s has to wait: %s", self._execution_id, error)
            await asyncio.sleep(self._world.backoff(failures))

    async def _settle(self, rest: list[Shown], *, patient: bool) -> list[Shown]:
        """Do what can be done; those that have to wait."""
        history = self._reading.result() if self._reading and self._reading.done() else None
        waiting: list[Shown] = []
        linked: list[Shown] = []
        attached = set(self._attached)
        async with self._audience.finishing() as connection:
            for shown in rest:
                watched = shown.watched
                if not await rows.hold_live(connection, watched.id):
                    continue
                if history is not None and self._lacks_history(shown):
                    await self._attach(connection, watched, history)
                    attached.add(watched.id)
                if await self._is_linked(connection, shown, patient=patient):
                    linked.append(shown)
                if shown not in linked or (history is None and self._lacks_history(shown)):
                    waiting.append(shown)
                else:
                    now = self._world.clock()
                    await rows.close(connection, watched.id, self._state, now)
        self._attached = frozenset(attached)
        for shown in linked:
            shown.linked = True
        return waiting

    async def _attach(
        self, connection: AsyncConnection, watched: Watched, history: History
    ) -> None:
        key, below = f"told:{watched.id}:history", watched.card_key
        outbox, channel, late = self._world.outbox, watched.channel, Priority.TAIL
        if isinstance(history, File):
            await outbox.put_file(
                connection, key, channel, history, thread_key=below, priority=late
            )
        else:
            await outbox.put(connection, key, channel, history, thread_key=below, priority=late)

    async def _is_linked(self, connection: AsyncConnection, shown: Shown, *, patient: bool) -> bool:
        """Whether the card before, where there is one, leads to the last one.

        At last it is without the address of that: the one before must not look alive.
        """
        if shown.linked:
            return True
        if patient and not await is_shown(connection, shown.watched.card_key):
            return False
        await link_back(connection, self._world, shown.watched)
        return True


def _missing(execution_id: str, error: OpsError) -> Message:
    words = f"The complete history could not be read: {line(str(error))}"
    words += f"\n{code(f'events {execution_id}')} shows it page by page."
    return Message(words, (section(words),))
