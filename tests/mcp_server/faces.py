"""Clients of the MCP server, in both eras, and the executions that they ask about."""

import functools
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import anyio
import httpx
from mcp import Client
from mcp.server import Server
from mcp.types import CallToolResult, TextContent

from mcp_server.backend import Backend, OpenApi, hosted, open_backend
from mcp_server.server import build_server
from shared.api import WorkflowsApi, open_api
from shared.errors import Unavailable
from shared.models import is_terminal
from shared.operation import Effect
from shared.policy import Policy

ERAS = ("auto", "legacy")


def server_of(
    source: OpenApi, database: Path, *, allow: Effect = Effect.DESTRUCTIVE, **options: Any
) -> Server[Backend]:
    """A server in this process."""
    backend = functools.partial(open_backend, source, f"sqlite+aiosqlite:///{database}")
    return build_server(Policy(allow), backend, **options)


def server_at(url: str, database: Path, **options: Any) -> Server[Backend]:
    """A server in this process for the API at an address."""
    return server_of(functools.partial(hosted, url, None), database, **options)


def text_of(result: CallToolResult) -> str:
    """The text that a model reads."""
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text


def rows_of(database: Path) -> list[dict[str, Any]]:
    """The audit trail, oldest first."""
    with sqlite3.connect(database) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute("SELECT * FROM audit ORDER BY started_at")]


def fresh(prefix: str) -> str:
    """An id that no other test uses."""
    return f"{prefix}-{uuid4().hex[:12]}"


@dataclass(frozen=True, slots=True)
class Stage:
    """A sandbox to act upon."""

    url: str

    async def start(self, workflow: str, **given: Any) -> str:
        """A new execution."""
        execution_id = fresh(workflow)
        async with self.api() as api:
            await api.execute_workflow(workflow, input=given, execution_id=execution_id)
        return execution_id

    async def cancel(self, execution_id: str) -> None:
        """Ask an execution to stop."""
        async with self.api() as api:
            await api.cancel_execution(execution_id)

    async def ended(self, workflow: str, **given: Any) -> str:
        """A new execution, when it is over."""
        execution_id = await self.start(workflow, **given)
        async with self.api() as api:
            await _until(lambda: _is_over(api, execution_id))
        return execution_id

    async def failed(self, workflow: str, execution_id: str) -> bool:
        """Whether a run of this execution of the workflow failed, whatever became of it since."""
        async with self.api() as api:
            page = await api.list_runs(search=execution_id, status=["FAILED"], page_size=100)
        runs = [each for each in page.executions if each.execution_id == execution_id]
        return workflow in [each.workflow_name for each in runs]

    async def waiting(self, **input: Any) -> str:
        """A new execution, when it waits for a person."""
        execution_id = await self.start("expense-approval", **input)
        async with self.api() as api:
            await _until(lambda: _is_asking(api, execution_id))
        return execution_id

    async def schedule(self) -> str:
        """A new schedule that starts nothing soon."""
        schedule_id = fresh("schedule")
        async with self.api() as api:
            await api.create_schedule(
                {"input": {}, "intervals": [{"every": "P30D"}]},
                workflow_identifier="daily-digest",
                schedule_id=schedule_id,
            )
        return schedule_id

    async def listed_schedule(self) -> str:
        """A new schedule, when lists show it."""
        schedule_id = await self.schedule()
        async with self.api() as api:

            async def is_listed() -> bool:
                page = await api.list_schedules(workflow_name="daily-digest")
                return any(each.schedule_id == schedule_id for each in page.schedules)

            await _until(is_listed)
        return schedule_id

    @asynccontextmanager
    async def api(self) -> AsyncIterator[WorkflowsApi]:
        # Certificates, which a local address does not need, take a tenth of a second to load.
        transport = httpx.AsyncHTTPTransport(verify=False)
        async with open_api(self.url, None, transport=transport) as api:
            yield api


@asynccontextmanager
async def client_of(
    server: Server[Backend], era: str = "auto", **options: Any
) -> AsyncIterator[Client]:
    """A client of a server in this process."""
    async with Client(server, mode=era, **options) as client:
        yield client


async def ask(client: Client, tool: str, arguments: Mapping[str, Any]) -> str:
    """The text of a call that has to go well."""
    result = await client.call_tool(tool, dict(arguments))
    assert not result.is_error, text_of(result)
    assert result.structured_content is not None
    return text_of(result)


async def refusal(client: Client, tool: str, arguments: Mapping[str, Any]) -> str:
    """The text of a call that has to fail."""
    result = await client.call_tool(tool, dict(arguments))
    assert result.is_error, text_of(result)
    assert result.structured_content is None
    return text_of(result)


async def _until(done: Callable[[], Awaitable[bool]]) -> None:
    # The sandbox is another process: there is nothing to wait for but its answers.
    with anyio.fail_after(180):
        while not await done():  # noqa: ASYNC110
            await anyio.sleep(0.2)


async def _is_over(api: WorkflowsApi, execution_id: str) -> bool:
    return is_terminal((await api.get_execution(execution_id)).status)


async def _is_asking(api: WorkflowsApi, execution_id: str) -> bool:
    try:
        answer = await api.query_execution(execution_id, "__get_pending_inputs")
    except Unavailable:
        return False  # the worker, which all tests share, has its hands full
    return bool(answer["pending_inputs"])
