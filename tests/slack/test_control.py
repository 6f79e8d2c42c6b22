"""The control API, the root under a prefix, and the command."""

import asyncio
import contextlib
import json
import signal
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from httpx_sse import aconnect_sse
from starlette.applications import Starlette
from starlette.routing import Mount

from sandbox.slack.app import build_slack
from sandbox.slack.local import LocalSlack
from sandbox.slack.model import Json
from tests.slack.bots import bare_socket, web_client
from tests.slack.workspace import MANIFEST, Control, Person, Refused, installed, until


def _outsider() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=90, trust_env=False)


async def test_installing_again_keeps_the_tokens_and_warns_of_what_never_comes() -> None:
    async with installed() as (slack, app):
        control = Control(slack.workspace.base_url)
        poor = MANIFEST | {"oauth_config": {"scopes": {"bot": ["commands"]}}}
        again = await control.post("apps", manifest=poor)
        await control.close()
        assert again["bot_token"] == app.bot_token
        assert again["signing_secret"] == app.signing_secret
        assert any(each.startswith("message.im ") for each in again["warnings"])


NONSENSE: list[tuple[str, Json, str]] = [
    ("say", {"user": "nobody", "channel": "ops", "text": "x"}, "user_not_found"),
    ("say", {"user": "ana", "channel": "nowhere", "text": "x"}, "channel_not_found"),
    ("say", {"user": "eve", "channel": "ops", "text": "x"}, "not_in_channel"),
    ("say", {"user": "ana", "channel": "ops"}, "invalid_arguments"),
    ("say", {"user": "ana", "channel": 3, "text": "x"}, "invalid_arguments"),
    ("say", {"user": "ana", "channel": "ops", "text": "x", "thread_ts": "1.2"}, "thread"),
    ("direct", {"user": "ana", "app": "Nope", "text": "x"}, "app_not_found"),
    ("click", {"user": "ana", "channel": "ops", "ts": "1.2", "action_id": "x"}, "message_not"),
    ("submit", {"user": "ana", "view_id": "V1"}, "view_not_found"),
    ("fill", {"user": "ana", "view_id": "V1", "values": [1]}, "invalid_arguments"),
    ("apps", {"manifest": {"features": []}}, "invalid_manifest"),
    (
        "apps",
        {"manifest": {"display_information": {"name": "x"}, "features": {"shortcuts": [1]}}},
        "invalid_manifest",
    ),
    ("apps", {"manifest": {"display_information": {"name": "x" * 36}}}, "invalid_manifest"),
    ("faults", {"kind": "earthquake"}, "invalid_arguments"),
    ("faults", {"kind": "slow", "colour": "red"}, "invalid_arguments"),
    ("clock", {"advance": -1}, "invalid_arguments"),
    ("clock", {}, "invalid_arguments"),
    ("sockets", {"disconnect": True, "reason": "boredom"}, "invalid_arguments"),
    ("channels", {"explode": "ops"}, "invalid_arguments"),
    ("tokens", {}, "invalid_arguments"),
    ("limits", {"enabled": "no"}, "invalid_arguments"),
]


async def test_nonsense_is_refused_with_advice() -> None:
    async with installed() as (slack, _), _outsider() as client:
        for path, body, error in NONSENSE:
            response = await client.post(f"{slack.workspace.base_url}/control/{path}", json=body)
            answer = response.json()
            assert (path, response.status_code, answer["ok"]) == (path, 400, False)
            assert answer["error"].startswith(error)
            assert answer["hint"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
async def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    async with installed() as (slack, _), _outsider() as client:
        url = f"{slack.workspace.base_url}/control/say"
        response = await client.post(url, content=body)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_arguments")


async def test_a_person_sees_their_channels_and_what_is_unread() -> None:
    async with installed() as (slack, _):
        url = slack.workspace.base_url
        async with Person(url, "ana") as ana, Person(url, "dora") as dora:
            await ana.say("ops", "one")

            async def unread(person: Person) -> int:
                channels = (await person.state())["channels"]
                return next(int(each["unread"]) for each in channels if each["name"] == "ops")

            assert (await unread(ana), await unread(dora)) == (0, 1)
            await dora.messages("ops")
            assert await unread(dora) == 0
            state = await dora.state()
            # A guest knows only the channels they are in.
            assert {each["name"] for each in state["channels"]} == {"general", "ops"}
            assert {each["command"] for each in state["commands"]} == {"/ops", "/raw"}
            assert {each["handle"] for each in state["groups"]} == {"oncall", "approvers"}
            with pytest.raises(Refused, match="not_in_channel"):
                await dora.messages("approvals")


async def test_threads_are_read_apart() -> None:
    async with installed() as (slack, _), Person(slack.workspace.base_url, "ana") as ana:
        root = await ana.say("ops", "root")
        reply = await ana.say("ops", "reply", thread_ts=root)
        await ana.say("ops", "deeper", thread_ts=reply)
        assert [each["text"] for each in await ana.messages("ops")] == ["root"]
        thread = [each["text"] for each in await ana.messages("ops", root)]
        assert thread == ["root", "reply", "deeper"]
        later = [each["text"] for each in await ana.messages("ops", root, oldest=reply)]
        assert later == ["deeper"]


async def test_the_clock_stands_still_and_moves_when_told() -> None:
    async with installed() as (slack, _):
        control = Control(slack.workspace.base_url)
        frozen = (await control.post("clock", freeze=True))["now"]
        assert (await control.post("clock", advance=90))["now"] == frozen + 90
        assert (await control.post("clock", release=True))["now"] >= frozen + 90
        await control.close()


async def test_faults_strike_and_calls_are_logged() -> None:
    async with installed() as (slack, app), Person(slack.workspace.base_url, "ana") as ana:
        await ana.control.post("faults", kind="ratelimited", method="auth.test", times=2)
        assert len((await ana.control.get("faults"))["faults"]) == 1
        await ana.control.delete("faults")
        await web_client(slack, app).auth_test()
        (call,) = (await ana.control.get("calls", method="auth.test"))["calls"]
        assert (call["ok"], call["app_id"]) == (True, app.id)


async def test_happenings_are_streamed_to_those_who_may_know() -> None:
    async with installed() as (slack, app), _outsider() as client:
        url = slack.workspace.base_url
        people = {user.name: user.id for user in slack.workspace.users.values()}
        ops = slack.workspace.channel_named("ops").id
        asked = aconnect_sse(client, "GET", f"{url}/control/events", params={"user": "ana"})
        async with asked as source, Person(url, "ana") as ana:
            lines = source.response.aiter_lines()
            assert await anext(lines) == ": listening"
            bot = web_client(slack, app)
            await bot.chat_postEphemeral(channel=ops, user=people["ben"], text="not for ana")
            await bot.chat_postEphemeral(channel=ops, user=people["ana"], text="for ana")
            ts = await ana.say("ops", "hello")
            heard: list[Json] = []
            async for line in lines:
                if line.startswith("data: "):
                    heard.append(json.loads(line.removeprefix("data: ")))
                if len(heard) == 2:
                    break
        assert [each["kind"] for each in heard] == ["ephemeral", "message"]
        assert heard[1]["ts"] == ts


async def test_nobody_listens_for_a_stranger() -> None:
    async with installed() as (slack, _), _outsider() as client:
        response = await client.get(f"{slack.workspace.base_url}/control/events?user=nobody")
        assert (response.status_code, response.json()["error"]) == (400, "user_not_found")


async def test_the_workspace_works_below_a_prefix() -> None:
    slack = LocalSlack()
    slack.workspace.clock.freeze()
    outer = Starlette(routes=[Mount("/slack", build_slack(slack))])
    server = uvicorn.Server(
        uvicorn.Config(
            outer, port=0, ws="websockets-sansio", log_config=None, timeout_graceful_shutdown=1
        )
    )
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started)
    port = server.servers[0].sockets[0].getsockname()[1]
    slack.workspace.base_url = f"http://127.0.0.1:{port}/slack"
    app = slack.workspace.install(MANIFEST)
    async with bare_socket(slack, app) as socket:
        socket.payload = {"text": "here"}
        async with Person(slack.workspace.base_url, "ana") as ana:
            await ana.command("ops", "/ops")
            assert [each["text"] for each in await ana.messages("ops")] == ["here"]
        url = socket.came[0].payload["response_url"]
        async with _outsider() as client:
            assert (await client.post(url, json={"text": "there"})).json() == {"ok": True}
    await slack.close()
    server.should_exit = True
    await serving


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_the_command_says_where_it_is_and_ends_when_told(
    tmp_path: Path, number: signal.Signals
) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps(MANIFEST))
    process = await _start("--manifest", str(manifest))
    assert process.stdout is not None
    said = (await process.stdout.readline()).decode()
    word, url = said.split()
    assert word == "ready"
    control = Control(url)
    assert [each["name"] for each in (await control.get("state", user="ana"))["apps"]] == ["Ops"]
    await control.close()
    process.send_signal(number)
    rest, trouble = await process.communicate()
    assert (process.returncode, rest, trouble) == (0, b"", b"")


async def test_the_command_refuses_a_manifest_that_slack_would_refuse(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.yaml"
    manifest.write_text("features: {}")
    process = await _start("--manifest", str(manifest))
    said, trouble = await process.communicate()
    assert (process.returncode, said) == (1, b"")
    assert b"display_information.name" in trouble


async def _start(*arguments: str) -> Any:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox.slack", *arguments, stdout=pipe, stderr=pipe
    )
