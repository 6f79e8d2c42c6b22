"""`workflow-mcp`: the operations as tools for AI assistants, over stdio or HTTP."""

import argparse
import asyncio
import contextlib
import functools
import logging
import os
import signal
import sys
from pathlib import Path
from urllib.parse import urlsplit

from mcp_server.backend import OpenApi, embedded, hosted, open_backend
from mcp_server.http_settings import read_http_settings
from mcp_server.over_http import listen, serve_http
from mcp_server.over_stdio import serve_stdio
from mcp_server.server import build_server
from shared.address import is_loopback, split_address
from shared.errors import OpsError
from shared.operation import Effect
from shared.policy import Policy
from shared.settings import Settings, read_settings

_NOT_CONFIGURED = 2


def main() -> None:
    """Serve until told to stop; exit code 2 when something about the start has to be changed."""
    given = _options()
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s"
    )
    try:
        asyncio.run(_run(given))
    except OpsError as error:
        sys.stderr.write(f"workflow-mcp: {error}\n")
        sys.exit(_NOT_CONFIGURED)


async def _run(given: argparse.Namespace) -> None:
    settings = read_settings()
    server = build_server(
        Policy(allow=Effect(given.allow) if given.allow else settings.allow),
        functools.partial(
            open_backend,
            _source(given, settings),
            settings.database_url(),
            audit_reads=settings.audit_reads,
            at_once=given.sandbox,
        ),
    )
    stop = _stop_event()
    if given.http is None:
        await serve_stdio(server, stop)
        return
    host, port = given.http
    http = read_http_settings(host, port, os.environ)
    with listen(http) as listener:
        await serve_http(server, listener, http, stop)


def _source(given: argparse.Namespace, settings: Settings) -> OpenApi:
    """Where the API is; raises NotConfigured when nothing says so."""
    if given.sandbox:
        return functools.partial(embedded, given.sandbox_state or settings.state_dir / "sandbox")
    local = is_loopback(urlsplit(settings.server_url).hostname)
    return functools.partial(hosted, settings.server_url, settings.key_for(sandbox=local))


def _stop_event() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows has no such handlers; there, the end of stdin has to do.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    return stop


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="workflow-mcp", description=__doc__)
    parser.add_argument("--http", metavar="HOST:PORT", type=_address, help="serve streamable HTTP")
    parser.add_argument(
        "--allow",
        choices=[str(effect) for effect in Effect],
        help="the highest effect offered (default: WORKFLOW_OPS_ALLOW, else read)",
    )
    parser.add_argument("--sandbox", action="store_true", help="use an embedded server")
    parser.add_argument(
        "--sandbox-state", metavar="DIR", type=Path, help="where it keeps its state"
    )
    return parser.parse_args()


def _address(written: str) -> tuple[str, int]:
    try:
        return split_address(written)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


if __name__ == "__main__":
    main()
