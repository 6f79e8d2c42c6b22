"""Starts that cannot go well end with code 2 and one line that says what to change."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.slack.local import LocalSlack
from tests.bot.stage import free_port, installed_app
from tests.slack.workspace import local_slack

_KEYS = ("SLACK_", "WORKFLOW_OPS_", "MISTRAL_", "DATABASE_URL")


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    """A workspace that knows the app."""
    async with local_slack() as running:
        yield running


async def test_missing_tokens_are_named(tmp_path: Path) -> None:
    said = await failed_start(tmp_path)
    assert "SLACK_BOT_TOKEN and SLACK_APP_TOKEN" in said
    assert "--sandbox" in said
    said = await failed_start(tmp_path, "--http", "127.0.0.1:0", SLACK_BOT_TOKEN="xoxb-1")
    assert "SLACK_SIGNING_SECRET" in said


async def test_a_wrong_bot_token_is_told(slack: LocalSlack, tmp_path: Path) -> None:
    said = await failed_start(tmp_path, **tokens(slack, SLACK_BOT_TOKEN="xoxb-wrong"))
    assert "invalid_auth" in said
    assert "SLACK_BOT_TOKEN" in said


async def test_a_wrong_app_token_is_told(slack: LocalSlack, tmp_path: Path) -> None:
    made = await installed_app(slack)
    wrong = {"SLACK_BOT_TOKEN": made.bot_token, "SLACK_APP_TOKEN": "xapp-wrong"}
    said = await failed_start(tmp_path, **tokens(slack, **wrong))
    assert "SLACK_APP_TOKEN" in said
    assert "connections:write" in said


async def test_a_slack_out_of_reach_is_told(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}/api"
    given = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SLACK_API_URL": url}
    assert "could not be reached" in await failed_start(tmp_path, **given)


def tokens(slack: LocalSlack, **given: str) -> dict[str, str]:
    """The environment of a bot in this workspace."""
    api = f"{slack.workspace.base_url}/api"
    return {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SLACK_API_URL": api} | given


async def failed_start(folder: Path, *arguments: str, **given: str) -> str:
    """The one line that a start says before it gives up."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(_KEYS)}
    database = f"sqlite+aiosqlite:///{folder / 'ops.db'}"
    known = {"DATABASE_URL": database, "MISTRAL_API_KEY": "none"}
    environment = clean | known | given
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        env=environment,
        stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    _, said = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 2, said.decode()
    [line] = said.decode().strip().splitlines()
    assert line.startswith("workflow-bot: ")
    return line
