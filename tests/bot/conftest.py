"""The bot between a workspace and the sandbox, for tests that act as people do."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.stage import BotStage, bot_stage, close_all
from tests.slack.workspace import Person


@pytest.fixture
async def stage(sandbox_url: str, tmp_path: Path) -> AsyncIterator[BotStage]:
    """A bot by sockets, in a workspace of its own."""
    async with bot_stage(sandbox_url, tmp_path / "ops.db") as running:
        yield running


@pytest.fixture(scope="module")
async def face(
    sandbox_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[BotStage]:
    """A bot that the tests of a module share; they use execution ids of their own."""
    async with bot_stage(sandbox_url, tmp_path_factory.mktemp("bot") / "ops.db") as running:
        yield running


@pytest.fixture
async def on_call(face: BotStage) -> AsyncIterator[Person]:
    """Ana at the shared bot, with no form open at the end."""
    async with face.person("ana") as person:
        yield person
        await close_all(person)


@pytest.fixture
async def ana(stage: BotStage) -> AsyncIterator[Person]:
    """She is on call: she may do everything."""
    async with stage.person("ana") as person:
        yield person


@pytest.fixture
async def cleo(stage: BotStage) -> AsyncIterator[Person]:
    """She may write, and not destroy."""
    async with stage.person("cleo") as person:
        yield person
