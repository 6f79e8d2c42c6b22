"""The gateway under uvicorn, on a socket that is already bound."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn

from sandbox.app import build_app
from sandbox.gateway import Gateway
from sandbox.slack_door import SlackDoor


@contextlib.asynccontextmanager
async def served(
    gateway: Gateway, listener: socket.socket, url: str, folder: Path
) -> AsyncIterator[asyncio.Task[None]]:
    """Serve until the end of the block; the task ends if the server does.

    The local Slack workspace lives in the folder.
    """
    slack = SlackDoor(url, folder)
    config = uvicorn.Config(
        build_app(gateway, slack),
        # The older implementation rests on a part of `websockets` that is going away.
        ws="websockets-sansio",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    # The command owns the signals; uvicorn would take them over.
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield task
    finally:
        await slack.aclose()
        server.should_exit = True
        await task
