"""Signed HTTP: Slack posts, we verify."""

import contextlib
from collections.abc import AsyncGenerator, Sequence

from aiohttp import web
from aiohttp.web_routedef import AbstractRouteDef
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp

from bot.transport.promptly import Posted, Promptly
from shared.listening import http_url, listening_socket

PATH = "/slack/events"
_LARGEST = 2 * 1024 * 1024
_TIMESTAMP = "X-Slack-Request-Timestamp"
# Connections beyond it are dropped, and tried again by Slack's machine only after a second.
_BACKLOG = 1024


@contextlib.asynccontextmanager
async def http(
    app: AsyncApp,
    host: str,
    port: int,
    pages: Sequence[AbstractRouteDef] = (),
    signing_secret: str | None = None,
) -> AsyncGenerator[str]:
    """Serve for the length of the block, with other pages beside; raises NotConfigured.

    Yields the address that Slack is to be given. With the secret, what wants no answer is
    acknowledged before the app looks at it.
    """
    promptly = Promptly(app, signing_secret) if signing_secret else None
    with listening_socket(host, port, _BACKLOG) as listener:
        runner = web.AppRunner(_web(app, pages, promptly), access_log=None, shutdown_timeout=5)
        await runner.setup()
        try:
            await web.SockSite(runner, listener, backlog=_BACKLOG).start()
            yield f"{http_url(listener)}{PATH}"
        finally:
            await runner.cleanup()
            if promptly is not None:
                await promptly.aclose()


def _web(
    app: AsyncApp, pages: Sequence[AbstractRouteDef], promptly: Promptly | None
) -> web.Application:
    async def deliver(request: web.Request) -> web.Response:
        # Bolt's verifier stumbles over a time stamp that is no number instead of refusing it.
        if not request.headers.get(_TIMESTAMP, "").isdecimal():
            return web.json_response({"error": "invalid request"}, status=401)
        try:
            if promptly is not None and promptly.takes(await _posted(request)):
                return web.Response()
            delivery = await to_bolt_request(request)
        except (ValueError, AttributeError, TypeError, KeyError):
            # Bolt reads a body before it looks at the signature, and trips over other shapes.
            return web.json_response({"error": "invalid body"}, status=400)
        return await to_aiohttp_response(await app.async_dispatch(delivery))

    served = web.Application(client_max_size=_LARGEST)
    served.router.add_post(PATH, deliver)
    served.add_routes(pages)
    return served


async def _posted(request: web.Request) -> Posted:
    return Posted(await request.text(), request.query_string, request.headers)
