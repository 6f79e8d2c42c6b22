"""The Workflows API behind a door: what the door holds goes on once it is opened."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

import httpx
from aiohttp import web

from tests.bot.doors import caller, passed_back, sent_on, served


class SlowApi:
    """Passes everything on; `hold` makes calls of these methods and paths wait for `release`."""

    def __init__(self, api_url: str, client: httpx.AsyncClient) -> None:
        self.url = ""
        self._api_url = api_url
        self._client = client
        self._held: re.Pattern[str] | None = None
        self._open = asyncio.Event()

    def hold(self, pattern: str) -> None:
        """Let calls like `GET /v1/workflows/order-batch` wait, by a pattern of such lines."""
        self._held, self._open = re.compile(pattern), asyncio.Event()

    def release(self) -> None:
        """Let them all go on."""
        self._held = None
        self._open.set()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One call."""
        if self._held is not None and self._held.fullmatch(f"{request.method} {request.path}"):
            await self._open.wait()
        async with sent_on(request, self._client, self._api_url) as answer:
            return await passed_back(request, answer)


@contextlib.asynccontextmanager
async def slow_api(api_url: str) -> AsyncIterator[SlowApi]:
    """A door before the API, at its own `url`."""
    async with caller() as client:
        door = SlowApi(api_url, client)
        async with served(door.answer) as door.url:
            try:
                yield door
            finally:
                door.release()
