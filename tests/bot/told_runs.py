"""The synthetic runs API in virtual time: its executions also tell of steps, and ask questions."""

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.api import WorkflowsApi, open_api
from tests.alerts.runs_server import Run, RunsServer
from tests.bot.virtual_slack import now

Json = dict[str, Any]
_HEARTBEAT_SECONDS = 20


@dataclass
class ToldRuns(RunsServer):
    """What happened, and what each execution told of it."""

    told: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    asked: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self, workflow: str, execution_id: str) -> Run:
        """A new execution runs, and says so."""
        run = self.runs[execution_id] = Run(execution_id, workflow, now())
        self.tell(run, "WORKFLOW_EXECUTION_STARTED", task_id="w")
        return run

    def step(self, run: Run, name: str, what: str, **more: Any) -> None:
        """Something happens to a step."""
        self.tell(run, f"ACTIVITY_TASK_{what}", task_id=name, activity_name=name, **more)

    def ask(self, run: Run, label: str) -> None:
        """It waits for an answer."""
        schema = {"type": "object", "properties": {"approved": {"type": "boolean"}}}
        question = {"task_id": f"{run.execution_id}-1", "label": label, "input_schema": schema}
        self.asked[run.execution_id].append(question)
        value = {"value": {"label": label, "input_schema": schema}, "type": "json"}
        self.tell(
            run,
            "CUSTOM_TASK_STARTED",
            custom_task_id=question["task_id"],
            custom_task_type="wait_for_input",
            payload=value,
        )

    def finish(self, run: Run, status: str, error: str = "") -> None:
        """It ends, and says how where that is its way."""
        self.end(run, status, error, at=now())
        if status == "COMPLETED":
            self.tell(run, "WORKFLOW_EXECUTION_COMPLETED", task_id="w")
        if status == "FAILED":
            self.tell(run, "WORKFLOW_EXECUTION_FAILED", task_id="w", failure={"message": error})

    def fail(self, workflow: str, execution_id: str, error: str) -> Run:
        """An execution nobody watches has failed just now."""
        run = Run(execution_id, workflow, now() - timedelta(seconds=30))
        self.runs[execution_id] = run
        return self.end(run, "FAILED", error, at=now())

    def tell(self, run: Run, what: str, **attributes: Any) -> None:
        """One event."""
        told = self.told[run.execution_id]
        told.append(
            {
                "event_id": f"{run.run_id}-{len(told)}",
                "event_type": what,
                "event_timestamp": int(now().timestamp() * 1e9),
                "root_workflow_exec_id": run.execution_id,
                "parent_workflow_exec_id": None,
                "workflow_exec_id": run.execution_id,
                "workflow_run_id": run.run_id,
                "workflow_name": run.workflow,
                "attributes": attributes,
            }
        )
        self.news.set()
        self.news = asyncio.Event()

    async def answer(self, request: Request) -> Response:
        """What executions wait for is asked of them; all else is asked of the list of runs."""
        if request.url.path.endswith("/queries"):
            execution_id = request.url.path.split("/")[-2]
            pending = {"pending_inputs": self.asked[execution_id]}
            return JSONResponse({"query_name": "__get_pending_inputs", "result": pending})
        return await super().answer(request)

    async def frames(self, execution_id: str, last: int) -> AsyncIterator[bytes]:
        """The stream of an execution, after an id, for ever."""
        while True:
            news, told = self.news, self.told[execution_id]
            for number in range(last + 1, len(told)):
                yield _frame(number, told[number])
            last = len(told) - 1
            try:
                async with asyncio.timeout(_HEARTBEAT_SECONDS):
                    await news.wait()
            except TimeoutError:
                yield b": still here\n\n"


class _Line(httpx.AsyncBaseTransport):
    """Straight to the server, without sockets; streams as well."""

    def __init__(self, server: ToldRuns) -> None:
        self._server = server
        route = Route("/{path:path}", server.answer, methods=["GET", "POST"])
        self._inside = httpx.ASGITransport(Starlette(routes=[route]))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        run = self._server.runs.get(path.rsplit("/", 1)[-1])
        if run is not None:
            # Asked for again and again, by everybody who follows it.
            return httpx.Response(200, json=run.as_json(), request=request)
        if not path.endswith("/stream"):
            return await self._inside.handle_async_request(request)
        last = int(request.url.params.get("last_event_id", -1))
        frames = self._server.frames(path.split("/")[-2], last)
        headers = {"content-type": "text/event-stream"}
        return httpx.Response(200, headers=headers, stream=_Stream(frames), request=request)


class _Stream(httpx.AsyncByteStream):
    def __init__(self, frames: Any) -> None:
        self._frames = frames

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for frame in self._frames:
            yield frame

    async def aclose(self) -> None:
        await self._frames.aclose()


@contextlib.asynccontextmanager
async def told_runs() -> AsyncIterator[tuple[ToldRuns, WorkflowsApi]]:
    """The server, and a client of it."""
    server = ToldRuns()
    async with open_api("http://127.0.0.1", None, transport=_Line(server)) as api:
        yield server, api


def _frame(number: int, event: Json) -> bytes:
    content = {"stream": "workflow", "broker_sequence": number, "data": event}
    return f"id: {number}\nevent: {event['event_type']}\ndata: {json.dumps(content)}\n\n".encode()
