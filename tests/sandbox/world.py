"""Executions that the sandbox's tests look at, and how to wait for what they do."""

import time
from collections.abc import Callable, Iterator
from typing import Self
from uuid import uuid4

import httpx
from httpx_sse import EventSource, ServerSentEvent

from tests.sandbox_process import PATIENCE_SECONDS


class World:
    """A plain HTTP client of the sandbox, with the few moves that many tests need."""

    def __init__(self, url: str, api_key: str | None = None) -> None:
        headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=PATIENCE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def start(self, workflow: str, **body: object) -> str:
        """Start a workflow; answers the execution id."""
        body.setdefault("execution_id", f"{workflow}-{uuid4().hex[:8]}")
        answer = self.http.post(f"/v1/workflows/{workflow}/execute", json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["execution_id"])

    def get(self, execution_id: str) -> dict[str, object]:
        """The execution object."""
        answer = self.http.get(f"/v1/workflows/executions/{execution_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
        return found

    def ended(self, execution_id: str) -> dict[str, object]:
        """Wait for the end; answers the execution object."""
        return until(lambda: self.get(execution_id), lambda found: found["status"] != "RUNNING")

    def query(self, execution_id: str, name: str) -> httpx.Response:
        """Ask the execution; a worker with much to do answers too late, and is asked again."""
        path = f"/v1/workflows/executions/{execution_id}/queries"
        return until(
            lambda: self.http.post(path, json={"name": name}), lambda answer: not too_late(answer)
        )

    def pending(self, execution_id: str) -> dict[str, object]:
        """Wait until the execution asks for input; answers what it asks."""
        asked: dict[str, object] = until(lambda: self._pending(execution_id), bool)[0]
        return asked

    def _pending(self, execution_id: str) -> list[dict[str, object]]:
        answer = self.query(execution_id, "__get_pending_inputs")
        # What a worker or a Temporal that is just coming back makes of it.
        if answer.status_code >= 500 and answer.json()["code"].startswith("temporal_"):
            return []
        assert answer.status_code == 200, answer.text
        found: list[dict[str, object]] = answer.json()["result"]["pending_inputs"]
        return found


def too_late(answer: httpx.Response) -> bool:
    """Whether no worker answered in time."""
    return answer.status_code == 504 and answer.json()["code"] == "workflow_timeout_error"


def events_of(source: EventSource) -> Iterator[ServerSentEvent]:
    """The events of a stream; behind an id, this parser takes a ping for one without data."""
    return (frame for frame in source.iter_sse() if frame.data)


def until[T](look: Callable[[], T], good: Callable[[T], object]) -> T:
    """Look again until it is good; fails with what was seen last."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        seen = look()
        if good(seen):
            return seen
        assert time.monotonic() < deadline, f"never came: last seen {seen!r}"
        time.sleep(0.1)
