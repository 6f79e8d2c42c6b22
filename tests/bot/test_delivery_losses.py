"""Whoever is to hear that a message was given up does, whatever happens in between.

As a program it is a sender that falls silent as soon as it is to tell of a loss: DATABASE_URL
SLACK_URL TOKEN.
"""

import asyncio
import sys
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import func, select, update

from bot.delivery import Dead, Outbox, Pacing, Sender, SlackCalls, State, Timing
from sandbox.slack.faults import Fault
from shared.database import Database, StoreError, database_url
from shared.tables import outbox
from tests.bot.deliveries import World, running, until, world
from tests.bot.stores import postgres, store_url

__all__ = ["postgres", "store_url"]

HASTY = Timing(held=0.4, poll=0.05, settling=0.1, blind=0.1, probe=0.2, trouble=0.05)
# Nobody takes over from such a sender unless it is certain that it is gone.
SLOW = Timing(held=600.0, poll=0.05)


@pytest.mark.parametrize("error", [StoreError("not now"), ValueError("a mistake")])
async def test_a_loss_that_could_not_be_told_is_told_again_until_it_is(
    store_url: str,
    error: Exception,
) -> None:
    heard: list[str] = []

    async def hear(dead: Dead) -> None:
        heard.append(dead.key)
        if len(heard) <= 2:
            raise error

    async with world(store_url) as ops:
        ops.channel("ops").archived = True
        async with running(Sender(ops.outbox, ops.calls, on_dead=hear, timing=HASTY).run):
            await ops.put("card", "card")
            await until(lambda: all_is_told(ops))
            await ops.put("reply", "reply", thread_key="card")
            await until(lambda: all_is_told(ops))

    assert heard == ["card", "card", "card", "reply"]
    assert ops.calls.counters.dead == 2, "each is lost once, however often it is told"


async def test_a_sender_that_is_killed_before_it_tells_of_a_loss_leaves_that_to_another(
    store_url: str,
) -> None:
    async with world(store_url) as ops:
        ops.channel("ops").archived = True
        await ops.put("card", "card")
        await ops.put("reply", "reply", thread_key="card")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.bot.test_delivery_losses"),
            *(store_url, ops.slack.workspace.base_url, ops.app.bot_token),
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        began = [(await process.stdout.readline()).decode().strip() for _ in range(2)]
        process.kill()
        await process.wait()
        assert await ops.outbox.depth() == {"dead": 2}
        async with ops.sending(SLOW):
            await until(lambda: all_is_told(ops))

    assert sorted(began) == ["card", "reply"]
    assert sorted(dead.key for dead in ops.dead) == ["card", "reply"]
    assert all("is_archived" in dead.error for dead in ops.dead)


async def test_who_lost_its_claim_meanwhile_gives_nothing_up(store_url: str) -> None:
    async with world(store_url) as ops:
        ops.channel("ops").archived = True
        ops.slack.faults.add(Fault("slow", method="chat.postMessage", seconds=0.5))
        ops.slack.workspace.clock.freeze()
        await ops.put("card", "card")
        async with ops.sending(SLOW):
            await until(lambda: is_sending(ops))
            await change(ops, claimed_by="somebody-else")
            await until(lambda: is_held_up(ops))
            ops.slack.workspace.clock.advance(1)
            await until(lambda: was_refused(ops))
        assert ops.dead == []
        assert await is_sending(ops)

        await change(ops, claimed_until=None)
        async with ops.sending():
            await until(lambda: all_is_told(ops))

    assert [dead.key for dead in ops.dead] == ["card"]


async def test_what_another_process_puts_is_sent_by_a_sender_that_was_idle(
    store_url: str,
) -> None:
    async with world(store_url) as ops, ops.sending():
        await ops.put("first", "first")
        await ops.settled()
        elsewhere = Database(database_url(store_url, Path()))
        beside = World(ops.slack, ops.app, Outbox(elsewhere), ops.calls)
        for number in range(3):
            await beside.put(f"card-{number}", f"card {number}")
            await ops.settled()
        await elsewhere.aclose()

    assert ops.texts() == ["first", "card 0", "card 1", "card 2"]


async def all_is_told(ops: World) -> bool:
    """There are losses, and nobody has to tell them any more."""
    query = select(func.count(), func.count(outbox.c.claimed_by)).where(
        outbox.c.state == State.DEAD
    )
    async with (await ops.outbox.database.store()).reading() as connection:
        dead, claimed = (await connection.execute(query)).one()
    return dead > 0 and claimed == 0 and await ops.outbox.depth() == {State.DEAD: dead}


async def is_sending(ops: World) -> bool:
    return await ops.outbox.depth() == {State.SENDING: 1}


async def is_held_up(ops: World) -> bool:
    """Slack takes its time over the call by now."""
    return ops.slack.faults.waiting() == []


async def was_refused(ops: World) -> bool:
    return ops.calls.counters.refused > 0


async def change(ops: World, **values: object) -> None:
    async with (await ops.outbox.database.store()).writing() as connection:
        await connection.execute(update(outbox).values(values))


async def fall_silent(url: str, slack_url: str, token: str) -> None:
    """Send until killed, and never come to an end with telling."""

    async def hear(dead: Dead) -> None:
        sys.stdout.write(f"{dead.key}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()

    client = AsyncWebClient(token, base_url=f"{slack_url}/api/")
    messages = Outbox(Database(database_url(url, Path())))
    calls = SlackCalls(client, Pacing(scale=20))
    await Sender(messages, calls, on_dead=hear, timing=SLOW).run()


if __name__ == "__main__":
    asyncio.run(fall_silent(*sys.argv[1:4]))
