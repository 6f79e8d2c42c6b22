"""Following the log of an execution over a real socket, in virtual time."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.errors import NotFound
from shared.stream import follow_logs
from tests.shared.streaming_server import ID, Connection, streaming
from tests.shared.virtual_time import VirtualLoop, virtual_pace


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"loop_factory": VirtualLoop}


async def followed(api: Any, **options: Any) -> list[str]:
    """The text of each line until the log ends."""
    lines = follow_logs(api, ID, pace=virtual_pace(), **options)
    return [line.record.body async for line in lines]


def line(cursor: str, body: str, **changes: Any) -> str:
    """A line as a server sends it."""
    record = {
        "timestamp": "2026-11-22T00:16:12Z",
        "trace_id": "t",
        "span_id": "s",
        "severity_text": "INFO",
        "body": body,
        "log_attributes": {},
    } | changes
    return f"id: {cursor}\nevent: log\ndata: {json.dumps(record)}\n\n"


async def test_lines_come_in_order_and_the_log_ends_after_the_execution() -> None:
    async def step(connection: Connection) -> None:
        await connection.send(line("a", "one"), line("b", "two"))
        server.status = "COMPLETED"
        # Workers send their logs in batches, some seconds late.
        await asyncio.sleep(5)
        await connection.send(line("c", "three"))

    async with streaming(step) as (api, server):
        assert await followed(api) == ["one", "two", "three"]


async def test_a_broken_log_goes_on_after_the_last_line() -> None:
    async def broken(connection: Connection) -> None:
        await connection.send(line("a", "one"), line("b", "two"))
        connection.abort()

    async def rest(connection: Connection) -> None:
        await connection.send(line("b", "two"), line("c", "three"))
        server.status = "FAILED"

    async with streaming(broken, rest) as (api, server):
        after = datetime(2026, 11, 22, tzinfo=UTC)
        assert await followed(api, after=after, run_id="run-1") == ["one", "two", "three"]
        assert server.opened == [None, "b"]


async def test_different_lines_under_one_cursor_are_all_kept() -> None:
    async def step(connection: Connection) -> None:
        await connection.send(line("a", "one"), line("a", "two"), line("a", "one"))
        server.status = "COMPLETED"

    async with streaming(step) as (api, server):
        assert await followed(api) == ["one", "two"]


async def test_errors_and_broken_lines_do_not_end_the_log() -> None:
    async def faulty(connection: Connection) -> None:
        await connection.send(
            line("a", "one"),
            "event: log\ndata: nothing\n\n",
            line("b", "two", timestamp="yesterday"),
            "event: novelty\ndata: {}\n\n",
            'event: error\ndata: {"error": "x", "reason": "read_error"}\n\n',
        )

    async def rest(connection: Connection) -> None:
        await connection.send(line("c", "three"))
        server.status = "COMPLETED"

    async with streaming(faulty, rest) as (api, server):
        lines = [each async for each in follow_logs(api, ID, pace=virtual_pace())]

        shown = [(each.record.body, each.cursor, each.missed) for each in lines]
        assert shown == [("one", "a", 0), ("three", "c", 2)]
        assert server.opened == [None, "b"]


async def test_a_log_that_does_not_exist_is_an_error() -> None:
    async def missing(connection: Connection) -> None:
        await connection.refuse(404)

    async with streaming(missing) as (api, _):
        with pytest.raises(NotFound, match="Could not read the live logs"):
            await followed(api)
