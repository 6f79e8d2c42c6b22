"""The App Home shows what was read last, also when an earlier read takes longer."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.slack.model import Json
from tests.bot.failing_api import FailingApi, failing_api
from tests.bot.stage import PATIENCE_SECONDS, BotStage, answer, bot_stage, text_of
from tests.slack.workspace import Person, until

SUBSCRIBED = "home-order-"


@pytest.fixture
async def api(sandbox_url: str) -> AsyncIterator[FailingApi]:
    async with failing_api(sandbox_url) as door:
        yield door


@pytest.fixture
async def stage(api: FailingApi, tmp_path: Path) -> AsyncIterator[BotStage]:
    async with bot_stage(api.url, tmp_path / "ops.db") as opened:
        yield opened


async def test_a_slow_look_does_not_take_the_place_of_a_later_one(
    api: FailingApi, stage: BotStage
) -> None:
    async with stage.person("ana") as ana:
        await ana.home()
        first = await home(ana, "As of")
        kept = api.keep("GET /v1/workflows/schedules")
        await ana.click(first, "Refresh")
        await kept.came.wait()
        slow = [each for each in asyncio.all_tasks() if each.get_name().startswith("home of ")]
        assert slow

        await answer(ana, f"alerts subscribe workflow={SUBSCRIBED}*", "tells of")
        await ana.click(first, "Refresh")
        later = await home(ana, SUBSCRIBED)
        kept.go.set()
        await asyncio.wait(slow)
        assert (await at_hand(ana))["hash"] == later["hash"]


async def home(person: Person, words: str) -> Json:
    """The App Home, when these words are to be read in its part about alerts."""
    return await until(
        lambda: at_hand(person), lambda view: words in text_of(view), deadline=PATIENCE_SECONDS
    )


async def at_hand(person: Person) -> Json:
    """The App Home as it is."""
    return (await person.control.get("views", user=person.name))["home"] or {}
