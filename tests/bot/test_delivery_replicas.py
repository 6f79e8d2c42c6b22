"""Bots that share one PostgreSQL, and what Slack allows all of them together, in virtual time."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from bot.delivery import Outbox, Priority, Timing
from bot.message import Message
from bot.parts import Parts
from bot.slack_app import SlackApp
from shared.api import WorkflowsApi
from tests.bot.stage import installed_app
from tests.bot.stores import postgres
from tests.bot.told_runs import told_runs
from tests.bot.virtual_slack import Door, QuietLoop, now, virtual_bot, virtual_slack
from tests.postgres import Postgres

__all__ = ["postgres"]

BOTS = 3
CARDS = 25
PER_MINUTE = 50


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"loop_factory": QuietLoop}


@dataclass
class Company:
    """A workspace that keeps Slack's limits, and a database for bots."""

    door: Door
    app: SlackApp
    api: WorkflowsApi
    url: str

    @contextlib.asynccontextmanager
    async def bot(self) -> AsyncIterator[Parts]:
        """One of its bots."""
        async with virtual_bot(self.app, self.api, self.url, Timing()) as parts:
            yield parts

    async def show(self, outbox: Outbox, state: str, number: int = CARDS) -> None:
        """So many cards change at once; return when people see all of them."""
        channel = self.door.slack.workspace.channel_named("ops")
        async with (await outbox.database.store()).writing() as connection:
            for each in range(number):
                message = Message(f"card {each} {state}")
                key, priority = f"card-{each}", Priority.TERMINAL
                await outbox.put(connection, key, channel.id, message, priority=priority)
        outbox.wake()
        async with asyncio.timeout(600):
            while sum(state in each.text for each in channel.messages) < number:  # noqa: ASYNC110
                await asyncio.sleep(1)

    def refused(self) -> list[str]:
        """The methods of which Slack had too much."""
        calls = self.door.slack.calls.of()
        return [each.method for each in calls if each.error == "ratelimited"]

    def busiest(self, method: str) -> int:
        """The most calls of a method in any minute."""
        times = [each.time for each in self.door.slack.calls.of(method)]
        return max(sum(since <= each < since + 60 for each in times) for since in times)


@pytest.fixture
async def company(postgres: Postgres) -> AsyncIterator[Company]:
    async with virtual_slack() as door, told_runs() as (_, api):
        yield Company(door, await installed_app(door.slack), api, postgres.new_database())


async def test_bots_share_what_slack_allows_and_who_stays_gets_the_part_of_who_leaves(
    company: Company,
) -> None:
    async with company.bot() as one:
        async with contextlib.AsyncExitStack() as stack:
            bots = [one, *[await stack.enter_async_context(company.bot()) for _ in range(BOTS - 1)]]
            # Until they know of each other they may post too much at once, as Slack tells them.
            await asyncio.sleep(10)
            await company.show(one.outbox, "has begun")
            for number in range(3):
                await company.show(one.outbox, f"is at {number}")
            assert company.refused() == []
            assert company.busiest("chat.update") <= PER_MINUTE
            assert sum(bool(each.calls.counters.updates) for each in bots) > 1
            shared = await seconds(company, one, "goes on")
        alone = await seconds(company, one, "is done")
        assert company.refused() == []
        assert alone < shared * 1.5, "what the others had is used by the one that is left"


async def seconds(company: Company, bot: Parts, state: str) -> float:
    """How long it takes until all cards show it, when nothing was going on before."""
    await asyncio.sleep(120)
    began = now()
    await company.show(bot.outbox, state)
    return (now() - began).total_seconds()
