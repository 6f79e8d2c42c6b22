"""Waiting, in virtual time, in front of an API whose stream and whose worker behave oddly."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.shared.operating import Routes, execution, faced
from tests.shared.virtual_time import VirtualLoop

E = "/v1/workflows/executions"
QUESTION = {"custom_task_id": "t-1", "custom_task_type": "wait_for_input"}
PENDING = {"pending_inputs": [{"task_id": "t-1", "label": "Sure?", "input_schema": {}}]}
NOTHING: dict[str, Any] = {"pending_inputs": []}


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"loop_factory": VirtualLoop}


def frame(number: int, kind: str, attributes: dict[str, Any]) -> bytes:
    event = {
        "event_id": f"e-{number}",
        "event_type": kind,
        "event_timestamp": 1_780_315_200_000_000_000 + number,
        "workflow_exec_id": "order-41",
        "workflow_run_id": "r-1",
        "workflow_name": "expense-approval",
        "attributes": attributes,
    }
    return f"id: {number}\ndata: {json.dumps({'data': event})}\n\n".encode()


def stream(*frames: bytes) -> Any:
    """A stream that sends these and then stays open and silent."""

    async def body() -> AsyncIterator[bytes]:
        for each in frames:
            yield each
        await asyncio.Event().wait()

    headers = {"content-type": "text/event-stream"}
    return lambda _: httpx.Response(200, headers=headers, content=body())


def queries(*answers: Any) -> Any:
    left = list(answers)

    def answer(request: httpx.Request) -> Any:
        found = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(found, httpx.Response):
            return found
        return {"query_name": "__get_pending_inputs", "result": found}

    return answer


def routes(frames: Any, answers: Any) -> Routes:
    return {
        f"GET {E}/order-41": execution(),
        f"GET {E}/order-41/stream": frames,
        f"POST {E}/order-41/queries": answers,
        "GET /v1/workflows/events/list": {"events": []},
    }


async def test_a_question_whose_worker_answers_late_is_asked_for_again(tmp_path: Path) -> None:
    asked = stream(frame(1, "CUSTOM_TASK_STARTED", QUESTION))
    answers = queries(httpx.Response(400, json={}), NOTHING, PENDING)
    async with faced(routes(asked, answers), tmp_path) as (face, server):
        found = await face.call("wait_for_execution", execution_id="order-41")

    assert found.still_running is True
    assert len(server.asked("/queries")) >= 3


async def test_a_question_that_was_answered_long_ago_does_not_end_a_wait(tmp_path: Path) -> None:
    told_again = stream(
        frame(1, "CUSTOM_TASK_STARTED", QUESTION), frame(2, "CUSTOM_TASK_COMPLETED", QUESTION)
    )
    async with faced(routes(told_again, queries(NOTHING)), tmp_path) as (face, server):
        found = await face.call("wait_for_execution", execution_id="order-41", timeout_seconds=20)

    assert (found.status, found.still_running) == ("RUNNING", True)
    assert len(server.asked("/queries")) == 1


async def test_a_wait_for_the_end_does_not_ask_for_questions(tmp_path: Path) -> None:
    asked = stream(frame(1, "CUSTOM_TASK_STARTED", QUESTION))
    async with faced(routes(asked, queries(PENDING)), tmp_path) as (face, server):
        found = await face.call(
            "wait_for_execution", execution_id="order-41", timeout_seconds=20, until="end"
        )

    assert found.still_running is True
    assert server.asked("/queries") == []


async def test_the_deadline_ends_a_wait_whose_listener_hangs(tmp_path: Path) -> None:
    """The stream is being read at that moment, and must be closed all the same."""

    async def hang(done: float, total: float | None, message: str) -> None:
        await asyncio.Event().wait()

    silent = stream()
    async with faced(routes(silent, queries(NOTHING)), tmp_path, progress=hang) as (face, _):
        found = await face.call("wait_for_execution", execution_id="order-41", timeout_seconds=20)

    assert found.still_running is True


async def test_progress_names_the_latest_step_and_is_told_again_where_nothing_happens(
    tmp_path: Path,
) -> None:
    heard: list[tuple[float, float | None, str]] = []

    async def listen(done: float, total: float | None, message: str) -> None:
        heard.append((done, total, message))

    steps = stream(
        frame(1, "WORKFLOW_EXECUTION_STARTED", {}),
        frame(2, "ACTIVITY_TASK_STARTED", {"activity_name": "check_policy"}),
        frame(3, "ACTIVITY_TASK_COMPLETED", {"activity_name": "check_policy"}),
        frame(4, "ACTIVITY_TASK_STARTED", {"activity_name": "__internal"}),
        frame(5, "ACTIVITY_TASK_STARTED", {"activity_name": "pay"}),
    )
    async with faced(routes(steps, queries(NOTHING)), tmp_path, progress=listen) as (face, _):
        await face.call("wait_for_execution", execution_id="order-41", timeout_seconds=14)

    running = "expense-approval is running"
    assert heard == [
        (0, 14, running),
        (0, 14, f"{running}, at check_policy"),
        (0, 14, f"{running}, at pay"),
        (5, 14, f"{running}, at pay"),
        (10, 14, f"{running}, at pay"),
    ]
