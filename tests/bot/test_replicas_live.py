"""Several bots on one PostgreSQL database: who follows what, and what becomes of it."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.live.share import Share
from shared.context import utc_now
from shared.leases import Leases
from tests.bot.gate import gate_to
from tests.bot.live_stage import Bot, Theatre, labels, shown, theatre, title
from tests.bot.stores import postgres
from tests.postgres import Postgres
from tests.slack.workspace import until

__all__ = ["postgres"]

# Nobody loses a long one however slow the machine is; a short one is for who is to be lost.
LONG, SHORT = timedelta(minutes=10), timedelta(seconds=1.5)


@pytest.fixture
async def stage(sandbox_url: str, tmp_path: Path) -> AsyncGenerator[Theatre]:
    async with theatre(sandbox_url, tmp_path) as running:
        yield running


async def test_what_is_watched_by_way_of_another_bot_is_shown_by_the_one_that_follows_it(
    stage: Theatre, postgres: Postgres
) -> None:
    url = postgres.new_database()
    execution_id = await stage.sandbox.waiting()
    async with stage.bot(url, LONG) as one, stage.bot(url, LONG) as two:
        await one.live.watch(execution_id, stage.channel(), by=stage.user("ana"), mode="state")
        await two.live.watch(execution_id, stage.channel("general"), by=stage.user("ben"))
        await stage.until(lambda: tells(stage, "policy", "general"))
        again = await two.live.watch(execution_id, stage.channel(), by=stage.user("ben"))
        assert again.mode == "all"
        await stage.until(lambda: tells(stage, "check_policy"))
        await two.api.terminate_execution(execution_id)

        for channel in ("ops", "general"):
            await stage.titled("🛑 expense-approval · terminated", channel)
            await stage.until(partial(tells, stage, "was terminated", channel))
    assert stage.line.most == {execution_id: 1}


async def test_what_is_not_watched_any_more_by_way_of_another_bot_is_left_alone(
    stage: Theatre, postgres: Postgres
) -> None:
    url = postgres.new_database()
    execution_id = await stage.sandbox.waiting()
    async with stage.bot(url, LONG) as one, stage.bot(url, LONG) as two:
        await one.live.watch(execution_id, stage.channel(), by=stage.user("ana"))
        await stage.titled("waiting")
        stopped = await two.live.unwatch(execution_id, stage.channel())
        [card] = await stage.until(
            lambda: [each for each in stage.cards() if "No longer watched" in shown(each)]
        )
        await stage.until(lambda: not stage.line.open[execution_id])

        assert stopped is not None
        assert labels(card) == ["Status", "Logs", "Trace", "Watch again"]
        assert "Waiting for an answer" in shown(card)
        await until(lambda: holders(one, execution_id), lambda found: not found)


async def test_a_bot_that_stops_leaves_what_it_follows_to_the_others_at_once(
    stage: Theatre, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A database that is slow is not what this is about.
    monkeypatch.setattr("shared.leases.keeping._PARTING_SECONDS", 60)
    url = postgres.new_database()
    execution_id = await stage.sandbox.waiting()
    async with stage.bot(url, LONG) as two:
        async with stage.bot(url, LONG) as one:
            await one.live.watch(execution_id, stage.channel(), by=stage.user("ana"))
            await stage.titled("waiting")
        await two.api.terminate_execution(execution_id)
        await stage.titled("🛑 expense-approval · terminated")
    assert stage.line.most == {execution_id: 1}


async def test_a_bot_that_comes_back_from_far_away_tells_nothing_of_what_others_took_over(
    stage: Theatre, postgres: Postgres
) -> None:
    url = postgres.new_database()
    execution_id = await stage.sandbox.start("long-sync", seconds=4_000)
    async with contextlib.AsyncExitStack() as stack:
        gate = await stack.enter_async_context(gate_to(postgres))
        one = await stack.enter_async_context(stage.bot(gate.url(url), SHORT))
        await one.live.watch(execution_id, stage.channel(), by=stage.user("ana"))
        await stage.titled("⏳ long-sync · running")
        # On a busy machine a lease this short may be between two renewals just now.
        [first] = await until(lambda: holders(one, execution_id), deadline=60)
        await stage.until(lambda: stage.line.open[execution_id])
        gate.stall()
        two = await stack.enter_async_context(stage.bot(url, LONG))
        await stage.until(lambda: stage.line.open[execution_id] == 2)
        [second] = await until(lambda: holders(two, execution_id), deadline=60)
        gate.resume()
        # Whoever was away notices, and stops.
        await stage.until(lambda: stage.line.open[execution_id] == 1)
        assert await holders(two, execution_id) == {second}
        await two.api.terminate_execution(execution_id)
        await stage.titled("🛑 long-sync · terminated")
        await stage.until(lambda: tells(stage, "was terminated"))

    assert second != first
    told = Counter(line for line in stage.lines() if "since" not in line)
    assert set(told.values()) == {1}, told


async def test_a_bot_whose_lease_was_taken_writes_nothing_more_about_that_execution(
    stage: Theatre,
) -> None:
    execution_id, other = await asyncio.gather(stage.sandbox.waiting(), stage.sandbox.waiting())
    async with stage.bot(lease=LONG) as bot:
        await bot.live.watch(execution_id, stage.channel(), by=stage.user("ana"))
        await stage.titled("waiting")
        await stage.until(lambda: stage.line.open[execution_id])
        hasty = Leases(bot.database, clock=lambda: utc_now() + 2 * LONG)
        taken = await hasty.acquire(f"watch:{execution_id}")
        assert taken is not None
        await bot.api.terminate_execution(execution_id)
        await stage.until(lambda: not stage.line.open[execution_id])
        # Long enough for a last card: another execution is shown from its beginning to its end.
        await bot.live.watch(other, stage.channel("general"), by=stage.user("ana"))
        await bot.api.terminate_execution(other)
        await stage.titled("🛑 expense-approval · terminated", "general")

        assert "waiting" in title(stage.cards()[0])
        assert not tells(stage, "was terminated")
        await Leases(bot.database, taken.owner).release([taken])
        await stage.titled("🛑 expense-approval · terminated")
        await stage.until(lambda: tells(stage, "was terminated"))


async def test_what_one_bot_has_too_much_of_goes_to_others_and_is_taken_over_when_they_die(
    stage: Theatre, postgres: Postgres
) -> None:
    url = postgres.new_database()
    # However two of them share these, it is too much for one as soon as there are three.
    watched = await asyncio.gather(*(stage.sandbox.waiting() for _ in range(9)))
    async with contextlib.AsyncExitStack() as stack:
        gate = await stack.enter_async_context(gate_to(postgres))
        one = await stack.enter_async_context(stage.bot(url, LONG))
        for each in watched:
            await one.live.watch(each, stage.channel(), by=stage.user("ana"))
        two = await stack.enter_async_context(stage.bot(url, LONG))
        dying = contextlib.AsyncExitStack()
        await dying.enter_async_context(stage.bot(gate.url(url), SHORT))

        async def shares() -> list[int]:
            return sorted(Counter(await all_holders(one)).values())

        await until(shares, lambda found: len(found) == 3 and sum(found) == 9, deadline=120)
        gate.cut()
        await dying.aclose()
        await until(shares, lambda found: len(found) == 2 and sum(found) == 9, deadline=120)
        await asyncio.gather(*(two.api.terminate_execution(each) for each in watched))
        await stage.until(lambda: sum("🛑" in title(each) for each in stage.cards()) == 9)
        assert await two.live.watches() == []
    assert len(stage.cards()) == 9


async def test_nobody_follows_what_nobody_watches_while_the_rest_is_shared(
    stage: Theatre, postgres: Postgres
) -> None:
    url = postgres.new_database()
    execution_id = await stage.sandbox.ended("document-processing", pages=1)
    async with stage.bot(url, LONG) as one, stage.bot(url, LONG) as two:
        await one.live.watch(execution_id, stage.channel(), by=stage.user("ana"))
        await stage.titled("✅ document-processing · completed")
        assert await all_holders(two) == []


def test_shares_are_fair_enough_for_everything_and_small_differences_stay() -> None:
    for total in range(40):
        for processes in range(1, 6):
            share = Share(total, processes)
            assert share.fair * processes >= total
            for held in range(total + 1):
                left = held - share.excess(held)
                assert left >= min(held, share.fair)
                assert not (share.room(held) and share.excess(held))
    assert Share(10, 0).room(0) == 10
    assert Share(10, 2).excess(6) == 0
    assert Share(10, 2).excess(10) == 5
    assert Share(100, 2).excess(100) == 10


def tells(stage: Theatre, words: str, channel: str = "ops") -> bool:
    """Whether a line of the thread has these words."""
    return any(words in line for line in stage.lines(channel))


async def holders(bot: Bot, execution_id: str) -> set[str]:
    """Who follows an execution."""
    async with (await bot.database.store()).reading() as connection:
        found = await Leases(bot.database).holders(connection)
    return {owner for name, owner in found.items() if name == f"watch:{execution_id}"}


async def all_holders(bot: Bot) -> list[str]:
    """Who follows anything, once for each."""
    async with (await bot.database.store()).reading() as connection:
        found = await Leases(bot.database).holders(connection)
    return [owner for name, owner in found.items() if name.startswith("watch:")]
