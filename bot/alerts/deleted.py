"""Messages that somebody deleted although there is more to say below them."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts import rows
from bot.delivery.rows import Dead, State
from shared.tables import outbox
from shared.tables.alerts import alert_groups

_GONE = ("thread_not_found", "message_not_found")
_MESSAGE = "alert:"
# A thread that is not found though its first message was changed just now is not deleted.
_YOUNG = timedelta(minutes=1)
_ANEW = {
    **{"state": State.PENDING, "attempts": 0, "doubts": 0, "error": None, "not_before": None},
    **{"ts": None, "sent_version": 0, "sent_hash": None, "attempted_at": None},
    **{"claimed_by": None, "claimed_until": None},
}


def is_cut_off(dead: Dead) -> bool:
    """Whether it is about an alert, and what it was to be below is not there any more."""
    return dead.key.startswith(_MESSAGE) and any(each in dead.error for each in _GONE)


async def begin_again(connection: AsyncConnection, key: str, now: datetime) -> bool:
    """Post the first message of a reply anew, and the reply below it; whether that is of any use.

    Once an alert is over nobody has to hear more of it.
    """
    thread_key = await connection.scalar(select(outbox.c.thread_key).where(outbox.c.key == key))
    # The first message before its replies, as everywhere: nobody waits for each other in a circle.
    first = await _locked(connection, thread_key) if thread_key else None
    reply = await _locked(connection, key)
    if first is None or reply is None or reply.state != State.DEAD or reply.ts is not None:
        return False
    if not await _is_followed(connection, key):
        return False
    if _is_gone(first, reply, now):
        await _post_anew(connection, first)
    elif first.ts is not None and not _is_newer(first, reply):
        return False
    again = {"state": State.PENDING, "error": None, "not_before": None}
    await connection.execute(update(outbox).where(outbox.c.seq == reply.seq).values(again))
    return True


async def begin_for_replies(connection: AsyncConnection, key: str) -> bool:
    """Post a card anew below which Slack took no replies; whether there were any.

    Without them nothing happened since somebody deleted it.
    """
    first = await _locked(connection, key)
    if first is None or first.state != State.DEAD or not await _fires(connection, key):
        return False
    lost = (
        *(outbox.c.thread_key == key, outbox.c.ts.is_(None)),
        *(outbox.c.state == State.DEAD, outbox.c.error.contains(_GONE[0], autoescape=True)),
    )
    again = update(outbox).where(*lost).values(state=State.PENDING, error=None, not_before=None)
    if (await connection.execute(again)).rowcount:
        await _post_anew(connection, first)
        return True
    return False


async def _post_anew(connection: AsyncConnection, first: Row[Any]) -> None:
    await connection.execute(update(outbox).where(outbox.c.seq == first.seq).values(_ANEW))
    await rows.forget_stay(connection, first.key)


async def _is_followed(connection: AsyncConnection, key: str) -> bool:
    """Whether it is the card of an alert, or about one that fires."""
    return card_of(key) == key or await _fires(connection, card_of(key))


async def _fires(connection: AsyncConnection, card: str) -> bool:
    wanted = select(alert_groups.c.live_key).where(alert_groups.c.message_key == card)
    return await connection.scalar(wanted) is not None


def card_of(key: str) -> str:
    """The key of the card of an alert, from that of a message about it."""
    return ":".join(key.split(":")[:2])


def _is_gone(first: Row[Any], reply: Row[Any], now: datetime) -> bool:
    if first.state == State.DEAD:
        return True
    is_old = first.sent_at is None or first.sent_at <= now - _YOUNG
    return first.ts is not None and is_old and not _is_newer(first, reply)


def _is_newer(first: Row[Any], reply: Row[Any]) -> bool:
    """Whether it was shown after the reply was sent: another reply has had it posted anew."""
    times = (first.sent_at, reply.attempted_at)
    return None not in times and first.sent_at > reply.attempted_at


async def _locked(connection: AsyncConnection, key: str) -> Row[Any] | None:
    columns = ("seq", "key", "state", "ts", "sent_at", "attempted_at")
    wanted = select(*(outbox.c[name] for name in columns)).where(outbox.c.key == key)
    return (await connection.execute(wanted.with_for_update())).one_or_none()
