"""One running sandbox, from an empty folder to the ready line."""

import asyncio
import contextlib
import logging
import socket
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from temporalio.api.enums.v1 import IndexedValueType, TaskQueueType
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
)
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from sandbox import registrations
from sandbox.app import SCHEMAS, build_app
from sandbox.gateway import Gateway
from sandbox.leases import until_unused
from sandbox.processes import (
    SandboxBroken,
    demo_worker,
    free_port,
    kept_alive,
    temporal_server,
)
from sandbox.state import claim
from sandbox.store import open_store

_log = logging.getLogger(__name__)

START_SECONDS = 60.0


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
        keepers: list[asyncio.Task[None]] = []
        address = options.temporal
        if address is None:
            port = free_port()
            address = f"127.0.0.1:{port}"
            keepers.append(
                await stack.enter_async_context(kept_alive(temporal_server(folder, port)))
            )
        temporal = await _connected(address, options.namespace, keepers)
        gateway = Gateway(
            temporal=temporal,
            db=open_store(folder / "sandbox.db", SCHEMAS),
            temporal_address=address,
            api_key=options.api_key,
        )
        stack.callback(gateway.db.close)
        server = await stack.enter_async_context(_served(gateway, listener))
        worker = demo_worker(folder, url, options.deployment, options.api_key)
        keepers.append(await stack.enter_async_context(kept_alive(worker)))
        await _polled(gateway, options.deployment, keepers)
        ends = [*keepers, server]
        if options.while_used:
            ends.append(asyncio.create_task(until_unused(gateway)))
        yield url, asyncio.create_task(_first(ends))


def _listener(host: str, port: int) -> socket.socket:
    # asyncio switches Nagle's delay off only for sockets that name their protocol: 40 ms an answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


async def _first(tasks: list[asyncio.Task[None]]) -> None:
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


@contextlib.asynccontextmanager
async def _served(gateway: Gateway, listener: socket.socket) -> AsyncIterator[asyncio.Task[None]]:
    config = uvicorn.Config(
        build_app(gateway), log_config=None, access_log=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    # The command owns the signals; uvicorn would take them over.
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield task
    finally:
        server.should_exit = True
        await task


async def _connected(address: str, namespace: str, keepers: list[asyncio.Task[None]]) -> Client:
    """Connect when Temporal answers, and see to the search attribute that the worker needs."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        _check(keepers)
        try:
            client = await Client.connect(address, namespace=namespace)
            await _ensure_search_attribute(client)
        except (RPCError, RuntimeError) as error:
            if time.monotonic() > deadline:
                raise SandboxBroken(f"Temporal at {address} does not answer: {error}") from error
            await asyncio.sleep(0.05)
        else:
            return client


async def _ensure_search_attribute(client: Client) -> None:
    service = client.operator_service
    known = await service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    if "OtelTraceId" not in known.custom_attributes:
        await service.add_search_attributes(
            AddSearchAttributesRequest(
                namespace=client.namespace,
                search_attributes={"OtelTraceId": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD},
            )
        )


async def _polled(gateway: Gateway, queue: str, keepers: list[asyncio.Task[None]]) -> None:
    """Return when the worker has registered and polls its queue: from now on a start starts."""
    deadline = time.monotonic() + START_SECONDS
    while not (registrations.task_queues(gateway.db) and await _has_poller(gateway, queue)):
        _check(keepers)
        if time.monotonic() > deadline:
            raise SandboxBroken("The worker does not come up; its log is worker.log in the state.")
        await asyncio.sleep(0.05)


async def _has_poller(gateway: Gateway, queue: str) -> bool:
    answer = await gateway.temporal.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=gateway.namespace,
            task_queue=TaskQueue(name=queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
    )
    return bool(answer.pollers)


def _check(keepers: list[asyncio.Task[None]]) -> None:
    for keeper in keepers:
        if keeper.done():
            keeper.result()
