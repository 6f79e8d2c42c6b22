"""Serving one client over stdin and stdout."""

import asyncio
import contextlib
import logging
import os
import sys
from typing import Any

import anyio
from mcp.server import Server
from mcp.server.stdio import stdio_server


async def serve_stdio(server: Server[Any], stop: asyncio.Event) -> None:
    """Serve until stdin ends; ends the process itself when `stop` is set or stdout is closed.

    The transport takes the descriptor of stdout for itself and points it at stderr; what a library
    prints goes to stderr, too, and never into the protocol.
    """
    async with stdio_server() as (read, write):
        with contextlib.redirect_stdout(sys.stderr):
            run = server.run(read, write, server.create_initialization_options())
            await _until(stop, asyncio.create_task(run))


async def _until(stop: asyncio.Event, serving: "asyncio.Task[None]") -> None:
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        if not serving.done():
            serving.cancel()
            with anyio.CancelScope(shield=True):
                await asyncio.wait({serving})
            _leave()
    await serving


def _leave() -> None:
    """End although a thread still reads stdin: nothing can interrupt it, and all else is closed."""
    logging.shutdown()
    sys.stderr.flush()
    os._exit(0)
