"""An API that answers from a script, and remembers what it was asked."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from shared.api import Patience, WorkflowsApi, open_api

EXECUTION: dict[str, Any] = {
    "workflow_name": "expense-approval",
    "execution_id": "order-41",
    "root_execution_id": "order-41",
    "status": "RUNNING",
    "start_time": "2026-06-01T12:00:00.250000Z",
    "end_time": None,
    "result": None,
}


@dataclass
class Script:
    """Answers in the order they are given; an exception stands for a failure on the way."""

    answers: list[httpx.Response | Exception]
    requests: list[httpx.Request] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def wait(self, seconds: float) -> None:
        self.waits.append(seconds)

    @property
    def calls(self) -> list[str]:
        """The requests as METHOD path."""
        return [f"{each.method} {each.url.raw_path.decode()}" for each in self.requests]

    def body(self, index: int = -1) -> Any:
        """The JSON of a request."""
        return json.loads(self.requests[index].content)


@asynccontextmanager
async def scripted(
    *answers: httpx.Response | Exception, key: str | None = "secret-key"
) -> AsyncIterator[tuple[WorkflowsApi, Script]]:
    """A client of such an API; waits between attempts are noted and take no time."""
    script = Script(list(answers))
    patience = Patience(sleep=script.wait)
    transport = httpx.MockTransport(script)
    async with open_api("http://api.test", key, transport=transport, patience=patience) as api:
        yield api, script
    assert not script.answers, "answers that nobody asked for"


def answer(content: Any = None, status: int = 200, **headers: str) -> httpx.Response:
    """A JSON answer, or an empty one."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if content is None:
        return httpx.Response(status, headers=named)
    return httpx.Response(status, json=content, headers=named)


def execution(**changes: Any) -> httpx.Response:
    """An execution as the API shows it."""
    return answer(EXECUTION | changes)
