"""Messages that are given up: whoever is to hear of it does, however often we are interrupted."""

import logging
from collections.abc import Awaitable, Callable

from sqlalchemy import and_, or_, select, update

from bot.delivery.claims import Claims
from bot.delivery.counters import Counters
from bot.delivery.outbox import Outbox
from bot.delivery.outcomes import Outcomes
from bot.delivery.rows import Dead, Loss, Row, State, Waiting
from shared.tables import outbox
from shared.text import one_line

logger = logging.getLogger(__name__)

type OnDead = Callable[[Dead], Awaitable[None]]


class Losses:
    """A dead row stays claimed until its loss was told; when that claim ends it is told again.

    Whoever is told may hear of the same loss twice, if it was interrupted the first time.
    """

    def __init__(
        self, outbox_: Outbox, claims: Claims, counters: Counters, on_dead: OnDead
    ) -> None:
        self._outbox = outbox_
        self._claims = claims
        self._outcomes = Outcomes(outbox_)
        self._counters = counters
        self._on_dead = on_dead

    async def give_up(self, row: Row, error: str) -> None:
        """The row is not sent any more; another sender that has it by now decides for itself."""
        loss = await self._outcomes.dead(row, error)
        if loss is not None:
            self._count(loss)
            await self.tell(loss)

    async def bury(self, row: Waiting) -> Loss | None:
        """Give up a reply without a thread; None when it is not as it was seen any more."""
        said = one_line(row.orphaned or "", 500)
        loss = Loss(row.seq, self._claims.token(), Dead(row.key, row.channel, said))
        same = and_(outbox.c.seq == row.seq, outbox.c.state == row.state)
        values = {"state": State.DEAD, "error": said, "blob": None}
        claimed = {"claimed_by": loss.claim, "claimed_until": self._claims.until()}
        async with (await self._outbox.database.store()).writing() as connection:
            gone = update(outbox).where(same).values(values | claimed)
            if (await connection.execute(gone)).rowcount == 0:
                return None
        self._count(loss)
        return loss

    async def untold(self, limit: int) -> list[Loss]:
        """Losses that nobody tells, since whoever began to is gone or failed; ours from now on."""
        lost = and_(
            outbox.c.claimed_by.is_not(None),
            outbox.c.state == State.DEAD,
            or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until < self._outbox.clock()),
        )
        query = select(outbox.c.seq).where(lost).order_by(outbox.c.seq).limit(limit)
        store = await self._outbox.database.store()
        async with store.reading() as connection:
            if (await connection.execute(query)).first() is None:
                return []
        token = self._claims.token()
        mine = update(outbox).where(outbox.c.seq.in_(query.with_for_update(skip_locked=True)))
        mine = mine.values(claimed_by=token, claimed_until=self._claims.until())
        returned = mine.returning(outbox.c.seq, outbox.c.key, outbox.c.channel, outbox.c.error)
        async with store.writing() as connection:
            found = (await connection.execute(returned)).all()
        return [Loss(row.seq, token, Dead(row.key, row.channel, row.error or "")) for row in found]

    async def tell(self, loss: Loss) -> None:
        """Tell it; the row, whatever became of it by that, is free then."""
        await self._on_dead(loss.dead)
        mine = and_(outbox.c.seq == loss.seq, outbox.c.claimed_by == loss.claim)
        free = update(outbox).where(mine).values(claimed_by=None, claimed_until=None)
        async with (await self._outbox.database.store()).writing() as connection:
            await connection.execute(free)

    def _count(self, loss: Loss) -> None:
        self._counters.dead += 1
        dead = loss.dead
        logger.warning("%s in %s is given up: %s", dead.key, dead.channel, dead.error)
