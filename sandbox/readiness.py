"""When Temporal answers, and when the worker takes work."""

import asyncio
import time
from collections.abc import Sequence

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
from sandbox.gateway import Gateway
from sandbox.processes import SandboxBroken

START_SECONDS = 60.0

type Keepers = Sequence[asyncio.Task[None]]


async def connected(address: str, namespace: str, keepers: Keepers) -> Client:
    """A client of Temporal, as soon as it answers; sees to the attribute that the worker needs."""
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


async def polled(gateway: Gateway, queue: str, keepers: Keepers) -> None:
    """Return when the worker has registered and polls its queue: from now on a start starts."""
    deadline = time.monotonic() + START_SECONDS
    while not (registrations.task_queues(gateway.db) and await _has_poller(gateway, queue)):
        _check(keepers)
        if time.monotonic() > deadline:
            raise SandboxBroken("The worker does not come up; its log is worker.log in the state.")
        await asyncio.sleep(0.05)


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


async def _has_poller(gateway: Gateway, queue: str) -> bool:
    answer = await gateway.temporal.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=gateway.namespace,
            task_queue=TaskQueue(name=queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
    )
    return bool(answer.pollers)


def _check(keepers: Keepers) -> None:
    for keeper in keepers:
        if keeper.done():
            keeper.result()
