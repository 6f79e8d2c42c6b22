"""`/metrics` and `/health`, on a server of their own or beside other pages."""

import contextlib
from collections.abc import AsyncGenerator, Sequence

from aiohttp import web
from aiohttp.web_routedef import AbstractRouteDef

from bot.metrics.health import Health
from bot.metrics.metrics import Metrics
from shared.listening import http_url, listening_socket

_UNWELL = 503


def pages(metrics: Metrics, health: Health) -> Sequence[AbstractRouteDef]:
    """The routes of both pages."""

    async def show_metrics(request: web.Request) -> web.Response:
        body, content_type = await metrics.exposition(request.headers.get("accept", ""))
        return web.Response(body=body, headers={"content-type": content_type})

    async def show_health(_: web.Request) -> web.Response:
        found = await health.found()
        reasons = [*found.unwell, *found.degraded]
        if found.unwell:
            return web.json_response({"status": "unwell", "reasons": reasons}, status=_UNWELL)
        if found.degraded:
            return web.json_response({"status": "degraded", "reasons": reasons})
        return web.json_response({"status": "ok"})

    return [web.get("/metrics", show_metrics), web.get("/health", show_health)]


@contextlib.asynccontextmanager
async def serving(routes: Sequence[AbstractRouteDef], host: str, port: int) -> AsyncGenerator[str]:
    """Serve pages for the length of the block; yields the address. Raises NotConfigured."""
    served = web.Application()
    served.add_routes(routes)
    with listening_socket(host, port) as listener:
        runner = web.AppRunner(served, access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.SockSite(runner, listener).start()
            yield http_url(listener)
        finally:
            await runner.cleanup()
