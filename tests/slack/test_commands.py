"""Slash commands."""

import pytest

from sandbox.slack.model import Json
from tests.slack.bots import bare_socket, scene
from tests.slack.workspace import Person, Refused, installed


async def test_a_command_carries_what_slack_sends() -> None:
    async with installed() as (slack, app), bare_socket(slack, app) as socket:
        async with Person(slack.workspace.base_url, "ana") as ana:
            await ana.command("general", "/ops start import")
        payload = socket.came[0].payload
        assert socket.came[0].type == "slash_commands"
        assert payload["command"] == "/ops"
        assert payload["text"] == "start import"
        assert payload["channel_name"] == "general"
        assert payload["user_name"] == "ana"
        assert payload["api_app_id"] == app.id
        assert slack.triggers.spend(payload["trigger_id"]) == (app.id, payload["user_id"])
        assert "thread_ts" not in payload


async def test_should_escape_wraps_people_and_channels_and_quotes_pass_through() -> None:
    async with installed() as (slack, app), bare_socket(slack, app) as socket:
        ops = slack.workspace.channel_named("ops")
        ben = next(user for user in slack.workspace.users.values() if user.name == "ben")
        words = "in=#ops by=@ben “curly” <b>"
        async with Person(slack.workspace.base_url, "ana") as ana:
            await ana.command("ops", f"/ops {words}")
            await ana.command("ops", f"/raw {words}")
        wrapped, raw = (each.payload["text"] for each in socket.came)
        assert wrapped == f"in=<#{ops.id}|ops> by=<@{ben.id}|ben> “curly” &lt;b&gt;"
        assert raw == "in=#ops by=@ben “curly” &lt;b&gt;"


async def test_a_command_that_no_manifest_declares_is_refused() -> None:
    async with installed() as (slack, _), Person(slack.workspace.base_url, "ana") as ana:
        with pytest.raises(Refused, match="/nope is not a valid command"):
            await ana.command("ops", "/nope")


async def test_a_command_in_a_thread_is_refused() -> None:
    async with installed() as (slack, app), bare_socket(slack, app) as socket:
        async with Person(slack.workspace.base_url, "ana") as ana:
            ts = await ana.say("approvals", "a thread")
            with pytest.raises(Refused, match="not supported in threads"):
                await ana.command("approvals", "/ops list", thread_ts=ts)
        assert socket.came == []


@pytest.mark.parametrize(("response_type", "others"), [("ephemeral", 0), ("in_channel", 1)])
async def test_the_ack_is_for_the_person_unless_it_is_in_channel(
    response_type: str, others: int
) -> None:
    async with installed() as (slack, app), bare_socket(slack, app) as socket:
        socket.payload = {"text": "Done", "response_type": response_type}
        url = slack.workspace.base_url
        async with Person(url, "ana") as ana, Person(url, "ben") as ben:
            # The bot is no member of #approvals: commands work there all the same.
            await ana.command("approvals", "/ops now")
            assert [each["text"] for each in await ana.messages("approvals")] == ["Done"]
            assert len(await ben.messages("approvals")) == others


async def test_an_empty_ack_shows_nothing() -> None:
    async with scene() as (_slack, _app, _socket, ana):
        assert (await ana.command("ops", "/ops now"))["ack"] == {}
        assert await ana.messages("ops") == []


@pytest.mark.parametrize(
    "payload", [{"blocks": [{"type": "nonsense"}]}, {"text": 3}, {"text": "x", "blocks": "{"}]
)
async def test_an_ack_that_slack_cannot_show_fails_the_command(payload: Json) -> None:
    async with installed() as (slack, app), bare_socket(slack, app) as socket:
        socket.payload = payload
        async with Person(slack.workspace.base_url, "ana") as ana:
            assert (await ana.command("ops", "/ops now"))["error"] == "dispatch_failed"
            assert await ana.messages("ops") == []
