"""What really goes over the wire, and what happens when the wire breaks."""

import asyncio
import json
import socket

import httpx
import pytest

from shared.api import Patience, open_api
from shared.errors import NotFound, RateLimited, Unavailable, UnexpectedAnswer
from shared.models import Execution
from tests.shared.raw_server import HANG, http, raw_server
from tests.shared.scripted import EXECUTION

FOUND = http(json.dumps(EXECUTION).encode())
STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n\r\n"
DROPPED = b""
CUT = FOUND[:-20]


@pytest.mark.parametrize("broken", [DROPPED, CUT, b"HTTP/1.1 200 OK\r\n", b"nonsense\r\n\r\n"])
async def test_a_read_survives_a_broken_connection(broken: bytes) -> None:
    async with raw_server(broken, FOUND) as (api, server):
        read = await api.get_execution("order-41")

    assert read.execution_id == "order-41"
    assert len(server.requests) == 2


@pytest.mark.parametrize("broken", [DROPPED, CUT])
async def test_a_signal_over_a_broken_connection_arrives_once(broken: bytes) -> None:
    async with raw_server(broken) as (api, server):
        with pytest.raises(Unavailable, match="may have happened"):
            await api.signal_execution("order-41", "note", {"text": "x"})

    assert len(server.requests) == 1


async def test_a_start_over_a_broken_connection_is_found() -> None:
    async with raw_server(DROPPED, FOUND) as (api, server):
        started = await api.execute_workflow("expense-approval")

    assert isinstance(started, Execution)
    assert [request.split()[0] for request in server.requests] == [b"POST", b"GET"]


async def test_an_act_without_a_server_certainly_did_not_happen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
    waits: list[float] = []

    async def note(seconds: float) -> None:
        waits.append(seconds)

    patience = Patience(sleep=note)
    async with open_api(f"http://127.0.0.1:{port}", None, patience=patience) as api:
        with pytest.raises(Unavailable, match="Nothing was done") as caught:
            await api.signal_execution("order-41", "note")

    assert f"(http://127.0.0.1:{port})" in str(caught.value)
    assert len(waits) == 3


async def test_a_connection_that_the_server_closed_in_between_is_replaced() -> None:
    async with raw_server(FOUND, FOUND) as (api, _):
        await api.get_execution("order-41")
        await api.get_execution("order-41")


async def test_an_act_without_body_says_so() -> None:
    async with raw_server(http(b"", status="204 No Content")) as (api, server):
        await api.terminate_execution("a/b ü")

    head = server.requests[0].decode().lower()
    assert head.startswith("post /v1/workflows/executions/a%2fb%20%c3%bc/terminate http/1.1\r\n")
    assert "content-length: 0\r\n" in head
    assert "content-type" not in head
    assert "authorization: bearer key\r\n" in head


async def test_a_stream_is_handed_over_as_it_comes() -> None:
    async with (
        raw_server(STREAM + b": hello\n\n" + HANG) as (api, server),
        api.stream_execution("order-41", last_event_id="17-0") as response,
    ):
        first = await anext(response.aiter_bytes())

    assert first == b": hello\n\n"
    head = server.requests[0].decode()
    assert head.startswith("GET /v1/workflows/executions/order-41/stream?last_event_id=17-0 ")
    assert "accept: text/event-stream\r\n" in head.lower()


async def test_a_stream_that_breaks_is_the_readers_affair() -> None:
    chunked = STREAM.replace(b"\r\n\r\n", b"\r\ntransfer-encoding: chunked\r\n\r\n")
    async with (
        raw_server(chunked + b"3\r\n: a\r\n") as (api, _),
        api.stream_events(root_workflow_exec_id="order-41") as response,
    ):
        with pytest.raises(httpx.RemoteProtocolError):
            await response.aread()


async def test_a_stream_is_opened_once() -> None:
    async with raw_server(DROPPED) as (api, _):
        with pytest.raises(Unavailable, match="Could not read the live logs of execution"):
            async with api.stream_execution_logs("order-41"):
                pytest.fail("there is no stream")


async def test_a_refused_stream_says_why() -> None:
    refusal = http(b'{"code": "workflow_not_found", "message": "gone"}', status="404 Not Found")
    async with raw_server(refusal) as (api, _):
        with pytest.raises(NotFound, match='It says: "gone"'):
            async with api.stream_execution("order-41"):
                pytest.fail("there is no stream")


async def test_a_refusal_that_never_ends_is_cut_short() -> None:
    endless = http(b"x" * 70_000, "transfer-encoding: identity", status="429 Slow Down") + HANG
    endless = endless.replace(b"transfer-encoding: identity\r\n", b"retry-after: 7\r\n")
    async with raw_server(endless) as (api, _):
        with pytest.raises(RateLimited) as caught:
            async with api.stream_execution("order-41"):
                pytest.fail("there is no stream")

    assert caught.value.retry_after == 7


@pytest.mark.parametrize(
    "answer", [FOUND, http(b"<html>", "content-type: text/html"), http(b"", status="204 None")]
)
async def test_a_stream_that_is_none_is_unexpected(answer: bytes) -> None:
    async with raw_server(answer) as (api, _):
        with pytest.raises(UnexpectedAnswer):
            async with api.stream_execution("order-41"):
                pytest.fail("there is no stream")


async def test_a_call_can_be_given_up() -> None:
    async with raw_server(HANG) as (api, server):
        call = asyncio.create_task(api.get_execution("order-41"))
        await server.asked.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    assert len(server.requests) == 1
