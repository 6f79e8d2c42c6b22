"""One execution in one channel: its card, its thread, and what was last put there."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import Priority
from bot.live import rows
from bot.live.card import Links, Notes, card
from bot.live.chapters import Chapter
from bot.live.rows import Watched
from bot.live.states import standing_of
from bot.live.telling import Reply, Told
from bot.live.thread_lines import Line
from bot.live.world import World
from bot.message import Message
from shared.timeline import Picture


@dataclass(frozen=True, slots=True)
class Plan:
    """What a channel is to be shown next: a card that changed, and replies.

    What a question follows is as urgent as the question: it belongs above it.
    """

    card: Message | None
    notes: Notes
    replies: tuple[Reply, ...]
    asks: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return self.card is None and not self.replies


class Shown:
    """Decides what changes, puts it into the outbox, and remembers it once that is certain.

    `linked` says that the card of the chapter before points to this one.
    """

    def __init__(self, world: World, watched: Watched, told: Told, chapter: Chapter) -> None:
        self.watched = watched
        self.told = told
        self.chapter = chapter
        self.links = Links()
        self.linked = watched.earlier_key is None
        self._world = world
        self._notes = Notes(watched.requested_by, world.clock())
        self._card: Message | None = None
        self._standing: str | None = None
        self._painted = float("-inf")
        self._behind = False

    @property
    def full(self) -> bool:
        """Whether what comes next belongs below a new card, once the card before leads to this."""
        return self.linked and self.chapter.is_full(self._world.rhythm, self._world.clock())

    @property
    def left_out(self) -> bool:
        """Whether the thread was told some of it in numbers only."""
        return self.told.left_out

    def has_rest(self, last: Plan) -> bool:
        """Whether something remains to be done after the last that is shown."""
        is_much = last.notes.told > self._world.rhythm.most_lines
        return not self.linked or (is_much and not last.notes.gone)

    def recall(self, watched: Watched, keys: Iterable[str], chapter: Chapter) -> None:
        """Begin anew with what the store remembers."""
        if watched.card_key != self.watched.card_key:
            self._card, self.links, self.linked = None, Links(), False
        self.watched, self.chapter = watched, chapter
        self.told.recall(keys)

    def wait(self, now: float, refresh: float) -> float | None:
        """In how many seconds something is due that waits for its time; None when nothing is."""
        waits = [self.told.due(now), self._rest(now, refresh) if self._behind else None]
        return min((wait for wait in waits if wait is not None), default=None)

    def plan(
        self,
        picture: Picture,
        lines: tuple[Line, ...],
        notes: Notes,
        now: float,
        *,
        refresh: float,
        asks: bool = False,
        at_last: bool = False,
    ) -> Plan:
        """What has changed and is due; `at_last`, and where a question follows, everything is."""
        replies = tuple(self.told.replies(lines, now, at_last=at_last or asks))
        turned = standing_of(picture) != self._standing or notes.trouble != self._notes.trouble
        notes = self.note(notes, replies)
        due = at_last or turned or self._rest(now, refresh) == 0
        painted, notes = self._paint(picture, notes) if due else (None, self._notes)
        self._behind = not due
        return Plan(painted, notes, replies, asks)

    def note(self, notes: Notes, replies: Iterable[Reply] = ()) -> Notes:
        """What is so in this channel alone."""
        told = self.told.count + sum(len(reply.told) for reply in replies)
        by = self.watched.requested_by
        return replace(notes, requested_by=by, told=told, links=self.links)

    async def put(
        self, connection: AsyncConnection, plan: Plan, now: datetime, *, at_last: bool = False
    ) -> None:
        """Hand over to the outbox, in the transaction that remembers what was told."""
        if plan.card is not None:
            await self._world.outbox.put(
                connection,
                self.watched.card_key,
                self.watched.channel,
                plan.card,
                priority=Priority.TERMINAL if at_last else Priority.REFRESH,
            )
        for reply in plan.replies:
            haste = Priority.QUESTION if plan.asks else _haste(reply)
            await self._say(connection, reply, Priority.TERMINAL if at_last else haste)
            keys = [line.key for line in reply.told]
            await rows.tell(connection, self.watched.id, keys, now)

    def done(self, plan: Plan, picture: Picture, now: float) -> None:
        """The transaction is through."""
        self.told.taken(plan.replies)
        self.chapter = replace(self.chapter, replies=self.chapter.replies + len(plan.replies))
        self._notes, self._standing = plan.notes, standing_of(picture)
        if plan.card is not None:
            self._card, self._painted = plan.card, now

    async def _say(self, connection: AsyncConnection, reply: Reply, priority: Priority) -> None:
        await self._world.outbox.put(
            connection,
            f"told:{self.watched.id}:{reply.name}",
            self.watched.channel,
            reply.message,
            thread_key=self.watched.card_key,
            priority=priority,
            gathers=True,
        )

    def _rest(self, now: float, refresh: float) -> float:
        """In how many seconds the card may be painted again."""
        return max(self._painted + refresh - now, 0)

    def _paint(self, picture: Picture, notes: Notes) -> tuple[Message | None, Notes]:
        """The card if it differs by more than its time."""
        same = replace(notes, updated_at=self._notes.updated_at)
        if card(picture, same, self._world.offers) == self._card:
            return None, same
        return card(picture, notes, self._world.offers), notes


def _haste(reply: Reply) -> Priority:
    return Priority.ALERT if any(line.urgent for line in reply.told) else Priority.TAIL
