"""What doors before the Workflows API have in common: they are served, and pass calls on."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
from aiohttp import web

type Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]

_FOR_THE_CONNECTION = frozenset(
    {"host", "connection", "content-length", "content-encoding", "transfer-encoding"}
)


def caller() -> httpx.AsyncClient:
    """A client of the API behind a door, as patient as whoever calls."""
    return httpx.AsyncClient(trust_env=False, verify=False, timeout=None)


@contextlib.asynccontextmanager
async def served(answer: Answering) -> AsyncIterator[str]:
    """The address of a door that answers every call so."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def sent_on(
    request: web.Request, client: httpx.AsyncClient, api_url: str
) -> AsyncIterator[httpx.Response]:
    """What the API answers, not read yet."""
    sent = client.build_request(
        request.method,
        api_url + request.path_qs,
        headers=[each for each in request.headers.items() if _is_passed(each[0])],
        content=await request.read(),
    )
    answer = await client.send(sent, stream=True)
    try:
        yield answer
    finally:
        await answer.aclose()


async def passed_back(request: web.Request, answer: httpx.Response) -> web.StreamResponse:
    """The answer of the API, part by part, as it comes."""
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
