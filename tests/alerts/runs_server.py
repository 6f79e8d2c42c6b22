"""The part of the Workflows API that sweeps read, over as many runs as a test wants, with faults.

Its answers keep to the contract: filters, order, paging and fields are those of the list of runs,
and a failed execution has the events that a real worker sends of one.
"""

import asyncio
import contextlib
import random
import socket
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Json = dict[str, Any]


@dataclass(slots=True)
class Run:
    """One run of one execution."""

    execution_id: str
    workflow: str
    start: datetime
    status: str = "RUNNING"
    end: datetime | None = None
    error: str = ""
    step: str = "extract"
    run_id: str = field(default_factory=lambda: str(uuid4()))

    def as_json(self) -> Json:
        """As the API shows it."""
        lasted = self.end - self.start if self.end else None
        return {
            "workflow_name": self.workflow,
            "execution_id": self.execution_id,
            "root_execution_id": self.execution_id,
            "parent_execution_id": None,
            "status": self.status,
            "start_time": _written(self.start),
            "end_time": self.end and _written(self.end),
            "result": None,
            "run_id": self.run_id,
            "total_duration_ms": lasted and int(lasted / timedelta(milliseconds=1)),
        }


@dataclass
class RunsServer:
    """What happened, and how badly the server behaves: a share of answers are faults."""

    url: str = ""
    runs: dict[str, Run] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    largest_page: int = 200
    trouble: float = 0.0
    down: bool = False
    dice: random.Random = field(default_factory=lambda: random.Random(5))

    def start(self, workflow: str, *, ago: float = 1.0) -> Run:
        """A new execution runs."""
        run = Run(uuid4().hex, workflow, datetime.now(UTC) - timedelta(seconds=ago))
        self.runs[run.execution_id] = run
        return run

    def end(self, run: Run, status: str, error: str = "", *, at: datetime | None = None) -> Run:
        """It ends."""
        run.status, run.error, run.end = status, error, at or datetime.now(UTC)
        return run

    async def list_runs(self, request: Request) -> Response:
        """GET /v1/workflows/runs."""
        asked = request.query_params
        rows = [each for each in self.runs.values() if _fits(each, asked)]
        by_end = asked.get("sort_by") == "end_time"
        rows.sort(key=lambda run: (run.end or run.start) if by_end else run.start)
        if asked.get("order", "desc") == "desc":
            rows.reverse()
        skipped = int(asked.get("next_page_token") or 0)
        size = min(int(asked.get("page_size", 50)), self.largest_page)
        page = rows[skipped : skipped + size]
        more = skipped + size < len(rows)
        return JSONResponse(
            {
                "executions": [each.as_json() for each in page],
                "next_page_token": str(skipped + size) if more else None,
            }
        )

    async def get_execution(self, request: Request) -> Response:
        """GET /v1/workflows/executions/{execution_id}."""
        run = self.runs.get(request.path_params["execution_id"])
        return JSONResponse(run.as_json()) if run else _missing()

    async def list_events(self, request: Request) -> Response:
        """GET /v1/workflows/events/list."""
        asked = request.query_params
        run = self.runs.get(
            asked.get("root_workflow_exec_id") or asked.get("workflow_exec_id") or ""
        )
        return JSONResponse({"events": _events(run) if run else [], "next_cursor": None})

    async def nothing(self, request: Request) -> Response:
        """Lists of what there is none of."""
        return JSONResponse({"schedules": [], "workflows": [], "next_page_token": None})

    async def answer(self, request: Request) -> Response:
        """Count the call, and misbehave now and then."""
        path = request.url.path
        self.calls[path.rsplit("/", 1)[-1] if "executions" not in path else "execution"] += 1
        if self.down:
            return JSONResponse({"detail": "down"}, 503)
        if self.dice.random() < self.trouble:
            return await self._trouble()
        if "/executions/" in path:
            request.scope["path_params"] = {"execution_id": path.split("/executions/")[1]}
            return await self.get_execution(request)
        if path.endswith("/runs"):
            return await self.list_runs(request)
        if path.endswith("/events/list"):
            return await self.list_events(request)
        return await self.nothing(request)

    async def _trouble(self) -> Response:
        match self.dice.randrange(3):
            case 0:
                return JSONResponse({"detail": "slow down"}, 429, {"retry-after": "0.2"})
            case 1:
                return JSONResponse({"detail": "oops"}, 500)
        await asyncio.sleep(0.3)
        return JSONResponse({"detail": "unavailable"}, 503)


@contextlib.asynccontextmanager
async def runs_server() -> AsyncIterator[RunsServer]:
    """Served on a loopback socket until the end of the block."""
    server = RunsServer()
    app = Starlette(routes=[Route("/{path:path}", server.answer, methods=["GET", "POST"])])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
        running = uvicorn.Server(config)
        running.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
        task = asyncio.create_task(running.serve(sockets=[listener]))
        try:
            yield server
        finally:
            running.should_exit = True
            await task


def _fits(run: Run, asked: Any) -> bool:
    statuses = asked.getlist("status")
    return (
        (not statuses or run.status in statuses)
        and asked.get("workflow_identifier") in (None, run.workflow)
        and not asked.getlist("search_key")
        and _within(run.start, asked.get("start_time_after"), asked.get("start_time_before"))
        and _within(run.end, asked.get("end_time_after"), asked.get("end_time_before"))
    )


def _within(moment: datetime | None, after: str | None, before: str | None) -> bool:
    if after is None and before is None:
        return True
    if moment is None:
        return False
    return (after is None or moment >= datetime.fromisoformat(after)) and (
        before is None or moment <= datetime.fromisoformat(before)
    )


def _events(run: Run) -> list[Json]:
    if run.status != "FAILED":
        return []
    return list(_failure(run))


def _failure(run: Run) -> Iterable[Json]:
    """A step that failed for good, and the workflow with it."""
    told = (
        ("WORKFLOW_EXECUTION_STARTED", {"task_id": run.run_id, "workflow_name": run.workflow}),
        ("ACTIVITY_TASK_STARTED", {"task_id": "3", "activity_name": run.step}),
        (
            "ACTIVITY_TASK_FAILED",
            {
                "task_id": "3",
                "activity_name": run.step,
                "attempt": 2,
                "failure": {"message": run.error},
            },
        ),
        (
            "WORKFLOW_EXECUTION_FAILED",
            {
                "task_id": run.run_id,
                "attempt": 1,
                "failure": {"message": "Activity task failed"},
            },
        ),
    )
    for number, (kind, attributes) in enumerate(told):
        yield {
            "event_id": f"{run.run_id}-{number}",
            "event_type": kind,
            "event_timestamp": int(run.start.timestamp() * 1e9) + number,
            "root_workflow_exec_id": run.execution_id,
            "workflow_exec_id": run.execution_id,
            "workflow_run_id": run.run_id,
            "workflow_name": run.workflow,
            "attributes": attributes,
        }


def _written(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _missing() -> Response:
    return JSONResponse({"detail": "no such execution", "code": "workflow_not_found"}, 404)
