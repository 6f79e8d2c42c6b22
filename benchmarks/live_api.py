"""A Workflows API on a real socket whose executions report progress and end by a plan."""

import asyncio
import contextlib
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

# As in a busy installation; the last two are told by no event.
ENDS = (
    *("COMPLETED",) * 70,
    *("FAILED",) * 20,
    *("CANCELED",) * 6,
    *("TERMINATED",) * 2,
    *("TIMED_OUT",) * 2,
)
_SILENT = ("TERMINATED", "TIMED_OUT")
_STEP_SECONDS = 12.0
_HEARTBEAT_SECONDS = 15
_RUN_ID = "01a200ec-1e19-7375-814b-2d6d8161c75b"
_NAME = "document-processing"


@dataclass(slots=True)
class Planned:
    """One execution: `end_status` comes `ends_after` seconds after the start of the plan."""

    execution_id: str
    end_status: str
    ends_after: float
    started: float = field(default_factory=time.time)
    ended: float | None = None
    frames: list[bytes] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, event_type: str, attributes: dict[str, Any]) -> None:
        """Add an event to its stream."""
        self.frames.append(_frame(self.execution_id, len(self.frames) + 1, event_type, attributes))
        self.news.set()
        self.news = asyncio.Event()

    def as_json(self) -> dict[str, Any]:
        """What a look at it answers."""
        return {
            "workflow_name": _NAME,
            "execution_id": self.execution_id,
            "root_execution_id": self.execution_id,
            "run_id": _RUN_ID,
            "status": "RUNNING" if self.ended is None else self.end_status,
            "start_time": _time(self.started),
            "end_time": None if self.ended is None else _time(self.ended),
            "result": None,
        }


class LiveApi:
    """Serves the executions, plays their plans and counts the events that it sent."""

    def __init__(self, planned: Iterable[Planned]) -> None:
        self.executions = {each.execution_id: each for each in planned}
        self.routes = [
            web.get("/v1/workflows/executions/{id}", self._look),
            web.get("/v1/workflows/executions/{id}/stream", self._stream),
        ]

    @property
    def events(self) -> int:
        """How many events there were."""
        return sum(len(each.frames) for each in self.executions.values())

    async def play(self) -> None:
        """Let every execution go its way to its end."""
        async with asyncio.TaskGroup() as group:
            for number, planned in enumerate(self.executions.values()):
                # Their steps do not come all at the same moment.
                first = _STEP_SECONDS * number / len(self.executions)
                group.create_task(self._play(planned, first))

    async def _play(self, planned: Planned, first: float) -> None:
        now = asyncio.get_running_loop().time
        end = now() + planned.ends_after
        task = {"custom_task_id": "task-1", "custom_task_type": "document"}
        total, done = round(planned.ends_after / _STEP_SECONDS) + 1, 0
        planned.tell("WORKFLOW_EXECUTION_STARTED", {"task_id": _RUN_ID})
        planned.tell("CUSTOM_TASK_STARTED", task | {"payload": _json({"done": 0, "total": total})})
        wait = first
        while now() + wait < end:
            await asyncio.sleep(wait)
            done, wait = done + 1, _STEP_SECONDS
            patch = [{"op": "replace", "path": "/done", "value": done}]
            payload = {"type": "json_patch", "value": patch}
            planned.tell("CUSTOM_TASK_IN_PROGRESS", task | {"payload": payload})
        await asyncio.sleep(max(end - now(), 0))
        planned.ended = time.time()
        if planned.end_status not in _SILENT:
            failure = {"message": "The provider answered 503."}
            failed = planned.end_status == "FAILED"
            attributes = {"failure": failure} if failed else {"task_id": _RUN_ID}
            planned.tell(f"WORKFLOW_EXECUTION_{planned.end_status}", attributes)

    async def _look(self, request: web.Request) -> web.Response:
        planned = self.executions.get(request.match_info["id"])
        if planned is None:
            return web.json_response({"detail": "not found"}, status=404)
        return web.json_response(planned.as_json())

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        planned = self.executions[request.match_info["id"]]
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        sent = int(request.query.get("last_event_id", 0))
        # A follower may hang up at any time, and then comes again.
        with contextlib.suppress(ConnectionError):
            while True:
                news = planned.news
                while sent < len(planned.frames):
                    await response.write(planned.frames[sent])
                    sent += 1
                await _heard(news, response)
        return response


async def _heard(news: asyncio.Event, response: web.StreamResponse) -> None:
    try:
        async with asyncio.timeout(_HEARTBEAT_SECONDS):
            await news.wait()
    except TimeoutError:
        await response.write(b": heartbeat\n\n")


def _frame(execution_id: str, number: int, event_type: str, attributes: dict[str, Any]) -> bytes:
    moment = time.time_ns()
    event = {
        "event_id": f"{execution_id}-{number}",
        "event_type": event_type,
        "event_timestamp": moment,
        "root_workflow_exec_id": execution_id,
        "parent_workflow_exec_id": None,
        "workflow_exec_id": execution_id,
        "workflow_run_id": _RUN_ID,
        "workflow_name": _NAME,
        "attributes": attributes,
    }
    frame = {
        "stream": "workflow",
        "timestamp": _time(moment / 1e9),
        "broker_sequence": number,
        "metadata": {},
        "workflow_context": {
            "namespace": "default",
            "workflow_name": _NAME,
            "workflow_exec_id": execution_id,
            "parent_workflow_exec_id": None,
            "root_workflow_exec_id": execution_id,
        },
        "data": event,
    }
    return f"id: {number}\nevent: {event_type}\ndata: {json.dumps(frame)}\n\n".encode()


def _json(value: object) -> dict[str, object]:
    return {"type": "json", "value": value, "encoding_options": None}


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
