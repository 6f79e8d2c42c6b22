"""Executions shown live in channels: a card that follows, and a thread that tells."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.blocks import section
from bot.delivery import Dead, Outbox, Posted, Priority
from bot.live import rows
from bot.live.card import Links, Notes, card
from bot.live.controls import Offers
from bot.live.followers import Followers
from bot.live.following import IMPATIENT
from bot.live.links import link_back
from bot.live.rows import Watched
from bot.live.starter import starter_of
from bot.live.telling import ALL, Rhythm
from bot.live.world import World
from bot.message import Message
from bot.questions import Questions
from shared.context import Clock, utc_now
from shared.database import Database
from shared.errors import OpsError
from shared.leases import Lease, Leases, keep
from shared.operations.event_pages import read_events
from shared.operations.parts import Parts
from shared.operations.target import Target, find
from shared.stream import Pace
from shared.timeline import Picture, build

if TYPE_CHECKING:
    from shared.api import WorkflowsApi

_log = logging.getLogger(__name__)

QUESTIONS = "questions"
# People look at cards: they are not to stand still for long when a process is gone.
LENGTH = timedelta(seconds=10)


class Live:
    """All watches: one stream per execution, whoever watches it and wherever it was asked for."""

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
        leases: Leases | None = None,
    ) -> None:
        self._world = World(
            database, outbox, api, questions, clock, offers, rhythm or Rhythm(), pace, url
        )
        self._leases = leases or Leases(database, clock=clock, length=LENGTH)
        self._followers = Followers(self._world, self._leases)

    async def run(self) -> None:
        """Resume every watch and follow for ever; questions are looked after too.

        Of several processes on one store, each follows its share.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._followers.run())
            group.create_task(keep(self._leases, QUESTIONS, self._ask_after))

    async def watch(self, execution_id: str, channel: str, *, by: str, mode: str = ALL) -> Watched:
        """Show an execution in a channel from now on; the watch that is there already, if any.

        Raises NotFound, and whatever else the API or the store meets.
        """
        target = await find(self._world.api, execution_id)
        if target.past:
            target = await find(self._world.api, target.id)
        picture = await self._picture(target)
        watched = await self._enter(target, picture, channel, by, mode)
        self._world.outbox.wake()
        if watched.live:
            await self._followers.attach(watched)
        return watched

    async def unwatch(self, execution_id: str, channel: str) -> Watched | None:
        """Stop, and leave the card as it stands; None where the channel does not watch it."""
        store = await self._world.database.store()
        async with store.reading() as connection:
            watched = await rows.live_in(connection, execution_id, channel)
        if watched is None:
            return None
        now = self._world.clock()
        picture = self._followers.picture(execution_id) or await self._present(watched)
        async with store.writing() as connection:
            if await rows.close(connection, watched.id, rows.STOPPED, now):
                watched = await rows.get(connection, watched.id) or watched
                await self._put_card(connection, watched, picture, live=False)
                await link_back(connection, self._world, watched)
        self._world.outbox.wake()
        await self._followers.detach(watched)
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
        async with store.writing() as connection:
            watched = await rows.by_card(connection, dead.key)
            if watched is None or not watched.live or watched.card_key != dead.key:
                return
            await rows.close(connection, watched.id, rows.STOPPED, self._world.clock())
        _log.warning("the card of %s is lost: %s", watched.execution_id, dead.error)
        await self._followers.detach(watched)

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
        return await self._whole(target) if target.ended else build([], target.execution).picture

    async def _present(self, watched: Watched) -> Picture:
        """What can be had of an execution that another process follows, or nobody."""
        try:
            return await self._whole(await find(self._world.api, watched.execution_id))
        except OpsError:
            return Picture(watched.execution_id, watched.workflow, None)

    async def _whole(self, target: Target) -> Picture:
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
                # One whose last words are still on their way.
                known = known or await rows.live_in(connection, target.id, channel)
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
        return replace(watched, mode=mode)

    async def _put_card(
        self, connection: AsyncConnection, watched: Watched, picture: Picture, *, live: bool
    ) -> None:
        began, key = picture.started_at, watched.earlier_key
        name, links = picture.execution_id, self._world.questions.permalinks
        notes = Notes(
            requested_by=watched.requested_by,
            updated_at=self._world.clock(),
            live=live,
            url=self._world.url(watched.execution_id),
            started_by=await starter_of(connection, name, began) if began else None,
            links=Links(await links.to(connection, key) if key else None),
        )
        await self._world.outbox.put(
            connection,
            watched.card_key,
            watched.channel,
            card(picture, notes, self._world.offers),
            priority=Priority.INTERACTIVE,
        )

    async def _ask_after(self, lease: Lease) -> None:
        """Look after open questions, for ever."""
        while True:
            try:
                await self._world.questions.sweep()
            except OpsError as error:
                _log.warning("questions could not be looked after: %s", error)
            except Exception:
                _log.exception("looking after questions failed")
            await asyncio.sleep(self._world.rhythm.sweep)
