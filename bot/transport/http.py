"""Signed HTTP: Slack posts, we verify."""

import contextlib
import socket
from collections.abc import AsyncGenerator

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp

PATH = "/slack/events"
_LARGEST = 2 * 1024 * 1024
_TIMESTAMP = "X-Slack-Request-Timestamp"
# Connections beyond it are dropped, and tried again by Slack's machine only after a second.
_BACKLOG = 1024


@contextlib.asynccontextmanager
async def http(app: AsyncApp, host: str, port: int) -> AsyncGenerator[str]:
    """Serve for the length of the block; yields the address that Slack is to be given."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    runner = web.AppRunner(_web(app), access_log=None, shutdown_timeout=5)
    await runner.setup()
    try:
        await web.SockSite(runner, listener, backlog=_BACKLOG).start()
        yield f"http://{host}:{listener.getsockname()[1]}{PATH}"
    finally:
        await runner.cleanup()
        listener.close()


def _web(app: AsyncApp) -> web.Application:
    async def deliver(request: web.Request) -> web.Response:
        # Bolt's verifier stumbles over a time stamp that is no number instead of refusing it.
        if not request.headers.get(_TIMESTAMP, "").isdecimal():
            return web.json_response({"error": "invalid request"}, status=401)
        try:
            delivery = await to_bolt_request(request)
        except ValueError:
            # Bolt reads the JSON of a body before it looks at the signature.
            return web.json_response({"error": "invalid body"}, status=400)
        return await to_aiohttp_response(await app.async_dispatch(delivery))

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    served = web.Application(client_max_size=_LARGEST)
    served.router.add_post(PATH, deliver)
    served.router.add_get("/health", health)
    return served
