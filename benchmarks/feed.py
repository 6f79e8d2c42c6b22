"""A long stream of events like a worker's, as bytes, and the API that serves it."""

import json
from collections.abc import AsyncIterator, Iterable, Iterator

import httpx

EXECUTION_ID = "bench"
_PIECE = 16 * 1024
_TEXT = "x" * 240  # makes a frame as large as those of a real worker: 1.1 kB


def frames(count: int) -> Iterator[bytes]:
    """Server-sent events: activities that start and end, and a task that reports progress."""
    for number in range(1, count + 1):
        kind, attributes = _event(number)
        event = {
            "event_id": f"{number:032x}",
            "event_type": kind,
            "event_timestamp": 1_790_000_000_000_000_000 + number * 1_000_000,
            "root_workflow_exec_id": EXECUTION_ID,
            "parent_workflow_exec_id": None,
            "workflow_exec_id": EXECUTION_ID,
            "workflow_run_id": "01a200ec-1e19-7375-814b-2d6d8161c75b",
            "workflow_name": "document-processing",
            "continued_run_id": None,
            "first_execution_run_id": "01a200ec-1e19-7375-814b-2d6d8161c75b",
            "chain_run_id": None,
            "schedule_id": None,
            "attributes": attributes,
        }
        frame = {
            "stream": "workflow",
            "timestamp": "2026-11-22T01:43:25.485833Z",
            "broker_sequence": number,
            "metadata": {},
            "workflow_context": {
                "namespace": "default",
                "workflow_name": "document-processing",
                "workflow_exec_id": EXECUTION_ID,
                "parent_workflow_exec_id": None,
                "root_workflow_exec_id": EXECUTION_ID,
            },
            "data": event,
        }
        yield f"id: {number}\nevent: {kind}\ndata: {json.dumps(frame)}\n\n".encode()


def pieces(count: int) -> Iterator[bytes]:
    """The same, cut where a socket might cut it: every 16 KiB."""
    piece = bytearray()
    for frame in frames(count):
        piece += frame
        while len(piece) >= _PIECE:
            yield bytes(piece[:_PIECE])
            del piece[:_PIECE]
    yield bytes(piece)


def transport(pieces: Iterable[bytes]) -> httpx.MockTransport:
    """An API that streams the pieces and then says that the execution completed."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/stream"):
            headers = {"content-type": "text/event-stream"}
            return httpx.Response(200, headers=headers, stream=_Body(pieces))
        return httpx.Response(200, json=_EXECUTION)

    return httpx.MockTransport(answer)


class _Body(httpx.AsyncByteStream):
    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


def _event(number: int) -> tuple[str, dict[str, object]]:
    cycle, place = divmod(number - 1, 8)
    if place == 0:
        return "ACTIVITY_TASK_STARTED", _activity(cycle) | {
            "input": _json([{"page": cycle, "text": _TEXT}])
        }
    if place == 7:
        return "ACTIVITY_TASK_COMPLETED", _activity(cycle) | {
            "result": _json({"page": cycle, "text": _TEXT})
        }
    task = {"custom_task_id": f"task-{cycle}", "custom_task_type": "document"}
    state = {"done": place, "total": 6, "text": _TEXT}
    if place == 1:
        return "CUSTOM_TASK_STARTED", task | {"payload": _json(state)}
    if place == 6:
        return "CUSTOM_TASK_COMPLETED", task | {"payload": _json(state)}
    patch = [
        {"op": "replace", "path": "/done", "value": place},
        {"op": "replace", "path": "/text", "value": _TEXT},
    ]
    return "CUSTOM_TASK_IN_PROGRESS", task | {"payload": {"type": "json_patch", "value": patch}}


def _activity(cycle: int) -> dict[str, object]:
    return {"task_id": str(cycle), "activity_name": "extract_page"}


def _json(value: object) -> dict[str, object]:
    return {"type": "json", "value": value, "encoding_options": None}


_EXECUTION = {
    "workflow_name": "document-processing",
    "execution_id": EXECUTION_ID,
    "root_execution_id": EXECUTION_ID,
    "status": "COMPLETED",
    "start_time": "2026-11-22T01:43:23.929228Z",
    "end_time": "2026-11-22T01:50:23.929228Z",
    "result": None,
}
