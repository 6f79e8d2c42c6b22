"""Executions of a real worker that end in every way there is."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import uuid4

from shared.api import WorkflowsApi
from shared.models import is_terminal

_AT_ONCE = 8

type Act = Callable[[WorkflowsApi, str], Awaitable[object]]


async def _leave(api: WorkflowsApi, execution_id: str) -> None:
    """Let it go its way."""


async def _cancel(api: WorkflowsApi, execution_id: str) -> None:
    await api.cancel_execution(execution_id)


async def _terminate(api: WorkflowsApi, execution_id: str) -> None:
    await api.terminate_execution(execution_id)


@dataclass(frozen=True, slots=True)
class Fate:
    """A workflow, its input, and what is done to it."""

    workflow: str
    given: dict[str, object]
    act: Act = _leave


FATES = (
    Fate("invoice-import", {"server": "refuses"}),
    Fate("invoice-import", {"server": "well"}),
    Fate("failing-report", {}),
    Fate("document-processing", {"pages": 1}),
    Fate("long-sync", {"seconds": 600}, _terminate),
    Fate("invoice-import", {"server": "hangs"}),
    Fate("long-sync", {"seconds": 600}, _cancel),
    Fate("daily-digest", {}),
)


async def meet(api: WorkflowsApi, number: int) -> dict[str, str]:
    """Start so many executions, let each meet its fate; execution ids and statuses at the end."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(fate: Fate) -> tuple[str, str]:
        execution_id = f"fate-{uuid4().hex}"
        async with turns:
            await api.execute_workflow(fate.workflow, input=fate.given, execution_id=execution_id)
            await fate.act(api, execution_id)
            return execution_id, await _end(api, execution_id)

    fates = [one(FATES[each % len(FATES)]) for each in range(number)]
    return dict(await asyncio.gather(*fates))


async def _end(api: WorkflowsApi, execution_id: str) -> str:
    while True:
        status = (await api.get_execution(execution_id)).status
        if status is not None and is_terminal(status):
            return status
        await asyncio.sleep(0.5)
