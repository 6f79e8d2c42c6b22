"""The workspace under uvicorn, on a loopback socket."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import uvicorn

from sandbox.slack.app import build_slack
from sandbox.slack.local import LocalSlack


@contextlib.asynccontextmanager
async def serve_slack(slack: LocalSlack, port: int = 0) -> AsyncIterator[str]:
    """Serve until the end of the block; yields the address of the root."""
    with _listener(port) as listener:
        slack.workspace.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(_config(slack))
        # Whoever runs the workspace owns the signals; uvicorn would take them over.
        server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield slack.workspace.base_url
        finally:
            await slack.close()
            server.should_exit = True
            await task


def _config(slack: LocalSlack) -> uvicorn.Config:
    return uvicorn.Config(
        build_slack(slack),
        # The older implementation rests on a part of `websockets` that is going away.
        ws="websockets-sansio",
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )


def _listener(port: int) -> socket.socket:
    # asyncio switches Nagle's delay off only for sockets that name their protocol: 40 ms an answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen()
    return listener
