"""Watches and questions in the store, on both databases and with two bots at once."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.live import rows
from bot.live.followers import Followers, lease_name
from bot.live.rows import ToldMeanwhile, Watched
from bot.live.world import World
from bot.questions import rows as question_rows
from bot.questions.rows import Stand
from shared.context import utc_now
from shared.database import Database
from shared.leases import Lease, Leases
from shared.timeline import Question, State
from tests.bot.deliveries import running, until
from tests.bot.live_stage import HASTY, QUICK, Bot, Theatre, shown, theatre, title
from tests.bot.stores import opened, postgres, store_url
from tests.postgres import Postgres
from tests.slack.workspace import until as until_found

__all__ = ["postgres", "store_url"]

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LONG = timedelta(minutes=10)
# Looks at what is watched once.
SLEEPY = replace(QUICK, take=3_600.0)


@pytest.fixture
async def stage(sandbox_url: str, tmp_path: Path) -> AsyncGenerator[Theatre]:
    async with theatre(sandbox_url, tmp_path) as running:
        yield running


def watch() -> Watched:
    return Watched.new("e-1", "long-sync", "C1", mode="all", by="U1", now=NOW)


async def test_of_two_who_watch_the_same_in_a_channel_one_is_stored(store_url: str) -> None:
    async with opened(store_url) as here, opened(store_url) as there:

        async def add(database: Database) -> bool:
            async with (await database.store()).writing() as connection:
                return await rows.add(connection, watch())

        assert sorted(await asyncio.gather(add(here), add(there))) == [False, True]


async def test_a_line_that_was_told_meanwhile_undoes_all_that_was_to_be_told_with_it(
    store_url: str,
) -> None:
    async with opened(store_url) as database:
        store = await database.store()
        async with store.writing() as connection:
            await rows.tell(connection, "w-1", ["step:a#1"], NOW)
        with pytest.raises(ToldMeanwhile):
            async with store.writing() as connection:
                await rows.tell(connection, "w-1", ["step:b#1", "step:a#1"], NOW)
        async with store.reading() as connection:
            assert await rows.told_keys(connection, "w-1") == ["step:a#1"]


async def test_a_watch_that_has_ended_is_not_held(store_url: str) -> None:
    async with opened(store_url) as database:
        watched = watch()
        async with (await database.store()).writing() as connection:
            await rows.add(connection, watched)
            assert await rows.hold_live(connection, watched.id)
            assert await rows.close(connection, watched.id, rows.ENDED, NOW)
            assert not await rows.close(connection, watched.id, rows.ENDED, NOW)
            assert not await rows.hold_live(connection, watched.id)


async def test_of_many_who_answer_at_once_one_takes_the_question(store_url: str) -> None:
    async with opened(store_url) as here, opened(store_url) as there:
        asked = await question(here)

        async def take(database: Database, name: str) -> bool:
            async with (await database.store()).writing() as connection:
                values = {"answered_by": name, "answered_at": NOW, "claimed_until": later(10)}
                return await question_rows.claim(connection, asked, now=NOW, values=values)

        taken = [take(each, f"U{number}") for number in range(4) for each in (here, there)]
        assert sum(await asyncio.gather(*taken)) == 1


async def test_a_question_whose_taker_fell_silent_can_be_taken_and_one_that_is_held_not(
    store_url: str,
) -> None:
    async with opened(store_url) as database:
        asked = await question(database)

        async def take(name: str, now: datetime) -> bool:
            until = now + timedelta(seconds=10)
            async with (await database.store()).writing() as connection:
                values = {"answered_by": name, "answered_at": now, "claimed_until": until}
                return await question_rows.claim(connection, asked, now=now, values=values)

        assert await take("U1", NOW)
        async with (await database.store()).writing() as connection:
            seen = await question_rows.get(connection, asked)
            assert seen is not None
            await question_rows.hold(connection, seen, later(20))
        assert not await take("U2", later(15))
        assert await take("U2", later(25))
        async with (await database.store()).writing() as connection:
            assert not await question_rows.move(connection, seen, Stand.ANSWERED)


async def test_two_bots_on_one_database_tell_nothing_twice_and_end_in_the_same_card(
    stage: Theatre, postgres: Postgres
) -> None:
    url = postgres.new_database()
    waiting = await stage.sandbox.waiting()
    async with stage.bot(url, LONG) as one, stage.bot(url, LONG) as two:
        execution_id = await stage.watched(one, "document-processing", pages=40)
        await two.live.watch(waiting, stage.channel("general"), by=stage.user("ana"))
        await stage.titled("🟡 expense-approval · waiting", "general")
        await one.api.terminate_execution(waiting)
        await stage.titled("🛑 expense-approval · terminated", "general")
        card = await stage.titled("✅ document-processing · completed in")
        await stage.until(lambda: any("completed after" in line for line in stage.lines()))
        await one.settled()

    assert stage.line.most == {execution_id: 1, waiting: 1}
    assert title(card).startswith("✅")
    assert sum("✅ `extract_page`" in line for line in stage.lines()) == 40
    assert sum("completed after" in line for line in stage.lines()) == 1
    asked = [each for each in stage.thread("general") if "Manager approval" in shown(each)]
    assert sum("*Manager approval*" in shown(each) for each in asked) <= 2
    assert len({each.metadata["event_payload"]["key"] for each in asked if each.metadata}) == len(
        asked
    )


async def test_a_watch_that_went_on_in_a_new_card_is_taken_over_there(
    stage: Theatre, store_url: str
) -> None:
    execution_id = await stage.sandbox.waiting()
    async with stage.bot(store_url) as bot:
        known = await bot.live.watch(execution_id, stage.channel(), by=stage.user("ana"))
        first = await stage.titled("🟡 expense-approval · waiting")

    async with opened(store_url) as database:
        other, here = Leases(database, "other", length=LONG), Leases(database, "here")
        held = await free(other, lease_name(execution_id))
        async with stage.bot(store_url, rhythm=SLEEPY) as bot:
            followers = Followers(world_of(bot), here)
            async with running(followers.run):
                await until(lambda: is_at_work(database, here))
                async with (await database.store()).writing() as connection:
                    assert await rows.begin_chapter(connection, known)
                await other.release([held])
                await followers.attach(known)
                await stage.until(lambda: "goes on" in title(first))
                titles = ["↪️ expense-approval · goes on", "🟡 expense-approval · waiting"]
                await stage.until(lambda: [title(each) for each in stage.cards()] == titles)


async def free(leases: Leases, name: str) -> Lease:
    """A lease, as soon as whoever had it has left it or is taken to be gone."""
    lease = await until_found(lambda: leases.acquire(name))
    assert lease is not None
    return lease


async def is_at_work(database: Database, leases: Leases) -> bool:
    """Whether somebody looks at what is watched."""
    async with (await database.store()).reading() as connection:
        return f"replica:{leases.owner}" in await leases.holders(connection)


def world_of(bot: Bot) -> World:
    """What the followers of a bot work with."""
    return World(
        bot.database,
        bot.outbox,
        bot.api,
        bot.questions,
        utc_now,
        lambda effect: True,
        SLEEPY,
        HASTY,
        lambda execution_id: None,
    )


async def question(database: Database) -> str:
    """An open question."""
    wanted = Question("task-1", "e-1", "r-1", "long-sync", State.RUNNING, "Go on?")
    async with (await database.store()).writing() as connection:
        return (await question_rows.admit(connection, wanted, NOW)).id


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)
