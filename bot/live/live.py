"""Executions shown live in channels: a card that follows, and a thread that tells."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.blocks import section
from bot.delivery import Dead, Outbox, Posted, Priority
from bot.live import rows
from bot.live.card import Notes, card
from bot.live.controls import Offers
from bot.live.follower import IMPATIENT, Follower, World
from bot.live.rows import Watched
from bot.live.shown import Shown
from bot.live.telling import ALL, Rhythm, Told
from bot.message import Message
from bot.questions import Questions
from shared.context import Clock, utc_now
from shared.database import Database
from shared.errors import OpsError
from shared.operations.event_pages import read_events
from shared.operations.parts import Parts
from shared.operations.target import Target, find
from shared.stream import Pace
from shared.timeline import Picture, build

if TYPE_CHECKING:
    from shared.api import WorkflowsApi

_log = logging.getLogger(__name__)


class Live:
    """All watches: one stream per execution, whoever watches it."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        api: "WorkflowsApi",
        questions: Questions,
        *,
        clock: Clock = utc_now,
        offers: Offers = lambda effect: True,
        url: Callable[[str], str | None] = lambda execution_id: None,
        rhythm: Rhythm | None = None,
        pace: Pace = IMPATIENT,
    ) -> None:
        rhythm = rhythm or Rhythm()
        self._world = World(
            database, outbox, api, questions, clock, offers, rhythm, pace, url, self._cards
        )
        self._followers: dict[str, Follower] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        """Resume every watch and follow for ever; questions are looked after too."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            try:
                await self._look_after()
            finally:
                self._group = None

    async def watch(self, execution_id: str, channel: str, *, by: str, mode: str = ALL) -> Watched:
        """Show an execution in a channel from now on; the watch that is there already, if any.

        Raises NotFound, and whatever else the API or the store meets.
        """
        target = await find(self._world.api, execution_id)
        if target.past:
            target = await find(self._world.api, target.id)
        picture = await self._picture(target)
        async with self._turn:
            watched = await self._enter(target, picture, channel, by, mode)
        self._world.outbox.wake()
        if watched.live:
            await self._attach(watched)
        return watched

    async def unwatch(self, execution_id: str, channel: str) -> Watched | None:
        """Stop, and leave the card as it stands; None where the channel does not watch it."""
        store = await self._world.database.store()
        async with store.reading() as connection:
            watched = await rows.live_in(connection, execution_id, channel)
        if watched is None:
            return None
        now = self._world.clock()
        async with self._turn:
            picture = await self._detach(watched)
            async with store.writing() as connection:
                if await rows.close(connection, watched.id, rows.STOPPED, now):
                    await self._put_card(connection, watched, picture, live=False)
        self._world.outbox.wake()
        return replace(watched, state=rows.STOPPED, ended_at=now)

    async def watches(self, channel: str | None = None) -> list[Watched]:
        """What is watched now: in one channel, or everywhere."""
        store = await self._world.database.store()
        async with store.reading() as connection:
            return await rows.all_live(connection, channel)

    async def execution_at(self, channel: str, thread_ts: str) -> str | None:
        """The execution whose card begins this thread."""
        key = await self._world.outbox.find(channel, thread_ts)
        if key is None:
            return None
        store = await self._world.database.store()
        async with store.reading() as connection:
            watched = await rows.by_card(connection, key)
        return watched.execution_id if watched else None

    async def lost(self, dead: Dead) -> None:
        """A message cannot be shown any more; a watch without its card is over."""
        store = await self._world.database.store()
        async with self._turn:
            async with store.writing() as connection:
                watched = await rows.by_card(connection, dead.key)
                if watched is None or not watched.live:
                    return
                await rows.close(connection, watched.id, rows.STOPPED, self._world.clock())
            _log.warning("the card of %s is lost: %s", watched.execution_id, dead.error)
            await self._detach(watched)

    async def card_of(self, execution_id: str, channel: str) -> Posted | None:
        """Where the latest card of an execution is in a channel, live or not."""
        store = await self._world.database.store()
        async with store.reading() as connection:
            key = await rows.latest_card(connection, execution_id, channel)
        return await self._world.outbox.place_of(key) if key else None

    async def tell(self, execution_id: str, text: str) -> None:
        """Say in every thread of an execution what a person did; the text is markup of ours."""
        message = Message(text, (section(text),))
        watches = [each for each in await self.watches() if each.execution_id == execution_id]
        store = await self._world.database.store()
        async with store.writing() as connection:
            for watched in watches:
                await self._world.outbox.put(
                    connection,
                    f"act:{uuid4().hex}",
                    watched.channel,
                    message,
                    thread_key=watched.card_key,
                    priority=Priority.ALERT,
                )
        self._world.outbox.wake()

    async def _picture(self, target: Target) -> Picture:
        """What is known without a stream: of an execution that has ended, everything."""
        if not target.ended:
            return build([], target.execution).picture
        reading = read_events(self._world.api, target)
        events, _ = await Parts().have("Events", reading, ([], False))
        return build(events, target.execution).picture

    async def _enter(
        self, target: Target, picture: Picture, channel: str, by: str, mode: str
    ) -> Watched:
        """The watch that the channel has, or a new one with its card in one transaction."""
        now, name = self._world.clock(), target.execution.workflow_name
        watched = Watched.new(target.id, name, channel, mode=mode, by=by, now=now)
        store = await self._world.database.store()
        async with store.writing() as connection:
            if target.ended:
                since = target.execution.end_time
                known = await rows.ended_in(connection, target.id, channel, since)
                watched = replace(watched, state=rows.ENDED, ended_at=now)
            else:
                known = await rows.live_in(connection, target.id, channel)
            if known is None and await rows.add(connection, watched):
                await self._put_card(connection, watched, picture, live=True)
                return watched
            known = known or await rows.live_in(connection, target.id, channel)
            assert known is not None
            return await self._change_mode(connection, known, mode)

    async def _change_mode(
        self, connection: AsyncConnection, watched: Watched, mode: str
    ) -> Watched:
        if watched.mode == mode or not watched.live:
            return watched
        await rows.set_mode(connection, watched.id, mode)
        follower = self._followers.get(watched.execution_id)
        shown = follower.find(watched.id) if follower else None
        if shown is not None:
            shown.told.mode = mode
        return replace(watched, mode=mode)

    async def _put_card(
        self, connection: AsyncConnection, watched: Watched, picture: Picture, *, live: bool
    ) -> None:
        notes = Notes(
            requested_by=watched.requested_by,
            updated_at=self._world.clock(),
            live=live,
            url=self._world.url(watched.execution_id),
        )
        await self._world.outbox.put(
            connection,
            watched.card_key,
            watched.channel,
            card(picture, notes, self._world.offers),
            priority=Priority.INTERACTIVE,
        )

    async def _attach(self, watched: Watched) -> None:
        """Follow the execution, or let the follower that is there show it once more."""
        if self._group is None:
            # Nothing runs yet; what is stored will be resumed.
            return
        store = await self._world.database.store()
        async with store.reading() as connection:
            keys = await rows.told_keys(connection, watched.id)
        told = Told.of(watched.mode, self._world.rhythm, keys)
        shown = Shown(watched, told, self._world.outbox, self._world.offers, self._world.clock())
        follower = self._followers.get(watched.execution_id)
        if follower is None or follower.over:
            follower = self._begin(watched)
        follower.add(shown)

    def _begin(self, watched: Watched) -> Follower:
        assert self._group is not None
        follower = Follower(self._world, watched.execution_id, watched.workflow)
        self._followers[watched.execution_id] = follower
        task = self._group.create_task(self._keep(follower))
        self._tasks[watched.execution_id] = task
        return follower

    async def _keep(self, follower: Follower) -> None:
        """One execution that cannot be followed must not stop the others."""
        failures = 0
        while not follower.over:
            try:
                await follower.run()
            except Exception:
                failures += 1
                _log.exception("following %s failed", follower.execution_id)
                await asyncio.sleep(self._world.backoff(failures))
        if self._followers.get(follower.execution_id) is follower:
            del self._followers[follower.execution_id]
            del self._tasks[follower.execution_id]

    async def _detach(self, watched: Watched) -> Picture:
        """Show it there no more; the last picture."""
        follower = self._followers.get(watched.execution_id)
        if follower is None:
            return await self._present(watched)
        await follower.remove(watched.id)
        if not follower.watches and self._followers.get(watched.execution_id) is follower:
            del self._followers[watched.execution_id]
            self._tasks.pop(watched.execution_id).cancel()
        return follower.picture

    async def _present(self, watched: Watched) -> Picture:
        try:
            execution = await self._world.api.get_execution(watched.execution_id)
        except OpsError:
            return Picture(watched.execution_id, watched.workflow, None)
        return build([], execution).picture

    async def _look_after(self) -> None:
        """Follow what is stored and not followed, and look after open questions, for ever."""
        while True:
            try:
                await self._resume()
                await self._world.questions.sweep()
            except OpsError as error:
                _log.warning("watches and questions could not be looked after: %s", error)
            except Exception:
                _log.exception("looking after watches and questions failed")
            await asyncio.sleep(self._world.rhythm.sweep)

    async def _resume(self) -> None:
        async with self._turn:
            stored = await self.watches()
            for watched in stored:
                follower = self._followers.get(watched.execution_id)
                if follower is None or follower.over or follower.find(watched.id) is None:
                    await self._attach(watched)
            await self._forget_others({watched.id for watched in stored})

    async def _forget_others(self, stored: set[str]) -> None:
        """Leave what another process has ended."""
        for follower in tuple(self._followers.values()):
            for watched in follower.watches:
                if watched.id not in stored and not follower.over:
                    await self._detach(watched)

    def _cards(self) -> int:
        return sum(len(follower.watches) for follower in self._followers.values())
