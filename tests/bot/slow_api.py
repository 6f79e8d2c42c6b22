"""The Workflows API behind a door: what the door holds goes on once it is opened."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

import httpx
from aiohttp import web

_FOR_THE_CONNECTION = frozenset(
    {"host", "connection", "content-length", "content-encoding", "transfer-encoding"}
)


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
        sent = self._client.build_request(
            request.method,
            self._api_url + request.path_qs,
            headers=[each for each in request.headers.items() if _is_passed(each[0])],
            content=await request.read(),
        )
        answer = await self._client.send(sent, stream=True)
        try:
            return await _passed_on(request, answer)
        finally:
            await answer.aclose()


@contextlib.asynccontextmanager
async def slow_api(api_url: str) -> AsyncIterator[SlowApi]:
    """A door before the API, at its own `url`."""
    async with httpx.AsyncClient(trust_env=False, verify=False, timeout=None) as client:
        door = SlowApi(api_url, client)
        served = web.Application()
        served.router.add_route("*", "/{path:.*}", door.answer)
        runner = web.AppRunner(
            served, access_log=None, shutdown_timeout=0.1, handler_cancellation=True
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            door.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield door
        finally:
            door.release()
            await runner.cleanup()


async def _passed_on(request: web.Request, answer: httpx.Response) -> web.StreamResponse:
    headers = [each for each in answer.headers.items() if _is_passed(each[0])]
    passed = web.StreamResponse(status=answer.status_code, headers=headers)
    await passed.prepare(request)
    with contextlib.suppress(ConnectionResetError):
        async for part in answer.aiter_bytes():
            await passed.write(part)
        await passed.write_eof()
    return passed


def _is_passed(header: str) -> bool:
    return header.lower() not in _FOR_THE_CONNECTION
