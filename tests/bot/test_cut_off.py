"""A bot that is ended while it works: whoever waits for it learns what is known of it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.desk import Desk
from bot.serve import running
from sandbox.slack.local import LocalSlack
from shared.api import open_api
from shared.errors import OpsError
from tests.bot.failing_api import FailingApi, failing_api
from tests.bot.stage import installed_app, people_of_acme, seen
from tests.mcp_server.faces import fresh
from tests.slack.workspace import Person, local_slack

W = "/v1/workflows"
CUT_OFF = "It may have happened: look before you try again"


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    """A workspace that outlives the bot."""
    async with local_slack() as workspace:
        yield workspace


@pytest.fixture
async def api(sandbox_url: str) -> AsyncIterator[FailingApi]:
    async with failing_api(sandbox_url) as door:
        yield door


async def test_who_asked_is_told_that_the_work_was_cut_off(
    slack: LocalSlack, api: FailingApi, tmp_path: Path
) -> None:
    made = await installed_app(slack)
    kept = api.keep(f"POST {W}/long-sync/execute")
    async with Person(slack.workspace.base_url, "ana") as ana:
        store = f"sqlite+aiosqlite:///{tmp_path / 'ops.db'}"
        async with (
            open_api(api.url, None) as client,
            running(client, made, people_of_acme(), store),
        ):
            name = fresh("cut-off")
            said = await ana.say("ops", f"@workflows start long-sync seconds=9 execution_id={name}")
            await kept.came.wait()
        await seen(ana, CUT_OFF, thread=said)


async def test_who_only_looked_is_told_nothing(
    slack: LocalSlack, api: FailingApi, tmp_path: Path
) -> None:
    made = await installed_app(slack)
    kept = api.keep(f"GET {W}/schedules")
    async with Person(slack.workspace.base_url, "ana") as ana:
        store = f"sqlite+aiosqlite:///{tmp_path / 'ops.db'}"
        async with (
            open_api(api.url, None) as client,
            running(client, made, people_of_acme(), store),
        ):
            asked = await ana.direct("schedules list")
            await kept.came.wait()
            looked = api.keep(f"GET {W}/schedules")
            await ana.home()
            await looked.came.wait()
        await seen(ana, CUT_OFF, asked["channel"])
        said = [each["text"] for each in await ana.messages(asked["channel"])]
    assert len([each for each in said if CUT_OFF in each]) == 1


async def test_work_that_was_not_begun_is_told_as_not_done() -> None:
    desk, told, begun = Desk(at_once=1), dict[str, str](), asyncio.Event()

    def take(what: str) -> None:
        async def work() -> None:
            begun.set()
            await asyncio.Event().wait()

        async def apologise(error: OpsError) -> None:
            told[what] = str(error)

        desk.take(what, work, apologise)

    take("first")
    take("second")
    await begun.wait()
    await desk.aclose(patience_seconds=0)

    assert CUT_OFF in told["first"]
    assert told["second"] == (
        "The bot was restarted before it began with this; nothing was done. Try again."
    )
