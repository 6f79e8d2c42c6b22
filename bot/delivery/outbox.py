"""What is to be shown in Slack, written in the transaction of whoever wants it shown."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.priority import Priority
from bot.delivery.rows import (
    UNSENT,
    Dead,
    Kind,
    Posted,
    State,
    file_content,
    file_key,
    fingerprint,
    gathered,
    message_content,
)
from bot.message import File, Message
from shared.context import Clock, utc_now
from shared.database import Database
from shared.tables import outbox


class Outbox:
    """The messages we want; whoever put one calls `wake` after the transaction."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self.database = database
        self.clock = clock
        self.woken = asyncio.Event()

    async def put(
        self,
        connection: AsyncConnection,
        key: str,
        channel: str,
        message: Message,
        *,
        thread_key: str | None = None,
        priority: Priority,
        gathers: bool = False,
    ) -> None:
        """Show a message, or make it the newest version of the one with this key.

        Equal content changes nothing, and neither does a newer version of a dead message. A reply
        that `gathers` joins the one before it while that one waits: it is put once, without files.
        """
        content = message_content(message) | ({"gathers": True} if gathers else {})
        if gathers and thread_key and await _joins(connection, thread_key, content, priority):
            await _hurry(connection, thread_key, priority, self.clock())
            return
        row = await _row(connection, key)
        if row is None and not await self._insert(
            connection, key, Kind.MESSAGE, channel, content, thread_key, priority
        ):
            row = await _row(connection, key)
        if row is not None:
            await _renew(connection, row, content, priority, self.clock())
        if thread_key is not None:
            await _hurry(connection, thread_key, priority, self.clock())
        for file in message.files:
            await self.put_file(
                connection,
                file_key(key, file),
                channel,
                file,
                thread_key=thread_key or key,
                priority=priority,
            )

    async def put_file(
        self,
        connection: AsyncConnection,
        key: str,
        channel: str,
        file: File,
        *,
        thread_key: str | None,
        comment: str = "",
        priority: Priority = Priority.ALERT,
    ) -> None:
        """Show a file, once: files do not change."""
        content = file_content(file, comment)
        await self._insert(
            connection, key, Kind.FILE, channel, content, thread_key, priority, blob=file.content
        )
        if thread_key is not None:
            await _hurry(connection, thread_key, priority, self.clock())

    async def anchor(self, connection: AsyncConnection, channel: str, ts: str) -> str:
        """The key under which replies to a message of somebody else can be put."""
        known = await _key_at(connection, channel, ts)
        if known is not None:
            return known
        key = f"ts:{channel}:{ts}"
        await self._insert(
            connection, key, Kind.ANCHOR, channel, {}, None, Priority.TAIL, state=State.SENT, ts=ts
        )
        return key

    async def drop(self, connection: AsyncConnection, key: str) -> None:
        """Forget a message: it and its replies are not sent any more; what is shown remains."""
        unsent_reply = and_(
            outbox.c.thread_key == key, outbox.c.ts.is_(None), outbox.c.state.in_(UNSENT)
        )
        await connection.execute(delete(outbox).where(or_(outbox.c.key == key, unsent_reply)))

    async def forget(
        self, connection: AsyncConnection, before: datetime, *kept: Select[tuple[str]]
    ) -> None:
        """Remove what came to rest before a moment; it can be neither changed nor found again.

        What has the keys that `kept` selects stays, and so does what begins a thread that waits.
        """
        rests = outbox.c.state.in_((State.SENT, State.DEAD))
        moved = func.coalesce(outbox.c.sent_at, outbox.c.created_at)
        reply = outbox.alias("reply")
        waiting = select(reply.c.thread_key).where(
            reply.c.state.in_(UNSENT), reply.c.thread_key.is_not(None)
        )
        wanted = [outbox.c.key.not_in(keys) for keys in (waiting, *kept)]
        await connection.execute(delete(outbox).where(rests, moved < before, *wanted))

    def wake(self) -> None:
        """Tell the sender of this process that something was put."""
        self.woken.set()

    async def ts(self, key: str) -> str | None:
        """The time stamp of a message that is shown."""
        place = await self.place_of(key)
        return place.ts if place else None

    async def place_of(self, key: str) -> Posted | None:
        """Where a message is shown."""
        query = select(outbox.c.channel, outbox.c.ts).where(
            outbox.c.key == key, outbox.c.ts.is_not(None)
        )
        async with (await self.database.store()).reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return Posted(row.channel, row.ts) if row else None

    async def find(self, channel: str, ts: str) -> str | None:
        """The key of the message at this place, when it is one of ours."""
        async with (await self.database.store()).reading() as connection:
            return await _key_at(connection, channel, ts)

    async def dead(self, limit: int = 50) -> list[Dead]:
        """The latest messages that could not be shown or changed."""
        query = select(outbox).where(outbox.c.state == State.DEAD).order_by(outbox.c.seq.desc())
        async with (await self.database.store()).reading() as connection:
            rows = (await connection.execute(query.limit(limit))).all()
        return [Dead(row.key, row.channel, row.error or "") for row in rows]

    async def depth(self) -> dict[State, int]:
        """How many messages are in each state on their way, and how many are dead."""
        query = (
            select(outbox.c.state, func.count())
            .where(outbox.c.state.in_((*UNSENT, State.DEAD)))
            .group_by(outbox.c.state)
        )
        async with (await self.database.store()).reading() as connection:
            return {State(state): number for state, number in await connection.execute(query)}

    async def _insert(
        self,
        connection: AsyncConnection,
        key: str,
        kind: Kind,
        channel: str,
        content: Mapping[str, Any],
        thread_key: str | None,
        priority: Priority,
        **others: Any,
    ) -> bool:
        """Whether the row is new."""
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        now = self.clock()
        values = {
            "key": key,
            "kind": kind,
            "channel": channel,
            "thread_key": thread_key,
            "content": content,
            "version": 1,
            "sent_version": 0,
            "priority": priority,
            "state": State.PENDING,
            "attempts": 0,
            "doubts": 0,
            "step": 0,
            "created_at": now,
            "wanted_at": now,
            **others,
        }
        insert = dialect.insert(outbox).values(values).on_conflict_do_nothing()
        return (await connection.execute(insert)).rowcount == 1


async def _row(connection: AsyncConnection, key: str) -> RowMapping | None:
    query = select(outbox).where(outbox.c.key == key).with_for_update()
    return (await connection.execute(query)).mappings().one_or_none()


async def _key_at(connection: AsyncConnection, channel: str, ts: str) -> str | None:
    query = select(outbox.c.key).where(outbox.c.channel == channel, outbox.c.ts == ts)
    return (await connection.execute(query.order_by(outbox.c.seq).limit(1))).scalar()


async def _renew(
    connection: AsyncConnection,
    row: RowMapping,
    content: Mapping[str, Any],
    priority: Priority,
    now: datetime,
) -> None:
    """Make the content the newest version of a row."""
    if row["state"] == State.DEAD or row["kind"] != Kind.MESSAGE:
        return
    unsent = row["version"] > row["sent_version"]
    changes: dict[str, Any] = {}
    if fingerprint(content) != fingerprint(row["content"]):
        changes = {"content": content, "version": row["version"] + 1}
        if row["state"] == State.SENT:
            changes["state"] = State.PENDING
    # A pending version that was urgent stays so when a newer one takes its place, as does its age.
    if priority < row["priority"] if unsent else changes:
        changes |= {"priority": priority, "wanted_at": now}
    if changes:
        await connection.execute(update(outbox).where(outbox.c.seq == row["seq"]).values(changes))


async def _joins(
    connection: AsyncConnection, thread_key: str, content: Mapping[str, Any], priority: Priority
) -> bool:
    """Make it part of the last reply of the thread, if that has not begun to be sent."""
    query = select(outbox).where(outbox.c.thread_key == thread_key)
    query = query.order_by(outbox.c.seq.desc()).limit(1).with_for_update()
    last = (await connection.execute(query)).mappings().one_or_none()
    if last is None or last["state"] != State.PENDING or last["ts"] is not None:
        return False
    joined = gathered(last["content"], content) if last["content"].get("gathers") else None
    if joined is None:
        return False
    values = {"content": joined, "version": last["version"] + 1}
    values["priority"] = min(last["priority"], priority)
    await connection.execute(update(outbox).where(outbox.c.seq == last["seq"]).values(values))
    return True


async def _hurry(
    connection: AsyncConnection, thread_key: str, priority: Priority, now: datetime
) -> None:
    """What must be shown before an urgent reply is as urgent."""
    before = or_(outbox.c.thread_key == thread_key, outbox.c.key == thread_key)
    await connection.execute(
        update(outbox)
        .where(before, outbox.c.ts.is_(None), outbox.c.state.in_(UNSENT))
        .where(outbox.c.priority > priority)
        .values(priority=priority, wanted_at=now)
    )
