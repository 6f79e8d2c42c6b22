"""A question of an execution below the one that is looked at."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from mcp_server.backend import OpenApi
from shared.api import WorkflowsApi, open_api
from tests.mcp_server.faces import ask, client_of, server_of
from tests.shared.operating import Routes, Server, execution

E = "/v1/workflows/executions"
type Answers = (
    Callable[[httpx.Request], httpx.Response]
    | Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]
)
PENDING = {"task_id": "t-1", "label": "Manager approval", "input_schema": {"type": "object"}}


def event(number: int, execution_id: str, kind: str, **attributes: Any) -> dict[str, Any]:
    """Something that the parent or its child tells."""
    return {
        "event_id": f"{execution_id}-{number}",
        "event_type": kind,
        "event_timestamp": 1_780_315_200_000_000_000 + number * 1_000_000_000,
        "root_workflow_exec_id": "parent-1",
        "parent_workflow_exec_id": "parent-1" if execution_id != "parent-1" else None,
        "workflow_exec_id": execution_id,
        "workflow_run_id": f"{execution_id}-run",
        "workflow_name": "expense-approval",
        "attributes": attributes,
    }


def started(number: int, execution_id: str, amount: int) -> dict[str, Any]:
    """An execution that begins with an input."""
    value = {"type": "json", "value": {"amount": amount}}
    return event(number, execution_id, "WORKFLOW_EXECUTION_STARTED", input=value)


PARENT = started(1, "parent-1", 1)
CHILD = (
    started(2, "child-1", 480),
    event(
        3,
        "child-1",
        "CUSTOM_TASK_STARTED",
        custom_task_id="t-1",
        custom_task_type="wait_for_input",
    ),
)


def routes() -> Routes:
    """A parent that goes on, and its child that asks."""
    child = execution("child-1", root_execution_id="parent-1", parent_execution_id="parent-1")

    def events(request: httpx.Request) -> Any:
        of_child = request.url.params.get("workflow_exec_id") == "child-1"
        return {"events": list(CHILD) if of_child else [PARENT, *CHILD]}

    def pending(request: httpx.Request) -> Any:
        return {"query_name": json.loads(request.content)["name"], "result": waits}

    waits = {"pending_inputs": [PENDING]}
    return {
        f"GET {E}/parent-1": execution("parent-1"),
        f"GET {E}/child-1": child,
        f"POST {E}/child-1/queries": pending,
        "GET /v1/workflows/runs": {"executions": [child], "next_page_token": None},
        "GET /v1/workflows/events/list": events,
    }


def api_of(answer: Answers) -> OpenApi:
    """How a server opens an API that answers like this."""

    @asynccontextmanager
    async def source() -> AsyncIterator[WorkflowsApi]:
        transport = httpx.MockTransport(answer)
        async with open_api("http://api.test", "key", transport=transport) as api:
            yield api

    return source


async def test_the_status_of_a_parent_says_what_the_question_of_its_child_is_about(
    database: Path,
) -> None:
    async with client_of(server_of(api_of(Server(routes())), database)) as client:
        text = await ask(client, "get_execution", {"execution_id": "parent-1"})

    assert 'waits for a person | "Manager approval" | execution child-1' in text
    assert '{"amount":480}' in text.replace(" ", "")


@pytest.mark.parametrize(
    ("tool", "execution_id"), [("get_execution", "parent-1"), ("list_pending_inputs", "child-1")]
)
async def test_a_question_is_told_also_when_nobody_says_in_time_what_it_is_about(
    tool: str, execution_id: str, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(routes())

    async def hangs(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("workflow_exec_id") == "child-1":
            await asyncio.Event().wait()
        return server(request)

    monkeypatch.setattr("shared.operations.about._SECONDS", 0.05)
    async with asyncio.timeout(30), client_of(server_of(api_of(hangs), database)) as client:
        text = await ask(client, tool, {"execution_id": execution_id})

    assert "Manager approval" in text
    assert "480" not in text
