"""Replicas whose machines disagree about the time."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from bot.delivery import Outbox, Timing
from bot.delivery.claims import Blocked, Claims
from shared.context import utc_now
from shared.same_time import SameTime
from tests.bot.deliveries import world
from tests.postgres import Postgres, running_postgres

LONG = Timing(held=600)


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with running_postgres() as running:
        yield running


def an_hour_ahead() -> datetime:
    return utc_now() + timedelta(hours=1)


async def test_what_one_replica_is_sending_is_left_alone_by_one_whose_clock_is_ahead(
    server: Postgres,
) -> None:
    async with world(server.new_database()) as ops:
        await ops.put("card", "card")
        [row] = await Claims(ops.outbox, LONG).waiting(0, Blocked(), 9)
        await Claims(ops.outbox, LONG).claim([row.seq], 0)
        time = SameTime(ops.outbox.database, an_hour_ahead)
        ahead = Claims(Outbox(ops.outbox.database, time), LONG)
        assert await ahead.waiting(0, Blocked(), 9) != [], "by its own clock the claim is over"

        await time.adjust()

        assert await ahead.waiting(0, Blocked(), 9) == []
        assert abs(time() - utc_now()) < timedelta(minutes=10)
