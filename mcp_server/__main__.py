"""`workflow-mcp`: the operations as tools for AI assistants, over stdio or HTTP."""

import argparse
import asyncio
import functools
import os
from pathlib import Path
from urllib.parse import urlsplit

from mcp_server.backend import OpenApi, embedded, hosted, open_backend
from mcp_server.http_settings import read_http_settings
from mcp_server.over_http import listen, serve_http
from mcp_server.over_stdio import serve_stdio
from mcp_server.server import build_server
from shared.address import is_loopback
from shared.operation import Effect
from shared.policy import Policy
from shared.program import address, run
from shared.settings import Settings, read_settings


def main() -> None:
    """Serve until told to stop; exit code 2 when something about the start has to be changed."""
    run("workflow-mcp", functools.partial(_run, _options()))


async def _run(given: argparse.Namespace, stop: asyncio.Event) -> int:
    settings = read_settings()
    if given.command == "doctor":
        return await _doctor(_source(given, settings), settings, stop)
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
    if given.http is None:
        await serve_stdio(server, stop)
        return 0
    host, port = given.http
    http = read_http_settings(host, port, os.environ)
    with listen(http) as listener:
        await serve_http(server, listener, http, stop)
    return 0


async def _doctor(source: OpenApi, settings: Settings, stop: asyncio.Event) -> int:
    # Serving does not pay for what only this needs.
    from shared.context import utc_now
    from shared.doctor.command import doctor_command
    from shared.doctor.examinations import shared_examinations

    async with source() as api:
        examinations = shared_examinations(api, settings.database_url(), utc_now)
        return await doctor_command(examinations, stop)


def _source(given: argparse.Namespace, settings: Settings) -> OpenApi:
    """Where the API is; raises NotConfigured when nothing says so."""
    if given.sandbox:
        return functools.partial(embedded, given.sandbox_state or settings.state_dir / "sandbox")
    local = is_loopback(urlsplit(settings.server_url).hostname)
    return functools.partial(hosted, settings.server_url, settings.key_for(sandbox=local))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="workflow-mcp", description=__doc__)
    parser.add_argument(
        "command",
        nargs="?",
        choices=["doctor"],
        help="check the API and the store instead of serving",
    )
    parser.add_argument("--http", metavar="HOST:PORT", type=address, help="serve streamable HTTP")
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


if __name__ == "__main__":
    main()
