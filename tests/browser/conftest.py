"""The page in a real browser, with the bot and the sandbox behind it."""

import os
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from sandbox.slack.model import Channel
from tests.bot.stage import BotStage, bot_stage

_NAMES = ("chromium", "chromium-browser", "google-chrome")
# No GPU, no sandbox of its own in a container, and nothing that calls home.
_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PATIENCE_MS = 120_000.0


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the browser is; where there must be one, its absence fails."""
    given = os.environ.get("CHROMIUM")
    found = given or next(filter(None, map(shutil.which, _NAMES)), None)
    if found:
        return found
    reason = f"No browser: set CHROMIUM, or put one of {', '.join(_NAMES)} on the PATH."
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
async def stage(
    chromium: str, sandbox_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[BotStage]:
    """A bot by sockets, in one workspace for all tests: each has a channel of its own."""
    async with bot_stage(sandbox_url, tmp_path_factory.mktemp("bot") / "ops.db") as running:
        yield running


@pytest.fixture(scope="module")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """One browser for all tests."""
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
def room(stage: BotStage) -> str:
    """A new channel with Ana and the bot in it."""
    workspace = stage.slack.workspace
    ana = next(user.id for user in workspace.users.values() if user.name == "ana")
    channel = Channel(workspace.new_id("C"), f"room-{len(workspace.channels)}", "channel")
    channel.members |= {ana, stage.app.user}
    workspace.channels[channel.id] = channel
    return channel.name


@pytest.fixture
async def page(browser: Browser, stage: BotStage, room: str) -> AsyncIterator[Page]:
    """Ana's window with her channel in front of her; an error of a script fails the test."""
    wrong: list[str] = []
    expect.set_options(timeout=_PATIENCE_MS)
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    page.set_default_timeout(_PATIENCE_MS)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    await page.goto(f"{stage.slack.workspace.base_url}/#ana/{room}")
    yield page
    await context.close()
    assert wrong == []
