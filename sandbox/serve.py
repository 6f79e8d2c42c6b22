"""One running sandbox, from an empty folder to the ready line."""

import asyncio
import contextlib
import socket
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.processes import Program, demo_worker, free_port, kept_alive, temporal_server
from sandbox.state import claim


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line may choose."""

    host: str = "127.0.0.1"
    port: int = 0
    state: Path | None = None
    temporal: str | None = None
    namespace: str = "default"
    deployment: str = "sandbox"
    api_key: str | None = None
    while_used: bool = False


@contextlib.asynccontextmanager
async def running(options: Options) -> AsyncIterator[tuple[str, asyncio.Task[None]]]:
    """Bring everything up; yields the address and a task that ends when the sandbox should."""
    async with contextlib.AsyncExitStack() as stack:
        folder = options.state or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="workflow-sandbox-"))
        )
        listener = stack.enter_context(_listener(options.host, options.port))
        url = f"http://{options.host}:{listener.getsockname()[1]}"
        stack.enter_context(claim(folder, url))
        address = options.temporal or f"127.0.0.1:{free_port()}"
        keepers = [
            await stack.enter_async_context(kept_alive(program))
            for program in _programs(options, folder, url, address)
        ]
        # Importing FastAPI and Temporal's client takes as long as the programs need to come up.
        from sandbox.app import SCHEMAS
        from sandbox.gateway import Gateway
        from sandbox.http_server import served
        from sandbox.leases import until_unused
        from sandbox.readiness import connected, polled
        from sandbox.store import open_store

        gateway = Gateway(
            temporal=await connected(address, options.namespace, keepers),
            db=open_store(folder / "sandbox.db", SCHEMAS),
            temporal_address=address,
            api_key=options.api_key,
        )
        stack.callback(gateway.db.close)
        ends = [*keepers, await stack.enter_async_context(served(gateway, listener, url, folder))]
        await polled(gateway, options.deployment, keepers)
        if options.while_used:
            ends.append(asyncio.create_task(until_unused(gateway)))
        yield url, asyncio.create_task(_first(ends))


def _programs(options: Options, folder: Path, url: str, address: str) -> list[Program]:
    worker = demo_worker(folder, url, options.deployment, options.api_key)
    if options.temporal is not None:
        return [worker]
    return [temporal_server(folder, int(address.rpartition(":")[2])), worker]


def _listener(host: str, port: int) -> socket.socket:
    # asyncio switches Nagle's delay off only for sockets that name their protocol: 40 ms an answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    # The worker may knock before the gateway opens: it waits in the queue instead of failing.
    listener.listen()
    return listener


async def _first(tasks: list[asyncio.Task[None]]) -> None:
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
