"""Watches in the store, and what was told of them."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import batched
from typing import Any, Self
from uuid import uuid4

from sqlalchemy import Row, Select, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.questions.rows import insert_new
from shared.errors import OpsError
from shared.tables import told, watches

LIVE, ENDED, STOPPED, GONE = "live", "ended", "stopped", "gone"
# The key of a card, then the id of its watch, then the number of its chapter from the second on.
_CARD = "card:"
# A statement takes so many values only.
_AT_ONCE = 1_000


class ToldMeanwhile(OpsError):
    """What was to be told was told by somebody else since we looked."""


@dataclass(frozen=True, slots=True)
class Watched:
    """An execution shown in a channel; `fresh` when it was not shown there before."""

    id: str
    execution_id: str
    workflow: str
    channel: str
    card_key: str
    state: str
    mode: str
    requested_by: str
    created_at: datetime
    ended_at: datetime | None = None
    fresh: bool = False

    @property
    def live(self) -> bool:
        """Whether the card still follows."""
        return self.state == LIVE

    @property
    def live_key(self) -> str:
        """The same for all watches of one execution in one channel."""
        return hashlib.sha256(f"{self.channel} {self.execution_id}".encode()).hexdigest()

    @property
    def chapter(self) -> int:
        """Which of the cards that tell of it in turn is the present one, from 1."""
        return _chapter(self.card_key)

    @property
    def next_key(self) -> str:
        """The key of the card after this one."""
        return f"{_CARD}{self.id}:{self.chapter + 1}"

    @property
    def earlier_key(self) -> str | None:
        """The key of the card before this one."""
        match self.chapter:
            case 1:
                return None
            case 2:
                return f"{_CARD}{self.id}"
        return f"{_CARD}{self.id}:{self.chapter - 1}"

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        """From the store."""
        values = dict(row._mapping)
        del values["live_key"]
        return cls(**values)

    @classmethod
    def new(
        cls, execution_id: str, workflow: str, channel: str, *, mode: str, by: str, now: datetime
    ) -> Self:
        """One that nobody has stored yet."""
        name = uuid4().hex
        key = f"{_CARD}{name}"
        return cls(name, execution_id, workflow, channel, key, LIVE, mode, by, now, fresh=True)


async def add(connection: AsyncConnection, watched: Watched) -> bool:
    """Store a watch, unless the channel shows the execution live already; whether it was stored."""
    row = {
        "id": watched.id,
        "execution_id": watched.execution_id,
        "workflow": watched.workflow,
        "channel": watched.channel,
        "card_key": watched.card_key,
        "live_key": watched.live_key if watched.live else None,
        "state": watched.state,
        "mode": watched.mode,
        "requested_by": watched.requested_by,
        "created_at": watched.created_at,
        "ended_at": watched.ended_at,
    }
    return await insert_new(connection, watches, row)


async def live_in(connection: AsyncConnection, execution_id: str, channel: str) -> Watched | None:
    """The live watch of an execution in a channel."""
    found = await connection.execute(
        select(watches).where(
            watches.c.execution_id == execution_id,
            watches.c.channel == channel,
            watches.c.state == LIVE,
        )
    )
    row = found.first()
    return Watched.of(row) if row else None


async def ended_in(
    connection: AsyncConnection, execution_id: str, channel: str, since: datetime | None
) -> Watched | None:
    """The watch in a channel that saw the execution end; a reset since then is another matter."""
    wanted = select(watches).where(
        watches.c.execution_id == execution_id,
        watches.c.channel == channel,
        watches.c.state == ENDED,
    )
    if since is not None:
        wanted = wanted.where(watches.c.ended_at >= since)
    row = (await connection.execute(wanted.order_by(watches.c.created_at.desc()))).first()
    return Watched.of(row) if row else None


async def all_live(connection: AsyncConnection, channel: str | None = None) -> list[Watched]:
    """The live watches, oldest first: of one channel, or all."""
    wanted = _live() if channel is None else _live().where(watches.c.channel == channel)
    return [Watched.of(row) for row in await connection.execute(wanted)]


@cache
def _live() -> Select[Any]:
    # Asked every second, and building it takes longer than to find nothing.
    return select(watches).where(watches.c.state == LIVE).order_by(watches.c.created_at)


async def latest_card(connection: AsyncConnection, execution_id: str, channel: str) -> str | None:
    """The key of the newest card of an execution in a channel."""
    wanted = select(watches.c.card_key).where(
        watches.c.execution_id == execution_id, watches.c.channel == channel
    )
    return (await connection.execute(wanted.order_by(watches.c.created_at.desc()))).scalar()


async def by_card(connection: AsyncConnection, card_key: str) -> Watched | None:
    """The watch whose card this is, or was before another one followed it."""
    of_chapter = watches.c.id == card_key.removeprefix(_CARD).partition(":")[0]
    wanted = select(watches).where(or_(watches.c.card_key == card_key, of_chapter))
    row = (await connection.execute(wanted)).first()
    return Watched.of(row) if row else None


async def get(connection: AsyncConnection, watch_id: str) -> Watched | None:
    """The watch of this id."""
    row = (await connection.execute(select(watches).where(watches.c.id == watch_id))).one_or_none()
    return Watched.of(row) if row else None


async def begin_chapter(connection: AsyncConnection, watched: Watched) -> bool:
    """Go on with the next card; False when the watch is not as we know it any more."""
    same = (watches.c.id == watched.id, watches.c.card_key == watched.card_key)
    change = update(watches).where(*same, watches.c.state == LIVE)
    return (await connection.execute(change.values(card_key=watched.next_key))).rowcount == 1


async def close(connection: AsyncConnection, watch_id: str, state: str, now: datetime) -> bool:
    """End a live watch; False when it was not live any more."""
    change = update(watches).where(watches.c.id == watch_id, watches.c.state == LIVE)
    done = await connection.execute(change.values(state=state, ended_at=now, live_key=None))
    return done.rowcount == 1


async def hold_live(connection: AsyncConnection, watch_id: str) -> bool:
    """Whether a watch is live, and will be until this transaction ends."""
    wanted = select(watches.c.id).where(watches.c.id == watch_id, watches.c.state == LIVE)
    return (await connection.execute(wanted.with_for_update())).first() is not None


async def told_keys(connection: AsyncConnection, watch_id: str) -> list[str]:
    """What a thread was told."""
    found = await connection.execute(select(told.c.key).where(told.c.watch_id == watch_id))
    return list(found.scalars())


async def tell(
    connection: AsyncConnection, watch_id: str, keys: Iterable[str], now: datetime
) -> None:
    """Remember what a thread is told, in the transaction that sends it there.

    Raises ToldMeanwhile, which must undo that transaction.
    """
    wanted = [{"watch_id": watch_id, "key": key, "at": now} for key in keys]
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    for part in batched(wanted, _AT_ONCE):
        new = dialect.insert(told).values(list(part)).on_conflict_do_nothing()
        if len((await connection.execute(new.returning(told.c.key))).all()) < len(part):
            raise ToldMeanwhile("Another process tells the same thread.")


async def set_mode(connection: AsyncConnection, watch_id: str, mode: str) -> None:
    """Change how much a thread is told."""
    await connection.execute(update(watches).where(watches.c.id == watch_id).values(mode=mode))


def _chapter(card_key: str) -> int:
    _, _, number = card_key.removeprefix(_CARD).partition(":")
    return int(number) if number.isdecimal() else 1
