"""A bot that is ended while it works: whoever waits for it learns that nobody knows."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.serve import running
from sandbox.slack.local import LocalSlack
from shared.api import open_api
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
