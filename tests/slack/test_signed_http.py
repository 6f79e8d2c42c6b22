"""Signed deliveries over HTTP, to a real Bolt app and to a bare server."""

import asyncio
import json
from functools import partial
from operator import eq
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier

from sandbox.slack.clock import Clock
from sandbox.slack.local import LocalSlack
from sandbox.slack.model import Json
from sandbox.slack.signed_http import encoded, signature
from sandbox.slack.workspace import seeded
from tests.slack.bots import bolt_app, http_app, over_http, pass_time
from tests.slack.workspace import MANIFEST, Person, installed, until

HTTP: Json = MANIFEST | {"settings": MANIFEST["settings"] | {"socket_mode_enabled": False}}


class _Pauses(Clock):
    """Remembers how long somebody wanted to wait last."""

    last = 0.0

    async def sleep(self, seconds: float) -> None:
        self.last = seconds
        await super().sleep(seconds)


@given(st.text(min_size=1).filter(str.strip), st.dictionaries(st.text(), st.text()))
def test_the_signature_is_the_one_slack_sdk_expects(secret: str, payload: dict[str, str]) -> None:
    _, body = encoded("slash_commands", payload)
    verifier = SignatureVerifier(secret)
    assert verifier.is_valid_request(body, signature(secret, body))
    assert not verifier.is_valid_request(body + b"x", signature(secret, body))


async def test_bolt_takes_commands_buttons_and_events_over_http() -> None:
    async with installed(HTTP) as (slack, app), Person(slack.workspace.base_url, "ana") as ana:
        bolt = bolt_app(slack, app)
        mentions: list[str] = []

        @bolt.command("/ops")
        async def ops(ack: object, command: Json) -> None:
            await ack(f"{command['text']} it is")  # type: ignore[operator]

        @bolt.event("app_mention")
        async def mentioned(event: Json) -> None:
            mentions.append(event["text"])

        @bolt.event("message")
        async def message() -> None:
            """Only the mention matters here."""

        async with over_http(app, bolt):
            assert (await ana.control.post("verify"))["verified"] is True
            assert (await ana.command("ops", "/ops tea & cake"))["ack"] == {
                "text": "tea &amp; cake it is"
            }
            await ana.say("ops", "@ops hello")
        assert mentions == [f"<@{app.user}> hello"]


async def test_commands_are_forms_interactions_a_payload_and_events_json() -> None:
    async with installed(HTTP) as (slack, app), Person(slack.workspace.base_url, "ana") as ana:
        came: list[tuple[str, str]] = []

        async def take(request: web.Request) -> web.Response:
            came.append((request.content_type, await request.text()))
            return web.Response()

        async with http_app(app, take):
            await ana.command("ops", "/ops x")
            await ana.shortcut("start")
            await ana.direct("hello")
        (form, command), (also_form, shortcut), (as_json, event) = came
        assert form == also_form == "application/x-www-form-urlencoded"
        assert parse_qs(command)["command"] == ["/ops"]
        assert json.loads(parse_qs(shortcut)["payload"][0])["callback_id"] == "start"
        assert as_json == "application/json"
        assert json.loads(event)["event"]["channel_type"] == "im"


async def test_a_failed_event_is_repeated_with_its_number_and_reason() -> None:
    clock = _Pauses()
    async with (
        installed(HTTP, LocalSlack(seeded(clock))) as (slack, app),
        Person(slack.workspace.base_url, "ana") as ana,
    ):
        came: list[tuple[str | None, str | None]] = []

        async def fail(request: web.Request) -> web.Response:
            headers = request.headers
            came.append((headers.get("X-Slack-Retry-Num"), headers.get("X-Slack-Retry-Reason")))
            return web.Response(status=500)

        async def pausing() -> float:
            return clock.last

        async def attempts() -> int:
            return len(came)

        async with http_app(app, fail):
            await ana.direct("hello")
            for pause in (60, 300):
                # It pauses when it has read an answer: time must not pass before.
                await until(pausing, partial(eq, pause))
                clock.advance(pause)
            await until(attempts, partial(eq, 4))
        assert came == [(None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error")]


async def test_an_app_may_ask_not_to_be_sent_an_event_again() -> None:
    async with installed(HTTP) as (slack, app), Person(slack.workspace.base_url, "ana") as ana:
        came: list[str] = []

        async def refuse(request: web.Request) -> web.Response:
            came.append(await request.text())
            return web.Response(status=500, headers={"X-Slack-No-Retry": "1"})

        async with http_app(app, refuse):
            began = slack.workspace.clock.now()
            await ana.direct("hello")
            await pass_time(slack, lambda: slack.workspace.clock.now() > began + 400)
        assert len(came) == 1


async def test_an_answer_after_three_seconds_of_the_workspace_is_too_late() -> None:
    async with installed(HTTP) as (slack, app), Person(slack.workspace.base_url, "ana") as ana:

        async def hang(request: web.Request) -> web.Response:
            await asyncio.Event().wait()
            return web.Response()

        async with http_app(app, hang):
            typing = asyncio.create_task(ana.command("ops", "/ops x"))
            await pass_time(slack, typing.done)
        assert typing.result()["error"] == "operation_timeout"


@pytest.mark.parametrize("answer", ["", "something else"])
async def test_an_address_that_does_not_repeat_the_challenge_is_not_verified(answer: str) -> None:
    async with installed(HTTP) as (slack, app), Person(slack.workspace.base_url, "ana") as ana:

        async def take(request: web.Request) -> web.Response:
            return web.Response(text=answer)

        async with http_app(app, take):
            assert (await ana.control.post("verify"))["verified"] is False


async def test_an_app_without_an_address_gets_nothing() -> None:
    async with installed(HTTP) as (slack, app), Person(slack.workspace.base_url, "ana") as ana:
        assert (await ana.command("ops", "/ops x"))["error"] == "dispatch_failed"
        app.request_url = "http://127.0.0.1:1/nobody"
        assert (await ana.command("ops", "/ops x"))["reason"] == "connection_failed"
