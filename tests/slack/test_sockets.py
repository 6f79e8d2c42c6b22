"""Socket Mode, with the real client of slack_sdk."""

import asyncio
import contextlib

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.faults import Fault
from tests.slack.bots import bare_socket, bolt_app, connected, over_sockets, pass_time, web_client
from tests.slack.workspace import Person, installed, until


async def test_opening_a_socket_needs_the_app_token() -> None:
    async with installed() as (slack, app):
        client = AsyncWebClient(app.bot_token, base_url=f"{slack.workspace.base_url}/api/")
        with pytest.raises(SlackApiError, match="not_allowed_token_type"):
            await client.api_call("apps.connections.open")


async def test_a_socket_says_hello_with_the_number_of_connections() -> None:
    async with installed() as (slack, app), bare_socket(slack, app), bare_socket(slack, app) as two:

        async def look() -> list[dict[str, object]]:
            return two.messages

        (hello,) = await until(look)
        assert (hello["type"], hello["num_connections"]) == ("hello", 2)
        assert {"host", "approximate_connection_time"} <= set(hello["debug_info"])  # type: ignore[call-overload]


async def test_a_ping_is_answered() -> None:
    async with installed() as (slack, app), bare_socket(slack, app) as socket:

        async def look() -> float | None:
            return socket.client.last_ping_pong_time

        # The client pings when it connects, and notes when the answer comes; then not for minutes.
        await until(look)


async def test_a_ticket_opens_one_socket() -> None:
    async with installed() as (slack, app):
        address = slack.sockets.address(app.id)
        async with bare_socket(slack, app) as socket:
            session = socket.client.aiohttp_client_session
            async with session.ws_connect(address) as first:
                assert (await first.receive_json())["type"] == "hello"
            with pytest.raises(Exception, match="403"):
                await session.ws_connect(address)


async def test_each_envelope_goes_to_exactly_one_socket_in_turn() -> None:
    async with contextlib.AsyncExitStack() as stack:
        slack, app = await stack.enter_async_context(installed())
        ana = await stack.enter_async_context(Person(slack.workspace.base_url, "ana"))
        sockets = [await stack.enter_async_context(bare_socket(slack, app)) for _ in range(3)]
        for number in range(9):
            await ana.command("ops", f"/ops {number}")
        assert [len(each.came) for each in sockets] == [3, 3, 3]
        texts = {request.payload["text"] for each in sockets for request in each.came}
        assert texts == {str(number) for number in range(9)}


async def test_an_eleventh_socket_is_told_to_go() -> None:
    async with contextlib.AsyncExitStack() as stack:
        slack, app = await stack.enter_async_context(installed())
        slack.limits.enabled = False
        for _ in range(10):
            await stack.enter_async_context(bare_socket(slack, app))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        async with session.ws_connect(slack.sockets.address(app.id)) as eleventh:
            told = await eleventh.receive_json()
        assert (told["type"], told["reason"]) == ("disconnect", "too_many_websockets")
        await connected(slack, app, 10)


async def test_the_ack_may_carry_what_the_person_sees() -> None:
    async with installed() as (slack, app), bare_socket(slack, app) as socket:
        socket.payload = {"text": "Done"}
        async with Person(slack.workspace.base_url, "ana") as ana:
            assert (await ana.command("ops", "/ops now"))["ack"] == {"text": "Done"}
            (seen,) = await ana.messages("ops")
        assert (seen["text"], seen["ephemeral"]) == ("Done", True)


async def test_a_command_without_an_ack_fails_after_three_seconds_and_is_not_repeated() -> None:
    async with installed() as (slack, app), bare_socket(slack, app, ack=False) as socket:
        began = slack.workspace.clock.now()
        async with Person(slack.workspace.base_url, "ana") as ana:
            typing = asyncio.create_task(ana.command("ops", "/ops now"))
            await pass_time(slack, typing.done)
        assert typing.result()["error"] == "operation_timeout"
        assert typing.result()["shown"] == '/ops failed with the error "operation_timeout"'
        assert slack.workspace.clock.now() - began >= 3
        await pass_time(slack, lambda: slack.workspace.clock.now() - began > 400)
        assert len(socket.came) == 1


async def test_without_a_socket_a_command_fails_at_once() -> None:
    async with installed() as (slack, _), Person(slack.workspace.base_url, "ana") as ana:
        assert (await ana.command("ops", "/ops now"))["error"] == "dispatch_failed"


async def test_an_event_without_an_ack_comes_again_at_once_after_one_and_after_five_minutes() -> (
    None
):
    async with installed() as (slack, app), bare_socket(slack, app, ack=False) as socket:
        began = slack.workspace.clock.now()
        async with Person(slack.workspace.base_url, "ana") as ana:
            saying = asyncio.create_task(ana.say("ops", "hello"))
            await pass_time(slack, lambda: len(socket.came) == 4)
            await saying
        assert [request.retry_attempt for request in socket.came] == [0, 1, 2, 3]
        assert {request.retry_reason for request in socket.came[1:]} == {"timeout"}
        assert len({request.payload["event_id"] for request in socket.came}) == 1
        after = [moment - began for moment in socket.times]
        # The first waits three seconds for its ack; so does each repetition.
        assert [
            seconds >= least for seconds, least in zip(after, (0, 3, 66, 369), strict=True)
        ] == [True] * 4


async def test_a_socket_lost_in_the_middle_of_an_ack_loses_the_ack() -> None:
    async with installed() as (slack, app):
        bolt = bolt_app(slack, app)
        seen: list[str] = []

        @bolt.event("app_mention")
        async def mentioned(body: dict[str, str]) -> None:
            seen.append(body["event_id"])

        @bolt.event("message")
        async def message() -> None:
            """Only the mention matters here."""

        async def faults() -> list[Fault]:
            return slack.faults.waiting()

        async with over_sockets(slack, app, bolt), over_sockets(slack, app, bolt):
            slack.faults.add(Fault("drop_socket_in_ack", times=2))
            async with Person(slack.workspace.base_url, "ana") as ana:
                saying = asyncio.create_task(ana.say("ops", "@ops hello"))
                await until(faults, lambda left: not left)
                await connected(slack, app, 2)
                await pass_time(slack, lambda: len(seen) >= 2)
                await saying
        assert len(set(seen)) == 1


@pytest.mark.parametrize("reason", ["refresh_requested", "warning"])
async def test_a_refreshed_client_comes_back_while_the_other_socket_serves(reason: str) -> None:
    async with installed() as (slack, app), Person(slack.workspace.base_url, "ana") as ana:
        bolt = bolt_app(slack, app)

        @bolt.command("/ops")
        async def ops(ack: object) -> None:
            await ack("here")  # type: ignore[operator]

        async with over_sockets(slack, app, bolt), over_sockets(slack, app, bolt):
            before = set(slack.sockets.open_sockets(app.id))
            answer = await ana.control.post("sockets", disconnect="Ops", reason=reason, count=1)
            assert answer["asked"] == 1
            assert (await ana.command("ops", "/ops"))["ack"] == {"text": "here"}

            async def look() -> bool:
                now = set(slack.sockets.open_sockets(app.id))
                return len(now) == 2 and now != before

            await until(look)


async def test_a_revoked_app_has_its_link_disabled() -> None:
    async with installed() as (slack, app), bare_socket(slack, app) as socket:
        socket.client.default_auto_reconnect_enabled = False
        async with Person(slack.workspace.base_url, "ana") as ana:
            await ana.control.post("tokens", revoke="Ops")
            assert (await ana.control.get("sockets"))["sockets"] == {app.id: 0}
        assert [each.payload["event"]["type"] for each in socket.came] == ["tokens_revoked"]
        with pytest.raises(SlackApiError, match=r"token_revoked|account_inactive|invalid_auth"):
            await web_client(slack, app).auth_test()
