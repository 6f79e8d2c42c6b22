"""The channels that watch one execution, and what all of them are shown in one transaction."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.live import rows
from bot.live.asking import Asking
from bot.live.card import Notes
from bot.live.chapters import begin_chapter, present_chapter
from bot.live.links import Linking, link_back
from bot.live.rows import Watched
from bot.live.shown import Plan, Shown
from bot.live.states import is_unsettled, standing_of
from bot.live.thread_lines import Line, lines
from bot.live.world import World
from bot.questions.rows import asked_in
from shared.leases import Guard
from shared.timeline import Picture


class Audience:
    """Shows a picture to every channel; what was told is certain once its transaction is through.

    `cards` counts the cards that live, which share the rate at which Slack takes updates.
    """

    def __init__(self, world: World, guard: Guard, cards: Callable[[], int]) -> None:
        self._world = world
        self._guard = guard
        self._cards = cards
        self._asking = Asking(world.questions)
        self._linking = Linking(world, self._asking)
        self._shown: dict[str, Shown] = {}
        self._turn = asyncio.Lock()
        self._uncertain = False
        self._looking = True

    @property
    def watches(self) -> list[Watched]:
        """The channels."""
        return [shown.watched for shown in self._shown.values()]

    @property
    def refresh(self) -> float:
        """The seconds from one look of a card to the next."""
        return self._world.rhythm.refresh(self._cards())

    def add(self, shown: Shown) -> None:
        """One more channel."""
        self._shown.setdefault(shown.watched.id, shown)

    async def remove(self, watch_id: str) -> None:
        """One less; nothing is put there once this returns."""
        async with self._turn:
            self._shown.pop(watch_id, None)

    def find(self, watch_id: str) -> Shown | None:
        """What one watch is shown."""
        return self._shown.get(watch_id)

    def look_again(self) -> None:
        """Begin to show."""
        self._looking = True

    async def stop_looking(self) -> None:
        """Let a look that goes on come to its end: no transaction is to be interrupted."""
        async with self._turn:
            self._looking = False

    def wait(self, picture: Picture) -> float | None:
        """In how many seconds something is due that waits for its time."""
        now, refresh = self._world.now(), self.refresh
        waits = [shown.wait(now, refresh) for shown in self._shown.values()]
        if self._linking.lacks(picture, self._shown.values()):
            waits.append(refresh)
        return min((wait for wait in waits if wait is not None), default=None)

    async def look(self, picture: Picture, notes: Notes) -> None:
        """Show what is new and due."""
        if picture.status is None:
            # After a restart without the API the card that is there knows more than we do.
            return
        if _is_ending(picture) and notes.trouble is None:
            # Soon it is contradicted, or the stream has brought the rest and ends by itself.
            return
        async with self._turn:
            if self._looking:
                # An end is told last: not before the stream has brought what came before it.
                await self._show(picture, () if _is_ending(picture) else lines(picture), notes)

    async def close(self, picture: Picture, notes: Notes) -> list[Shown]:
        """Show the end; the watches that something remains to be done for are not over yet."""
        now, found = self._world.clock(), lines(picture)
        async with self._turn:
            notes = await self._prepare(picture, found, notes)
            plans = self._plans(picture, found, notes, at_last=True)
            rest = [shown for shown, plan in plans if shown.has_rest(plan)]
            async with self._writing() as connection:
                for shown, plan in plans:
                    if await _hold(connection, shown, notes, now, over=shown not in rest):
                        await shown.put(connection, plan, now, at_last=True)
                await self._asking.tell(connection, picture, ())
                ids = [part.execution_id for part in picture.tree()]
                await self._world.questions.supersede(connection, ids)
            self._done(plans, picture)
        self._world.outbox.wake()
        return rest

    @contextlib.asynccontextmanager
    async def finishing(self) -> AsyncGenerator[AsyncConnection]:
        """A transaction after the end, in which nobody leaves."""
        async with self._turn, self._writing() as connection:
            yield connection
        self._world.outbox.wake()

    async def _show(self, picture: Picture, found: tuple[Line, ...], notes: Notes) -> None:
        notes = await self._prepare(picture, found, notes)
        plans = [each for each in self._plans(picture, found, notes) if not each[1].empty]
        watches = self.watches
        linkable = self._linking.linkable
        if not (plans or linkable or self._asking.has_news(picture, watches)):
            return
        async with self._writing() as connection:
            over = await self._put(connection, plans)
            for shown in linkable:
                await link_back(connection, self._world, shown.watched)
            told = await self._asking.tell(connection, picture, watches)
        self._asking.done(told)
        self._linking.done()
        self._done(plans, picture)
        for watch_id in over:
            del self._shown[watch_id]
        self._world.outbox.wake()

    async def _prepare(self, picture: Picture, found: tuple[Line, ...], notes: Notes) -> Notes:
        """Know what the store knows, and have room in every thread for what comes next."""
        await self._recall()
        await self._linking.learn(picture, self._shown.values())
        notes = replace(notes, started_by=self._linking.starter)
        full = [each for each in self._shown.values() if each.full]
        full = [each for each in full if await self._has_news(each, picture, found)]
        if full:
            async with self._writing() as connection:
                for shown in full:
                    mine = shown.note(notes)
                    await begin_chapter(connection, self._world, shown.watched, picture, mine)
            self._uncertain = True
            await self._recall()
            await self._linking.learn(picture, full)
        return notes

    async def _has_news(self, shown: Shown, picture: Picture, found: tuple[Line, ...]) -> bool:
        if shown.told.news(found):
            return True
        if not self._asking.asks(picture, shown.watched):
            return False
        # After a restart only the store knows what was asked.
        asked = {(each.execution_id, each.task_id) for each in picture.pending_inputs}
        store = await self._world.database.store()
        async with store.reading() as connection:
            ids = {execution_id for execution_id, _ in asked}
            return bool(asked - await asked_in(connection, shown.watched.channel, ids))

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

    def _plans(
        self,
        picture: Picture,
        found: tuple[Line, ...],
        notes: Notes,
        *,
        at_last: bool = False,
    ) -> list[tuple[Shown, Plan]]:
        now, refresh = self._world.now(), self.refresh
        return [
            (
                shown,
                shown.plan(
                    picture,
                    found,
                    notes,
                    now,
                    refresh=refresh,
                    asks=self._asking.asks(picture, shown.watched),
                    at_last=at_last,
                ),
            )
            for shown in self._shown.values()
        ]

    def _done(self, plans: Sequence[tuple[Shown, Plan]], picture: Picture) -> None:
        for shown, plan in plans:
            shown.done(plan, picture, self._world.now())

    @contextlib.asynccontextmanager
    async def _writing(self) -> AsyncGenerator[AsyncConnection]:
        store = await self._world.database.store()
        self._uncertain = True
        async with store.writing() as connection:
            await self._guard(connection)
            yield connection
        self._uncertain = False

    async def _recall(self) -> None:
        """After a transaction that was interrupted only the store knows what was told."""
        if not self._uncertain:
            return
        store = await self._world.database.store()
        async with store.reading() as connection:
            # A channel may join meanwhile.
            for shown in tuple(self._shown.values()):
                watched = await rows.get(connection, shown.watched.id) or shown.watched
                keys = await rows.told_keys(connection, watched.id)
                shown.recall(watched, keys, await present_chapter(connection, watched))
        self._uncertain = False


async def _hold(
    connection: AsyncConnection, shown: Shown, notes: Notes, now: datetime, *, over: bool
) -> bool:
    """Whether the watch was live until now; it is no more where it is over."""
    if not over:
        return await rows.hold_live(connection, shown.watched.id)
    state = rows.GONE if notes.gone else rows.ENDED
    return await rows.close(connection, shown.watched.id, state, now)


def _is_ending(picture: Picture) -> bool:
    return is_unsettled(picture) or standing_of(picture).ended
