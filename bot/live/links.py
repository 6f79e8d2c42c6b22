"""What only the store tells of an execution: who started it, and where its messages are."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import Priority, State
from bot.live.asking import Asking
from bot.live.card import Links
from bot.live.chapters import goes_on, is_shown
from bot.live.rows import Watched
from bot.live.shown import Shown
from bot.live.starter import Starter, starter_of
from bot.live.world import World
from shared.tables import outbox, question_cards, questions
from shared.timeline import Picture, Question


class Linking:
    """Finds the links of cards as soon as Slack shows what they lead to, and links the way back."""

    def __init__(self, world: World, asking: Asking) -> None:
        self.starter: Starter | None = None
        self.linkable: list[Shown] = []
        self._world = world
        self._asking = asking
        self._looked = False
        self._lost: set[tuple[str, str, str]] = set()

    def lacks(self, picture: Picture, shown: Iterable[Shown]) -> bool:
        """Whether there is anything to look for."""
        return any(not each.linked or self._missing(picture, each) for each in shown)

    async def learn(self, picture: Picture, shown: Iterable[Shown]) -> None:
        """Look for what is missing."""
        lacking = [each for each in shown if self.lacks(picture, [each])]
        if self._looked and not lacking:
            return
        store = await self._world.database.store()
        async with store.reading() as connection:
            if not self._looked and picture.started_at:
                name, began = picture.execution_id, picture.started_at
                self.starter, self._looked = await starter_of(connection, name, began), True
            for each in lacking:
                await self._look(connection, picture, each)

    def done(self) -> None:
        """The transaction is through."""
        for each in self.linkable:
            each.linked = True
        self.linkable = []

    async def _look(self, connection: AsyncConnection, picture: Picture, shown: Shown) -> None:
        watched, links = shown.watched, self._world.questions.permalinks
        waits = not shown.linked and shown not in self.linkable
        if waits and await is_shown(connection, watched.card_key):
            self.linkable.append(shown)
        earlier = await links.to(connection, watched.earlier_key) if watched.earlier_key else None
        missing = self._missing(picture, shown)
        ids = {each.execution_id for each in picture.pending_inputs}
        found = await links.to_questions(connection, watched.channel, ids) if ids else {}
        shown.links = Links(earlier, found)
        if missing:
            lost = await _lost_questions(connection, watched.channel, ids)
            self._lost |= {(*each, watched.channel) for each in lost}
        for question in missing:
            if shown.links.to(question):
                # It was put there when its card had no address yet.
                self._asking.again(question, watched)

    def _missing(self, picture: Picture, shown: Shown) -> list[Question]:
        if not self._world.questions.permalinks.known:
            return []
        return [
            each
            for each in picture.pending_inputs
            if not shown.links.to(each)
            and (each.execution_id, each.task_id, shown.watched.channel) not in self._lost
        ]


async def _lost_questions(
    connection: AsyncConnection, channel: str, execution_ids: Iterable[str]
) -> set[tuple[str, str]]:
    """The executions and tasks of questions that a channel will never be shown."""
    shown = question_cards.join(questions, questions.c.id == question_cards.c.question_id)
    query = (
        select(questions.c.execution_id, questions.c.task_id)
        .select_from(shown.join(outbox, outbox.c.key == question_cards.c.card_key))
        .where(
            question_cards.c.channel == channel,
            questions.c.execution_id.in_(tuple(execution_ids)),
            outbox.c.ts.is_(None),
            outbox.c.state == State.DEAD,
        )
    )
    return {(row.execution_id, row.task_id) for row in await connection.execute(query)}


async def link_back(connection: AsyncConnection, world: World, watched: Watched) -> None:
    """Let the card before this one lead to it; one that was forgotten is not posted anew."""
    key = watched.earlier_key
    if key is not None and await is_shown(connection, key):
        url = await world.questions.permalinks.to(connection, watched.card_key)
        note = goes_on(watched, url)
        await world.outbox.put(connection, key, watched.channel, note, priority=Priority.REFRESH)
