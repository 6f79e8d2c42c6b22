"""Follows one execution for all channels that watch it, until it ended or is gone."""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import Outbox
from bot.live import rows
from bot.live.asking import Asking
from bot.live.card import Notes
from bot.live.controls import Offers
from bot.live.rows import Watched
from bot.live.shown import Plan, Shown
from bot.live.states import is_unsettled, standing_of
from bot.live.telling import Rhythm
from bot.live.thread_lines import Line, lines
from bot.questions import Questions
from shared.context import Clock
from shared.database import Database
from shared.errors import NotFound, OpsError
from shared.leases import Guard, LeaseLost
from shared.stream import Ended, Pace, follow
from shared.stream.tasks import first_of
from shared.text import one_line
from shared.timeline import Picture, Timeline

if TYPE_CHECKING:
    from shared.api import WorkflowsApi

_log = logging.getLogger(__name__)

# Gives up soon, because the card is to say so; we begin again ourselves, for ever.
IMPATIENT = Pace(attempts=3, longest_wait=5.0)
_UNKNOWN_TIMES = 3
_QUIET_SECONDS = 0.4
_CATCH_UP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class World:
    """What followers work with."""

    database: Database
    outbox: Outbox
    api: "WorkflowsApi"
    questions: Questions
    clock: Clock
    offers: Offers
    rhythm: Rhythm
    pace: Pace
    url: Callable[[str], str | None]
    now: Callable[[], float] = field(default=time.monotonic)

    def backoff(self, failures: int) -> float:
        """The jittered wait after so many failures in a row."""
        grown = self.rhythm.first_wait * 2.0 ** min(failures - 1, 20)
        return min(grown, self.rhythm.longest_wait) * (0.5 + random.random() / 2)


class Follower:
    """One stream, one timeline, and the channels that are shown them."""

    def __init__(
        self,
        world: World,
        guard: Guard,
        cards: Callable[[], int],
        execution_id: str,
        workflow: str,
    ) -> None:
        self.execution_id = execution_id
        self.over = False
        self._world = world
        self._guard = guard
        self._cards = cards
        self._timeline = Timeline(execution_id, workflow)
        self._asking = Asking(world.questions)
        self._shown: dict[str, Shown] = {}
        self._changed = asyncio.Event()
        self._turn = asyncio.Lock()
        self._trouble: datetime | None = None
        self._uncertain = False
        self._looking = True

    @property
    def picture(self) -> Picture:
        """All that is known now."""
        return self._timeline.picture

    @property
    def watches(self) -> list[Watched]:
        """The channels."""
        return [shown.watched for shown in self._shown.values()]

    def add(self, shown: Shown) -> None:
        """Show it in one more channel."""
        self._shown.setdefault(shown.watched.id, shown)
        self._changed.set()

    async def remove(self, watch_id: str) -> None:
        """Show it there no more; nothing is put there once this returns."""
        async with self._turn:
            self._shown.pop(watch_id, None)

    def find(self, watch_id: str) -> Shown | None:
        """What one watch is shown."""
        return self._shown.get(watch_id)

    async def stop_looking(self) -> None:
        """Let a look that goes on come to its end: no transaction is to be interrupted."""
        async with self._turn:
            self._looking = False

    async def run(self) -> None:
        """Return when the execution ended, or when the API no longer knows it.

        Raises LeaseLost when another process follows it now.
        """
        self._looking = True
        try:
            await first_of(self._follow(), self._show())
        except NotFound:
            await self._finish(rows.GONE)
        else:
            await self._finish(rows.ENDED)

    async def _follow(self) -> None:
        failures = unknown = 0
        while True:
            try:
                self._timeline.settle(await self._world.api.get_execution(self.execution_id))
                self._changed.set()
                async with aclosing(
                    follow(self._world.api, self.execution_id, pace=self._world.pace)
                ) as items:
                    async for item in items:
                        failures, unknown, self._trouble = 0, 0, None
                        self._timeline.take(item)
                        self._changed.set()
                        if isinstance(item, Ended):
                            await self.stop_looking()
                            return
            except NotFound:
                # An execution that has just begun may be unknown for a moment.
                unknown += 1
                if unknown >= _UNKNOWN_TIMES:
                    await self.stop_looking()
                    raise
            except OpsError as error:
                self._interrupt(error)
            failures += 1
            await asyncio.sleep(self._world.backoff(failures))

    def _interrupt(self, error: OpsError) -> None:
        _log.info("following %s is interrupted: %s", self.execution_id, one_line(str(error)))
        self._trouble = self._trouble or self._world.clock()
        self._changed.set()

    async def _show(self) -> None:
        await self._catch_up()
        failures = 0
        while True:
            self._changed.clear()
            try:
                await self._look()
                failures = 0
            except LeaseLost:
                raise
            except OpsError as error:
                failures += 1
                _log.warning("what %s does could not be shown: %s", self.execution_id, error)
                await asyncio.sleep(self._world.backoff(failures))
                continue
            await asyncio.sleep(self._world.rhythm.look)
            await self._wait()

    async def _catch_up(self) -> None:
        """Let the past go by: a stream begins with all that happened so far."""
        deadline = self._world.now() + _CATCH_UP_SECONDS
        await self._changed.wait()
        while self._changed.is_set() and self._world.now() < deadline:
            self._changed.clear()
            await asyncio.sleep(_QUIET_SECONDS)

    async def _wait(self) -> None:
        """Until something changes, or something that waits for its time is due."""
        now, refresh = self._world.now(), self._refresh()
        waits = [shown.wait(now, refresh) for shown in self._shown.values()]
        rest = min((wait for wait in waits if wait is not None), default=None)
        try:
            async with asyncio.timeout(rest):
                await self._changed.wait()
        except TimeoutError:
            return

    async def _look(self) -> None:
        picture = self.picture
        if picture.status is None:
            # After a restart without the API the card that is there knows more than we do.
            return
        if _is_ending(picture) and self._trouble is None:
            # Soon it is contradicted, or the stream has brought the rest and ends by itself.
            return
        async with self._turn:
            if not self._looking:
                return
            await self._recall()
            plans = self._plans(picture)
            watches = self.watches
            if not plans and not self._asking.has_news(picture, watches):
                return
            store = await self._world.database.store()
            self._uncertain = True
            async with store.writing() as connection:
                await self._guard(connection)
                over = await self._put(connection, plans)
                told = await self._asking.tell(connection, picture, watches)
            self._uncertain = False
            self._asking.done(told)
            self._done(plans, picture)
            for watch_id in over:
                del self._shown[watch_id]
        self._world.outbox.wake()

    async def _put(
        self, connection: AsyncConnection, plans: Iterable[tuple[Shown, Plan]]
    ) -> list[str]:
        """Hand over what is planned; the watches that another process has ended meanwhile."""
        over = []
        for shown, plan in plans:
            if await rows.hold_live(connection, shown.watched.id):
                await shown.put(connection, plan, self._world.clock())
            else:
                over.append(shown.watched.id)
        return over

    def _plans(self, picture: Picture) -> list[tuple[Shown, Plan]]:
        # An end is told last: not before the stream has brought what came before it.
        found = () if _is_ending(picture) else lines(picture)
        now, refresh = self._world.now(), self._refresh()
        plans = [
            (shown, shown.plan(picture, found, self._notes(), now, refresh=refresh))
            for shown in self._shown.values()
        ]
        return [(shown, plan) for shown, plan in plans if not plan.empty]

    async def _recall(self) -> None:
        """After a transaction that was interrupted only the store knows what was told."""
        if not self._uncertain:
            return
        store = await self._world.database.store()
        async with store.reading() as connection:
            for shown in self._shown.values():
                shown.told.recall(await rows.told_keys(connection, shown.watched.id))
        self._uncertain = False

    def _done(self, plans: Iterable[tuple[Shown, Plan]], picture: Picture) -> None:
        for shown, plan in plans:
            shown.done(plan, picture, self._world.now())

    def _notes(self, *, gone: bool = False) -> Notes:
        return Notes(
            requested_by="",
            updated_at=self._world.clock(),
            trouble=self._trouble,
            gone=gone,
            url=self._world.url(self.execution_id),
        )

    def _refresh(self) -> float:
        return self._world.rhythm.refresh(self._cards())

    async def _finish(self, state: str) -> None:
        """The last card and the last lines, as often as it takes."""
        failures = 0
        while True:
            try:
                async with self._turn:
                    await self._close(state)
                    self.over = True
                self._world.outbox.wake()
                return
            except LeaseLost:
                raise
            except OpsError as error:
                failures += 1
                _log.warning("the end of %s could not be shown: %s", self.execution_id, error)
                await asyncio.sleep(self._world.backoff(failures))

    async def _close(self, state: str) -> None:
        picture, now = self.picture, self._world.clock()
        await self._recall()
        notes, found = self._notes(gone=state == rows.GONE), lines(picture)
        plans = self._last(picture, found, notes)
        store = await self._world.database.store()
        self._uncertain = True
        async with store.writing() as connection:
            await self._guard(connection)
            for shown, plan in plans:
                if await rows.close(connection, shown.watched.id, state, now):
                    await shown.put(connection, plan, now, at_last=True)
            await self._asking.tell(connection, picture, ())
            ids = [part.execution_id for part in picture.tree()]
            await self._world.questions.supersede(connection, ids)

    def _last(
        self, picture: Picture, found: tuple[Line, ...], notes: Notes
    ) -> list[tuple[Shown, Plan]]:
        now = self._world.now()
        return [
            (shown, shown.plan(picture, found, notes, now, refresh=0, at_last=True))
            for shown in self._shown.values()
        ]


def _is_ending(picture: Picture) -> bool:
    return is_unsettled(picture) or standing_of(picture).ended
