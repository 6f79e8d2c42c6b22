"""Who sends which row: a claim is held for a while, so that a sender may die at any instant."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Row as SqlRow
from sqlalchemy import and_, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.outbox import Outbox
from bot.delivery.priority import Priority
from bot.delivery.rows import Kind, Row, State, Waiting
from bot.delivery.sendable import any_work, claimable, most_urgent, times
from bot.delivery.timing import Timing
from shared.leases import is_gone, new_owner
from shared.tables import outbox

_ACTIVE = timedelta(minutes=10)
# Any number that no other program takes for its own advisory locks.
_LOCK = 7_305_521_877


@dataclass(frozen=True, slots=True)
class Blocked:
    """What need not be looked at now, since its calls have to wait."""

    channels: frozenset[str] = frozenset()
    refreshes: bool = False


class Claims:
    """The sender's side of the outbox."""

    def __init__(self, outbox_: Outbox, timing: Timing) -> None:
        self._outbox = outbox_
        self._held = timedelta(seconds=timing.held)
        self._settling = timedelta(seconds=timing.settling)
        self._process = new_owner().rpartition(".")[0]

    def token(self) -> str:
        """A name for a new claim of this process."""
        return f"{self._process}.{uuid4().hex[:12]}"

    def until(self) -> datetime:
        """When a claim ends that is made or renewed now."""
        return self._outbox.clock() + self._held

    async def waiting(self, spacing: float, blocked: Blocked, limit: int) -> list[Waiting]:
        """The rows that may be sent now, the most urgent first, and those first wanted before."""
        query = most_urgent(refreshes=not blocked.refreshes, channels=bool(blocked.channels))
        values: dict[str, Any] = {**times(self._outbox.clock(), spacing), "most": limit}
        if blocked.channels:
            values["blocked"] = tuple(blocked.channels)
        async with (await self._outbox.database.store()).reading() as connection:
            return [_waiting(row) for row in await connection.execute(query, values)]

    async def any_work(self) -> bool:
        """Whether there may be anything to do for a sender now."""
        now = {"now": self._outbox.clock()}
        async with (await self._outbox.database.store()).reading() as connection:
            return bool(await connection.scalar(any_work(), now))

    async def sent_since(self, since: datetime) -> bool:
        """Whether anybody has shown something since then."""
        query = select(outbox.c.seq).where(outbox.c.sent_at > since).limit(1)
        async with (await self._outbox.database.store()).reading() as connection:
            return (await connection.execute(query)).first() is not None

    async def live(self) -> int:
        """How many messages were refreshed lately or are about to be."""
        since = self._outbox.clock() - _ACTIVE
        query = (
            select(func.count())
            .select_from(outbox)
            .where(outbox.c.priority >= Priority.REFRESH, outbox.c.kind == Kind.MESSAGE)
            .where(outbox.c.ts.is_not(None), outbox.c.state != State.DEAD)
            .where(outbox.c.sent_at > since)
        )
        async with (await self._outbox.database.store()).reading() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def claim(self, seqs: Collection[int], spacing: float) -> list[Row]:
        """Claim those that may still be sent; every other sender leaves them alone."""
        token, now = self.token(), self._outbox.clock()
        values = {**times(now, spacing), "seqs": tuple(seqs)}
        async with (await self._outbox.database.store()).writing() as connection:
            await _one_at_a_time(connection)
            found = (await connection.execute(claimable(), values)).all()
            until = self.until()
            rows = [_row(row, token, until) for row in found if _waiting(row).orphaned is None]
            await _mark(connection, rows, token, now, until)
        return rows

    async def free(self) -> None:
        """Let go what a process of this machine has claimed that is no more.

        What it was sending may still be on its way to Slack, which must show it before us.
        """
        now = self._outbox.clock()
        held = outbox.c.claimed_until >= now
        store = await self._outbox.database.store()
        async with store.reading() as connection:
            query = select(outbox.c.claimed_by).where(outbox.c.claimed_by.is_not(None), held)
            owners = (await connection.execute(query.distinct())).scalars().all()
        gone = [owner for owner in owners if is_gone(owner)]
        if gone:
            async with store.writing() as connection:
                await _free(connection, gone, now + self._settling)

    async def hold(self, claims: Mapping[int, str]) -> None:
        """Hold the rows that are on their way, by number and claim, for longer."""
        mine = and_(outbox.c.seq.in_(claims), outbox.c.claimed_by.in_(set(claims.values())))
        # Whoever changes one of them may wait for another: what is left out has its turn soon.
        free = select(outbox.c.seq).where(mine).with_for_update(skip_locked=True)
        async with (await self._outbox.database.store()).writing() as connection:
            longer = update(outbox).where(outbox.c.seq.in_(free)).values(claimed_until=self.until())
            await connection.execute(longer)

    def is_over(self, row: Row) -> bool:
        """Whether the claim has ended since, unless it was renewed, as by who stood still."""
        return self._outbox.clock() >= row.claimed_until

    async def renew(self, row: Row) -> bool:
        """Hold a claim for longer; False when it was lost to another sender."""
        return await self._change(row, {"claimed_until": self.until()})

    async def repeat(self, row: Row, doubts: int) -> bool:
        """Begin to post once more; False when the claim was lost."""
        return await self._change(
            row,
            {
                "state": State.SENDING,
                "attempted_version": row.version,
                "doubts": doubts,
                "claimed_until": self.until(),
            },
        )

    async def keep_file_id(self, row: Row, file_id: str) -> bool:
        """Remember which file is about to be shown, and when; False when the claim was lost."""
        content = {**row.content, "file_id": file_id}
        attempted = {"attempted_at": self._outbox.clock(), "claimed_until": self.until()}
        return await self._change(row, {"content": content, **attempted})

    async def _change(self, row: Row, values: dict[str, Any]) -> bool:
        async with (await self._outbox.database.store()).writing() as connection:
            return await change(connection, row, values)


async def change(connection: AsyncConnection, row: Row, values: dict[str, Any]) -> bool:
    """Change a row that is still claimed."""
    mine = and_(outbox.c.seq == row.seq, outbox.c.claimed_by == row.claim)
    return (await connection.execute(update(outbox).where(mine).values(values))).rowcount == 1


async def _free(connection: AsyncConnection, owners: Collection[str], settled: datetime) -> None:
    theirs, sending = outbox.c.claimed_by.in_(owners), outbox.c.state == State.SENDING
    longer = and_(theirs, sending, outbox.c.claimed_until > settled)
    await connection.execute(update(outbox).where(longer).values(claimed_until=settled))
    await connection.execute(update(outbox).where(theirs, ~sending).values(claimed_until=None))


async def _one_at_a_time(connection: AsyncConnection) -> None:
    """Let no other sender claim until this transaction ends; SQLite sees to that by itself."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


async def _mark(
    connection: AsyncConnection, rows: Sequence[Row], token: str, now: datetime, until: datetime
) -> None:
    claimed: dict[str, Any] = {"claimed_by": token, "claimed_until": until}
    # What is shown is not known for certain again before Slack has answered.
    begun = {**claimed, "state": State.SENDING, "sent_hash": None}
    posted = {**begun, "attempted_at": now, "attempted_version": outbox.c.version, "doubts": 1}
    doubtful = {**claimed, "state": State.AMBIGUOUS}
    groups: tuple[tuple[dict[str, Any], list[int]], ...] = (
        (begun, [row.seq for row in rows if row.ts is not None]),
        (doubtful, [row.seq for row in rows if row.doubtful]),
        (posted, [row.seq for row in rows if row.ts is None and not row.doubtful]),
    )
    for values, seqs in groups:
        if seqs:
            await connection.execute(update(outbox).where(outbox.c.seq.in_(seqs)).values(values))


def _waiting(row: SqlRow[Any]) -> Waiting:
    return Waiting(
        seq=row.seq,
        key=row.key,
        kind=Kind(row.kind),
        state=State(row.state),
        channel=row.place,
        thread_key=row.thread_key,
        is_shown=row.ts is not None,
        priority=Priority(row.priority),
        orphaned=_orphaned(row),
    )


def _orphaned(row: SqlRow[Any]) -> str | None:
    if row.thread_key is None or row.ts is not None:
        return None
    if row.parent_seq is None:
        return "The first message of its thread is not known."
    if row.parent_state == State.DEAD:
        return f"The first message of its thread is not there: {row.parent_error}"
    return None


def _row(row: SqlRow[Any], token: str, until: datetime) -> Row:
    return Row(
        seq=row.seq,
        claim=token,
        claimed_until=until,
        key=row.key,
        kind=Kind(row.kind),
        channel=row.place,
        thread_key=row.thread_key,
        thread_ts=row.thread_ts,
        content=row.content,
        blob=row.blob,
        version=row.version,
        sent_hash=row.sent_hash,
        priority=Priority(row.priority),
        state=State(row.state),
        attempts=row.attempts,
        ts=row.ts,
        attempted_at=row.attempted_at,
        attempted_version=row.attempted_version,
        doubts=row.doubts,
        step=row.step,
        wanted_at=row.wanted_at,
    )
