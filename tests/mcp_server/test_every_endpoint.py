"""All 30 operations of the API's brief are reached by calling tools, and answer with success."""

import functools
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from shared.api import WorkflowsApi, open_api
from tests.mcp_server.conftest import Ended
from tests.mcp_server.faces import Stage, ask, client_of, fresh, server_of
from tests.shared.operating import until

_OPERATIONS = json.loads(
    (Path(__file__).parent.parent / "data" / "api_operations.json").read_text()
)
_BRIEF = {each["op"]: each for each in _OPERATIONS if each["in_seed"]}


class Recorder(httpx.AsyncHTTPTransport):
    """Passes requests on, and remembers what succeeded."""

    def __init__(self) -> None:
        super().__init__(verify=False)
        self.succeeded: set[tuple[str, str]] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        if response.is_success:
            self.succeeded.add((request.method, request.url.path))
        return response

    def opened(self, path: str) -> bool:
        """Whether a path that ends like this was reached."""
        return any(each.endswith(path) for _, each in self.succeeded)

    def reached(self) -> set[str]:
        """The operations of the brief among the requests."""
        return {
            name
            for name, operation in _BRIEF.items()
            for method, path in self.succeeded
            if method == operation["method"] and _matches(operation["path"], path)
        }


async def test_every_operation_of_the_brief_is_reached_through_the_tools(
    stage: Stage, ended: Ended, database: Path
) -> None:
    recorder = Recorder()

    @asynccontextmanager
    async def source() -> AsyncIterator[WorkflowsApi]:
        async with open_api(stage.url, None, transport=recorder) as api:
            yield api

    async with client_of(server_of(source, database)) as client:
        call = functools.partial(ask, client)
        await _read(call, stage, ended)
        await _listen(call, stage, recorder)
        await _act(call, stage)
        await _schedule(call)
    assert len(_BRIEF) == 30
    assert recorder.reached() == set(_BRIEF)


async def _read(call: Any, stage: Stage, ended: Ended) -> None:
    one = {"execution_id": ended.completed}
    async with stage.api() as api:
        run = {"execution_id": (await api.get_execution(ended.completed)).run_id}
    await call("list_executions", {})
    await call("get_execution", one)
    await call("get_execution", run)
    await call("get_execution_history", one)
    await call("get_execution_history", run)
    # Workers send traces seconds late, and until then there is nothing more to read.
    info = {**one, "view": "info"}
    await until(lambda: call("get_execution_trace", info), lambda text: "is trace data" in text)
    for view in ("summary", "events", "spans"):
        await call("get_execution_trace", {**one, "view": view})
    await call("get_execution_logs", one)
    await call("query_execution", {**one, "name": "progress"})


async def _listen(call: Any, stage: Stage, recorder: Recorder) -> None:
    running = {"execution_id": await stage.start("long-sync", seconds=4_000)}

    async def opens(path: str, tool: str, seconds: str) -> None:
        # The API may need longer than that to open a stream.
        given = {**running, seconds: 2}
        await until(lambda: call(tool, given), lambda _: recorder.opened(path))

    await opens("/events/stream", "list_execution_events", "follow_seconds")
    await opens("/logs/stream", "get_execution_logs", "follow_seconds")
    await opens(f"/{running['execution_id']}/stream", "wait_for_execution", "timeout_seconds")


async def _act(call: Any, stage: Stage) -> None:
    syncs = [await stage.start("long-sync", seconds=4_000) for _ in range(6)]
    update = {"name": "set_target", "input": {"target": 7}}
    await call("update_execution", {"execution_id": syncs[0], **update})
    await call("cancel_executions", {"execution_ids": syncs[:1]})
    await call("cancel_executions", {"execution_ids": syncs[1:3]})
    await call("terminate_executions", {"execution_ids": syncs[3:4]})
    await call("terminate_executions", {"execution_ids": syncs[4:]})
    waiting = {"execution_id": await stage.waiting()}
    await call("signal_execution", {**waiting, "name": "note", "input": {"text": "hello"}})
    await call("submit_input", {**waiting, "input": {"approved": False}})
    digest = await stage.ended("daily-digest")
    await call("reset_execution", {"execution_id": digest, "event_id": 4})


async def _schedule(call: Any) -> None:
    one = {"schedule_id": fresh("schedule")}
    await call("create_schedule", {"workflow": "daily-digest", "every": "12h", **one})
    await call("list_schedules", {})
    await call("get_schedule", one)
    await call("update_schedule", {**one, "every": "6h"})
    await call("trigger_schedule", one)
    await call("pause_schedule", one)
    await call("resume_schedule", one)
    await call("delete_schedule", one)


def _matches(template: str, path: str) -> bool:
    return bool(re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path))
