"""A card that is a day old, or whose thread is very long, is followed by a new one in sight."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.blocks import context, header, section
from bot.delivery import Priority
from bot.live import rows
from bot.live.card import Links, Notes, card
from bot.live.rows import Watched
from bot.live.telling import Rhythm
from bot.live.world import World
from bot.message import Message
from bot.mrkdwn import code, link, plain
from bot.questions.words import said
from shared.tables import outbox
from shared.timeline import Picture


@dataclass(frozen=True, slots=True)
class Chapter:
    """One card and its thread, of those that tell of an execution in a channel."""

    began: datetime
    replies: int

    def is_full(self, rhythm: Rhythm, now: datetime) -> bool:
        """Whether what comes next belongs below a new card."""
        age = (now - self.began).total_seconds()
        return age >= rhythm.card_age or self.replies >= rhythm.card_replies


async def present_chapter(connection: AsyncConnection, watched: Watched) -> Chapter:
    """How far the present one has come."""
    key = watched.card_key
    began = await connection.scalar(select(outbox.c.created_at).where(outbox.c.key == key))
    replies = select(func.count()).where(outbox.c.thread_key == key)
    return Chapter(began or watched.created_at, await connection.scalar(replies) or 0)


async def is_shown(connection: AsyncConnection, key: str) -> bool:
    """Whether a message of this key is in Slack, as far as the store remembers."""
    wanted = select(outbox.c.key).where(outbox.c.key == key, outbox.c.ts.is_not(None))
    return await connection.scalar(wanted) is not None


async def begin_chapter(
    connection: AsyncConnection, world: World, watched: Watched, picture: Picture, notes: Notes
) -> None:
    """Go on below a new card; nothing happens while Slack does not show the present one."""
    key, channel = watched.next_key, watched.channel
    if not await is_shown(connection, watched.card_key):
        return
    if not await rows.begin_chapter(connection, watched):
        return
    earlier = await world.questions.permalinks.to(connection, watched.card_key)
    notes = replace(notes, links=Links(earlier, notes.links.questions))
    painted = card(picture, notes, world.offers)
    await world.outbox.put(connection, key, channel, painted, priority=Priority.ALERT)


def goes_on(watched: Watched, url: str | None) -> Message:
    """What the card of an earlier chapter turns into."""
    name, execution_id = said(watched.workflow, 100), code(watched.execution_id, 300)
    newer = link(url, "in a newer message") if url else "in a newer message"
    return Message(
        f"↪️ {name} {execution_id} goes on in a newer message",
        (
            header(f"↪️ {plain(watched.workflow or watched.execution_id, 90)} · goes on"),
            section(f"*Execution* {execution_id}\nIt goes on {newer}."),
            context("A card begins anew after a day, or when its thread is long"),
        ),
    )
