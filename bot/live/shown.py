"""One execution in one channel: its card, its thread, and what was last put there."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import Outbox, Priority
from bot.live import rows
from bot.live.card import Notes, card
from bot.live.controls import Offers
from bot.live.rows import Watched
from bot.live.states import standing_of
from bot.live.telling import Reply, Told
from bot.live.thread_lines import Line
from bot.message import Message
from shared.timeline import Picture


@dataclass(frozen=True, slots=True)
class Plan:
    """What a channel is to be shown next: a card that changed, and replies."""

    card: Message | None
    notes: Notes
    replies: tuple[Reply, ...]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return self.card is None and not self.replies


class Shown:
    """Decides what changes, puts it into the outbox, and remembers it once that is certain."""

    def __init__(
        self, watched: Watched, told: Told, outbox: Outbox, offers: Offers, now: datetime
    ) -> None:
        self.watched = watched
        self.told = told
        self._outbox = outbox
        self._offers = offers
        self._notes = Notes(watched.requested_by, now)
        self._card: Message | None = None
        self._standing: str | None = None
        self._painted = float("-inf")
        self._behind = False

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
        at_last: bool = False,
    ) -> Plan:
        """What has changed and is due; `at_last` everything is."""
        replies = tuple(self.told.replies(lines, now, at_last=at_last))
        turned = standing_of(picture) != self._standing or notes.trouble != self._notes.trouble
        count = self.told.count + sum(len(reply.told) for reply in replies)
        notes = replace(notes, requested_by=self.watched.requested_by, told=count)
        due = at_last or turned or self._rest(now, refresh) == 0
        painted, notes = self._paint(picture, notes) if due else (None, self._notes)
        self._behind = not due
        return Plan(painted, notes, replies)

    async def put(
        self, connection: AsyncConnection, plan: Plan, now: datetime, *, at_last: bool = False
    ) -> None:
        """Hand over to the outbox, in the transaction that remembers what was told."""
        if plan.card is not None:
            await self._outbox.put(
                connection,
                self.watched.card_key,
                self.watched.channel,
                plan.card,
                priority=Priority.TERMINAL if at_last else Priority.REFRESH,
            )
        for reply in plan.replies:
            await self._say(connection, reply, Priority.TERMINAL if at_last else _haste(reply))
            keys = [line.key for line in reply.told]
            await rows.tell(connection, self.watched.id, keys, now)

    def done(self, plan: Plan, picture: Picture, now: float) -> None:
        """The transaction is through."""
        self.told.taken(plan.replies)
        self._notes, self._standing = plan.notes, standing_of(picture)
        if plan.card is not None:
            self._card, self._painted = plan.card, now

    async def _say(self, connection: AsyncConnection, reply: Reply, priority: Priority) -> None:
        await self._outbox.put(
            connection,
            f"told:{self.watched.id}:{reply.name}",
            self.watched.channel,
            reply.message,
            thread_key=self.watched.card_key,
            priority=priority,
        )

    def _rest(self, now: float, refresh: float) -> float:
        """In how many seconds the card may be painted again."""
        return max(self._painted + refresh - now, 0)

    def _paint(self, picture: Picture, notes: Notes) -> tuple[Message | None, Notes]:
        """The card if it differs by more than its time."""
        same = replace(notes, updated_at=self._notes.updated_at)
        if card(picture, same, self._offers) == self._card:
            return None, same
        return card(picture, notes, self._offers), notes


def _haste(reply: Reply) -> Priority:
    return Priority.ALERT if any(line.urgent for line in reply.told) else Priority.TAIL
