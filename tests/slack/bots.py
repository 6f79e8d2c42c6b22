"""Real bots for the workspace: Bolt over Socket Mode and over HTTP, and bare socket clients."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.local import LocalSlack
from sandbox.slack.model import App, Json
from tests.slack.workspace import Person, installed, until

_QUIET = logging.getLogger("tests.slack.bots")
_QUIET.setLevel(logging.CRITICAL)
# A client whose pings a busy machine answers late would take its socket for lost.
_PING_SECONDS = 600.0


def web_client(slack: LocalSlack, app: App) -> AsyncWebClient:
    """The official client of the app."""
    base_url = f"{slack.workspace.base_url}/api/"
    return AsyncWebClient(app.bot_token, base_url=base_url, timeout=90, retry_handlers=[])


def bolt_app(slack: LocalSlack, app: App) -> AsyncApp:
    """A Bolt app with no listeners yet."""
    return AsyncApp(client=web_client(slack, app), signing_secret=app.signing_secret, logger=_QUIET)


@contextlib.asynccontextmanager
async def over_sockets(slack: LocalSlack, app: App, bolt: AsyncApp) -> AsyncIterator[None]:
    """Connect the Bolt app with one socket."""
    handler = AsyncSocketModeHandler(bolt, app.app_token, ping_interval=_PING_SECONDS)
    before = len(slack.sockets.open_sockets(app.id))
    try:
        await handler.connect_async()  # type: ignore[no-untyped-call]
        await connected(slack, app, before + 1)
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


@contextlib.asynccontextmanager
async def over_http(app: App, bolt: AsyncApp) -> AsyncIterator[None]:
    """Serve the Bolt app and let the workspace deliver there."""

    async def take(request: web.Request) -> web.Response:
        headers: dict[str, str | Sequence[str]] = {**request.headers}
        answer = await bolt.async_dispatch(
            AsyncBoltRequest(body=await request.text(), headers=headers)
        )
        return web.Response(
            status=answer.status,
            body=answer.body,
            headers=answer.first_headers_without_set_cookie(),
        )

    async with http_app(app, take):
        yield


@contextlib.asynccontextmanager
async def http_app(app: App, take: Callable[..., object]) -> AsyncIterator[None]:
    """Serve a handler and let the workspace deliver there."""
    server = web.Application()
    server.router.add_post("/slack/events", take)  # type: ignore[arg-type]
    runner = web.AppRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        app.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        yield
    finally:
        await runner.cleanup()


class Socket:
    """A bare Socket Mode client that remembers what came and acks with what it is told."""

    def __init__(self, slack: LocalSlack, app: App, ack: bool = True) -> None:
        self.came: list[SocketModeRequest] = []
        self.times: list[float] = []
        self.messages: list[Json] = []
        self.payload: Json | None = None
        self._ack = ack
        self._slack = slack
        self.client = SocketModeClient(
            app.app_token,
            web_client=web_client(slack, app),
            logger=_QUIET,
            ping_interval=_PING_SECONDS,
        )
        self.client.socket_mode_request_listeners.append(self._take)
        self.client.message_listeners.append(self._hear)

    async def _take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self.came.append(request)
        self.times.append(self._slack.workspace.clock.now())
        if self._ack:
            response = SocketModeResponse(request.envelope_id, self.payload)
            await client.send_socket_mode_response(response)

    async def _hear(
        self, client: AsyncBaseSocketModeClient, message: Json, raw: str | None = None
    ) -> None:
        self.messages.append(message)


@contextlib.asynccontextmanager
async def bare_socket(slack: LocalSlack, app: App, ack: bool = True) -> AsyncIterator[Socket]:
    """Open one socket."""
    socket = Socket(slack, app, ack)
    before = len(slack.sockets.open_sockets(app.id))
    try:
        await socket.client.connect()  # type: ignore[no-untyped-call]
        await connected(slack, app, before + 1)
        yield socket
    finally:
        await socket.client.close()  # type: ignore[no-untyped-call]


async def connected(slack: LocalSlack, app: App, count: int) -> None:
    """Wait until so many sockets take envelopes."""

    async def look() -> int:
        return len(slack.sockets.open_sockets(app.id))

    await until(look, lambda seen: seen == count)


async def pass_time(slack: LocalSlack, good: Callable[[], object]) -> None:
    """Let the time of the workspace pass, second by second, until it is good."""
    for _ in range(2_000):
        if good():
            return
        slack.workspace.clock.advance(1)
        await asyncio.sleep(0.002)
    raise AssertionError("It did not come within 2000 seconds of the workspace.")


@contextlib.asynccontextmanager
async def scene() -> AsyncIterator[tuple[LocalSlack, App, Socket, Person]]:
    """The app with one bare socket, and ana."""
    async with (
        installed() as (slack, app),
        bare_socket(slack, app) as socket,
        Person(slack.workspace.base_url, "ana") as ana,
    ):
        yield slack, app, socket, ana
