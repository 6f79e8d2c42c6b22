"""What a task queue without a worker does to those who ask."""

import asyncio
from uuid import uuid4

from temporalio.client import Client

from tests.sandbox.world import World


def test_a_query_of_what_ended_before_any_worker_had_it_is_refused_in_words(world: World) -> None:
    execution_id = asyncio.run(_begin(world))
    answer = world.query(execution_id, "progress")
    assert answer.status_code == 409, answer.text
    assert answer.json()["message"].startswith("The query cannot be answered: ")


async def _begin(world: World) -> str:
    address = world.http.get("/v1/workflows/workers/whoami").json()["scheduler_url"]
    client = await Client.connect(address)
    name = f"unattended-{uuid4().hex[:8]}"
    handle = await client.start_workflow("nothing-here", id=name, task_queue=name)
    await handle.terminate()
    return name
