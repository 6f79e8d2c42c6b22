"""Serving many clients over streamable HTTP."""

import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import Iterator
from typing import Any

import uvicorn
from mcp.server import Server
from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.auth.middleware.bearer_auth import BearerAuthBackend
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mcp_server.http_settings import HttpSettings
from mcp_server.tokens import Tokens
from shared.listening import http_url, listening_socket

_LARGEST_BODY = 4 * 1024 * 1024
_GRACE_SECONDS = 5


def listen(settings: HttpSettings) -> socket.socket:
    """A listening socket; raises NotConfigured."""
    return listening_socket(settings.host, settings.port)


async def serve_http(
    server: Server[Any], listener: socket.socket, settings: HttpSettings, stop: asyncio.Event
) -> None:
    """Serve `/mcp` and `/health` until `stop` is set; calls that go on get five seconds."""
    config = uvicorn.Config(
        build_app(server, settings),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    # It sees signals, too, and gives them back at its end: streams end because it sees them.
    web = uvicorn.Server(config)
    with _quiet_end(web):
        serving = asyncio.create_task(web.serve(sockets=[listener]))
        stopping = asyncio.create_task(stop.wait())
        sys.stderr.write(f"workflow-mcp listens on {http_url(listener)}/mcp\n")
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        web.should_exit = True
        await serving


def build_app(server: Server[Any], settings: HttpSettings) -> Starlette:
    """The application: `/mcp`, behind a token if there are tokens, and `/health`, open to all."""
    verifier = Tokens(settings.tokens) if settings.tokens else None
    app = server.streamable_http_app(
        transport_security=_security(settings),
        max_request_body_size=_LARGEST_BODY,
        token_verifier=verifier,
        custom_starlette_routes=[Route("/health", _health)],
    )
    if verifier is not None:
        # The last one added is the outermost: a token becomes a user, who then is put in reach.
        app.add_middleware(AuthContextMiddleware)
        app.add_middleware(AuthenticationMiddleware, backend=BearerAuthBackend(verifier))
    return app


@contextlib.contextmanager
def _quiet_end(web: uvicorn.Server) -> Iterator[None]:
    """Keep out of the log what uvicorn calls errors: the streams that its own end cuts."""
    log = logging.getLogger("uvicorn.error")

    def is_news(_: logging.LogRecord) -> bool:
        return not web.should_exit

    log.addFilter(is_news)
    try:
        yield
    finally:
        log.removeFilter(is_news)


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _security(settings: HttpSettings) -> TransportSecuritySettings:
    """Which Host and Origin headers pass; a page of another site could else call a local server."""
    hosts = settings.accepted_hosts
    if hosts is None:
        return TransportSecuritySettings(enable_dns_rebinding_protection=False)
    return TransportSecuritySettings(
        allowed_hosts=[spelling for host in hosts for spelling in (host, f"{host}:*")],
        allowed_origins=[
            f"{scheme}://{spelling}"
            for host in hosts
            for scheme in ("http", "https")
            for spelling in (host, f"{host}:*")
        ],
    )
