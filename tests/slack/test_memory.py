"""A workspace with a state folder: what people and apps see after a restart is what they saw."""

import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.local import LocalSlack
from sandbox.slack.memory import Memory, remembered
from sandbox.slack.model import Json
from sandbox.slack.posting import post
from sandbox.slack.served import serve_slack
from tests.slack.workspace import MANIFEST, Person, until

PICTURE = bytes(range(256))


@contextlib.asynccontextmanager
async def workspace_in(folder: Path) -> AsyncIterator[LocalSlack]:
    """The workspace of a folder, until it is stopped."""
    slack = LocalSlack(remembered(folder))
    memory = Memory(folder, slack.workspace)
    async with serve_slack(slack):
        yield slack
    await memory.aclose()


async def test_everything_that_people_and_apps_see_survives_a_restart(tmp_path: Path) -> None:
    async with workspace_in(tmp_path) as slack, Person(slack.workspace.base_url, "ana") as ana:
        app = slack.workspace.install(MANIFEST)
        slack.workspace.channel_named("ops").members.add(app.user)
        said = await ana.say("ops", "Hello")
        bot = AsyncWebClient(app.bot_token, base_url=f"{slack.workspace.base_url}/api/")
        await bot.chat_postMessage(channel="#ops", text="Hi", thread_ts=said)
        await bot.reactions_add(
            channel=slack.workspace.channel_named("ops").id, timestamp=said, name="eyes"
        )
        await bot.files_upload_v2(
            channel=slack.workspace.channel_named("ops").id, content=PICTURE, filename="a.png"
        )
        await bot.views_publish(
            user_id=_id(slack, "ana"), view={"type": "home", "blocks": [{"type": "divider"}]}
        )
        await ana.control.post("channels", create="team-9", user="ana")
        await until(lambda: _messages(ana), lambda shown: len(shown) == 2)
        before = await _everything(ana)

    async with workspace_in(tmp_path) as slack, Person(slack.workspace.base_url, "ana") as ana:
        assert await _everything(ana) == before
        again = slack.workspace.install(MANIFEST)
        assert (again.id, again.bot_token, again.user) == (app.id, app.bot_token, app.user)
        [reply] = (await ana.messages("ops", said))[1:]
        assert reply["text"] == "Hi"
        assert slack.workspace.home(_id(slack, "ana"), app.id) is not None
        assert [file.content for file in slack.workspace.files.values()] == [PICTURE]
        assert await ana.say("ops", "again") > said
        ids = {*slack.workspace.channels, *slack.workspace.users, *slack.workspace.files}
        assert slack.workspace.new_id("C") not in ids


async def test_a_change_is_on_disk_before_the_workspace_ends(tmp_path: Path) -> None:
    async with workspace_in(tmp_path) as slack:
        app = slack.workspace.install(MANIFEST)
        post(slack.workspace, app, slack.workspace.channel_named("ops").id, text="Remember me")

        async def written() -> str:
            path = tmp_path / "slack.json"
            return path.read_text() if path.exists() else ""

        await until(written, lambda text: "Remember me" in text)


def test_a_damaged_file_is_set_aside_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "slack.json").write_text('{"name": "Acme", "use')
    with caplog.at_level(logging.WARNING):
        workspace = remembered(tmp_path)
    assert workspace.channel_named("ops")
    [aside] = tmp_path.iterdir()
    assert aside.name in caplog.text
    assert aside.read_text() == '{"name": "Acme", "use'


async def _messages(person: Person) -> list[Json]:
    return await person.messages("ops")


async def _everything(person: Person) -> Json:
    state = await person.state()
    shown = [{**each, "files": len(each.get("files") or ())} for each in await _messages(person)]
    # What somebody has looked at is known to their browser alone.
    channels = [{**each, "unread": None} for each in state["channels"]]
    return {**state, "now": None, "channels": channels, "messages": shown}


def _id(slack: LocalSlack, name: str) -> str:
    return next(user.id for user in slack.workspace.users.values() if user.name == name)
