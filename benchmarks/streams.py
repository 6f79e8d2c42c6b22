"""Events per second of our stream, of the official client's, and of the bare parser."""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from typing import Self

import httpx
from httpx_sse import EventSource
from mistralai.client import Mistral

from benchmarks.feed import EXECUTION_ID, pieces, transport
from benchmarks.table import Row
from shared.api import open_api
from shared.events import Frame
from shared.stream import follow
from shared.timeline import Timeline

_EVENTS = 20_000
# The official client is slow enough that fewer events say the same.
_OFFICIAL_EVENTS = 2_000
_ROUNDS = 3


def measure() -> list[Row]:
    """Run the three in turns, in one process; the best round of each counts."""
    many, few = _Feed.of(_EVENTS), _Feed.of(_OFFICIAL_EVENTS)
    ours = bare = official = 0.0
    for _ in range(_ROUNDS):
        bare = max(bare, _rate(_bare, many))
        ours = max(ours, _rate(_ours, many))
        official = max(official, _rate(_official, few))
    found = f"{ours:,.0f} events/s"
    return [
        Row(
            "stream, decoded, validated, folded",
            found,
            f"official client {official:,.0f} events/s",
            ours / official,
            "at least",
            50,
        ),
        Row(
            "the same",
            found,
            f"httpx-sse + json.loads {bare:,.0f} events/s",
            ours / bare,
            "at least",
            0.6,
        ),
    ]


@dataclass(frozen=True, slots=True)
class _Feed:
    count: int
    pieces: list[bytes]

    @classmethod
    def of(cls, count: int) -> Self:
        return cls(count, list(pieces(count)))


def _rate(
    read: Callable[[httpx.MockTransport, int], Coroutine[None, None, None]], feed: _Feed
) -> float:
    began = time.perf_counter()
    # Each reader stops at the last event: how an execution is seen to end is another matter.
    asyncio.run(read(transport(feed.pieces), feed.count))
    return feed.count / (time.perf_counter() - began)


async def _ours(api_transport: httpx.MockTransport, count: int) -> None:
    timeline = Timeline(EXECUTION_ID)
    seen = 0
    async with (
        open_api("http://api", "key", transport=api_transport) as api,
        aclosing(follow(api, EXECUTION_ID)) as items,
    ):
        async for item in items:
            if isinstance(item, Frame):
                timeline.add(item.data)
                seen += 1
                if seen == count:
                    return


async def _bare(api_transport: httpx.MockTransport, count: int) -> None:
    seen = 0
    async with (
        httpx.AsyncClient(transport=api_transport) as client,
        client.stream("GET", "http://api/stream") as response,
    ):
        async for event in EventSource(response).aiter_sse():
            json.loads(event.data)
            seen += 1
            if seen == count:
                return


async def _official(api_transport: httpx.MockTransport, count: int) -> None:
    seen = 0
    async with (
        httpx.AsyncClient(transport=api_transport) as client,
        Mistral(api_key="key", server_url="http://api", async_client=client) as official,
    ):
        frames = await official.workflows.executions.stream_async(execution_id=EXECUTION_ID)
        async with frames:
            async for frame in frames:
                seen += frame.data is not None
                if seen == count:
                    return
