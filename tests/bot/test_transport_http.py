"""Signed HTTP at the wire: what Slack only wants to be heard is acknowledged first of all."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.transport.http import http
from sandbox.slack.signed_http import signature

SECRET = "a secret of this test"
COMMAND = urlencode({"command": "/workflows", "text": "list", "team_id": "T1", "user_id": "U1"})


@dataclass
class Wire:
    """An app behind a real socket, whose listeners wait until they may go on."""

    url: str
    may_go_on: asyncio.Event
    heard: list[str] = field(default_factory=list)

    async def post(self, body: str, *, secret: str = SECRET, kind: str = "") -> httpx.Response:
        """Deliver it as Slack does."""
        form = kind or "application/x-www-form-urlencoded"
        headers = {"content-type": form, **signature(secret, body.encode(), int(time.time()))}
        async with httpx.AsyncClient(trust_env=False, verify=False, timeout=60) as client:
            return await client.post(self.url, content=body, headers=headers)

    async def until_heard(self, *wanted: str) -> None:
        """The app knows of these, in any order."""
        async with asyncio.timeout(60):
            while sorted(self.heard) != sorted(wanted):  # noqa: ASYNC110
                await asyncio.sleep(0.01)


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    wire = Wire("", asyncio.Event())
    async with http(_app(wire), "127.0.0.1", 0, signing_secret=SECRET) as url:
        wire.url = url
        yield wire
        wire.may_go_on.set()


def _app(wire: Wire) -> AsyncApp:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1")

    app = AsyncApp(signing_secret=SECRET, authorize=authorize, process_before_response=True)

    async def hear(what: str) -> None:
        await wire.may_go_on.wait()
        wire.heard.append(what)

    @app.command(re.compile(".*"))
    async def typed(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        await hear(str(body["text"]))

    @app.action(re.compile(".*"))
    async def pressed(ack: AsyncAck, action: dict[str, Any]) -> None:
        await ack()
        await hear(str(action["action_id"]))

    @app.event("app_mention")
    async def mentioned(event: dict[str, Any]) -> None:
        await hear(str(event["text"]))

    @app.view(re.compile(".*"))
    async def sent(ack: AsyncAck) -> None:
        await ack(response_action="errors", errors={"pages": "must be a number"})

    return app


async def test_all_that_comes_together_is_acknowledged_while_the_app_still_works(
    wire: Wire,
) -> None:
    press = {
        "type": "block_actions",
        "user": {"id": "U1"},
        "actions": [{"action_id": "refresh", "type": "button"}],
    }
    mention = {
        "type": "event_callback",
        "team_id": "T1",
        "event": {"type": "app_mention", "text": "hello", "user": "U1"},
    }
    answers = await asyncio.gather(
        *(wire.post(COMMAND.replace("list", f"list+{number}")) for number in range(20)),
        wire.post(urlencode({"payload": json.dumps(press)})),
        wire.post(json.dumps(mention), kind="application/json"),
    )
    assert [(each.status_code, each.content) for each in answers] == [(200, b"")] * 22
    assert wire.heard == []
    wire.may_go_on.set()
    await wire.until_heard(*(f"list {number}" for number in range(20)), "refresh", "hello")


async def test_what_wants_an_answer_gets_the_one_of_the_app(wire: Wire) -> None:
    view = {"id": "V1", "type": "modal", "callback_id": "form:start", "state": {"values": {}}}
    sent = {"type": "view_submission", "user": {"id": "U1"}, "team": {"id": "T1"}, "view": view}
    answer = await wire.post(urlencode({"payload": json.dumps(sent)}))
    assert answer.json()["errors"] == {"pages": "must be a number"}
    challenge = {"type": "url_verification", "token": "x", "challenge": "3eZbrw1a"}
    asked = await wire.post(json.dumps(challenge), kind="application/json")
    assert asked.json() == {"challenge": "3eZbrw1a"}


async def test_what_is_not_signed_by_slack_is_neither_acknowledged_nor_heard(wire: Wire) -> None:
    wire.may_go_on.set()
    assert (await wire.post(COMMAND, secret="guessed")).status_code == 401
    assert (await wire.post(COMMAND)).status_code == 200
    await wire.until_heard("list")


@pytest.mark.parametrize(
    "body", ["", "{", "payload=", "payload=%7B", "payload=%5B%5D", "a=b", "[]"]
)
async def test_a_signed_body_that_says_nothing_is_answered_by_the_app(
    wire: Wire, body: str
) -> None:
    assert 400 <= (await wire.post(body)).status_code < 500


async def test_what_was_acknowledged_is_told_to_the_app_before_the_end() -> None:
    wire = Wire("", asyncio.Event())
    wire.may_go_on.set()
    async with http(_app(wire), "127.0.0.1", 0, signing_secret=SECRET) as wire.url:
        assert (await wire.post(COMMAND)).status_code == 200
    assert wire.heard == ["list"]
