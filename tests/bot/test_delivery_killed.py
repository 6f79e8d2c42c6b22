"""Three senders on PostgreSQL that are killed at random while they send."""

import asyncio
import contextlib
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.delivery import Priority
from sandbox.slack.faults import Fault
from shared.tables import outbox
from tests.bot.deliveries import World, until, world
from tests.postgres import Postgres, running_postgres

PROJECT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("sending_process.py")
CARDS = 4
LINES = 8
SENDERS = 3
KILLS = 6


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """One server for the module."""
    with running_postgres() as server:
        yield server


async def test_senders_killed_at_random_lose_nothing_and_keep_the_order(
    postgres: Postgres,
) -> None:
    url = postgres.new_database()
    dice = random.Random(4)
    async with world(url) as ops:
        for number in range(LINES):
            for card in range(CARDS):
                await ops.put(f"card-{card}", f"card {card} version {number}")
                await ops.put(f"{card}-{number}", f"{card}/{number}", thread_key=f"card-{card}")
        for kind in ("reset_after", "slow"):
            ops.slack.faults.add(Fault(kind, method="chat.postMessage", times=6, seconds=0.2))
        async with senders(url, ops) as running:
            for _ in range(KILLS):
                posted = len(ops.calls_of("chat.postMessage"))
                await until(partial(has_moved_on, ops, posted))
                await running.replace(dice.randrange(SENDERS))
            await ops.put("card-0", "card 0 is done", priority=Priority.TERMINAL)
            await ops.settled()

    texts = ops.texts()
    for card in range(CARDS):
        lines = [text for text in texts if text.startswith(f"{card}/")]
        assert lines == [f"{card}/{number}" for number in range(LINES)]
    cards = [text for text in texts if text.startswith("card")]
    last = f"version {LINES - 1}"
    assert sorted(cards) == ["card 0 is done", *(f"card {card} {last}" for card in range(1, CARDS))]


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
async def test_what_a_killed_sender_had_on_its_way_arrives_before_others_go_on(
    postgres: Postgres, method: str
) -> None:
    url = postgres.new_database()
    async with world(url) as ops, senders(url, ops) as running:
        if method == "chat.update":
            await ops.put("card", "card")
            await ops.settled()
        time = ops.slack.workspace.clock
        time.freeze()
        ops.slack.faults.add(Fault("slow", method=method, seconds=1))
        await ops.put("card", "card runs", priority=Priority.TERMINAL)
        await until(partial(is_on_its_way, ops))
        await ops.put("card", "card is done", priority=Priority.TERMINAL)
        await running.replace(running.running.index(await sending(ops)))
        # Others would have gone on by now, had they not waited.
        await asyncio.sleep(1.5)
        time.advance(1)
        await ops.settled()
    assert ops.texts() == ["card is done"]


async def sending(ops: World) -> int:
    """The process id of the sender that has something on its way."""
    query = select(outbox.c.claimed_by).where(outbox.c.claimed_by.is_not(None))
    async with (await ops.outbox.database.store()).reading() as connection:
        [owner] = (await connection.execute(query)).scalars()
    return int(owner.split(".")[1])


async def is_on_its_way(ops: World) -> bool:
    """The call that a fault makes slow was made."""
    return not ops.slack.faults.waiting()


async def has_moved_on(ops: World, posted: int) -> bool:
    """Something was posted since, or all of it."""
    depth = await ops.outbox.depth()
    return len(ops.calls_of("chat.postMessage")) > posted or not depth


@dataclass
class Senders:
    """Some that run, by their process ids."""

    nursery: asyncio.subprocess.Process
    running: list[int] = field(default_factory=list)

    async def start(self) -> None:
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.write(b"start\n")
        self.running.append(int(await self.nursery.stdout.readline()))

    async def replace(self, number: int) -> None:
        """kill -9 one of them, and start another."""
        os.kill(self.running.pop(number), signal.SIGKILL)
        await self.start()


@contextlib.asynccontextmanager
async def senders(url: str, ops: World) -> AsyncIterator[Senders]:
    nursery = await asyncio.create_subprocess_exec(
        sys.executable,
        PROGRAM,
        url,
        ops.slack.workspace.base_url,
        ops.app.bot_token,
        env={"PYTHONPATH": str(PROJECT)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    made = Senders(nursery)
    try:
        for _ in range(SENDERS):
            await made.start()
        yield made
    finally:
        for process in made.running:
            os.kill(process, signal.SIGKILL)
        nursery.kill()
        await nursery.communicate()
