"""Lists of executions as answers of their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.api import Patience, WorkflowsApi, open_api
from tests.mcp_server.faces import ask, client_of, refusal, server_of
from tests.shared.operating import Server

EMPTY: dict[str, Any] = {"executions": [], "next_page_token": None}


@asynccontextmanager
async def api_with(workflow: httpx.Response) -> AsyncIterator[WorkflowsApi]:
    """An API without executions that says this of the workflow `invoice`."""

    async def no_wait(seconds: float) -> None:
        return None

    routes = {"GET /v1/workflows/runs": EMPTY, "GET /v1/workflows/invoice": workflow}
    transport, patience = httpx.MockTransport(Server(routes)), Patience(sleep=no_wait)
    async with open_api("http://api.test", "key", transport=transport, patience=patience) as api:
        yield api


@pytest.mark.parametrize("status", [503, 429])
async def test_an_empty_list_is_an_answer_where_its_workflow_cannot_be_looked_up(
    database: Path, status: int
) -> None:
    server = server_of(lambda: api_with(httpx.Response(status)), database)
    async with client_of(server) as client:
        text = await ask(client, "list_executions", {"workflow": "invoice"})

    assert "No executions" in text
    assert "Whether there is a workflow 'invoice' is not known now" in text


async def test_a_mistyped_workflow_is_no_empty_list(database: Path) -> None:
    server = server_of(lambda: api_with(httpx.Response(404)), database)
    async with client_of(server) as client:
        text = await refusal(client, "list_executions", {"workflow": "invoice"})

    assert text.startswith("There is no workflow 'invoice'")
