"""Operations called as a face calls them, against an API that answers by its paths."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import httpx

from shared.api import Patience, WorkflowsApi, open_api
from shared.audit import Audit
from shared.audit_rows import read_rows
from shared.call import Actor, Effect
from shared.context import Context, Progress, no_progress
from shared.database import Database, database_url
from shared.operations import OPERATIONS
from shared.policy import Policy

NOW = datetime(2026, 6, 1, 12, 30, tzinfo=UTC)
ANA = Actor("local", "ana", "Ana")
BY_NAME = {operation.name: operation for operation in OPERATIONS}

type Reply = httpx.Response | Any
type Routes = Mapping[str, Reply | Callable[[httpx.Request], Reply]]


@dataclass
class Server:
    """Answers `METHOD /path` with JSON, a response, or what a function says; otherwise 404."""

    routes: Routes
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self.routes.get(f"{request.method} {request.url.path}")
        reply = reply(request) if callable(reply) else reply
        if isinstance(reply, httpx.Response):
            return reply
        if reply is None:
            return httpx.Response(404, json={"code": "not_found", "message": "unknown"})
        return httpx.Response(200, json=reply)

    def asked(self, path: str) -> list[httpx.Request]:
        """The requests to a path that ends like this."""
        return [each for each in self.requests if each.url.path.endswith(path)]

    def sent(self, path: str) -> Any:
        """The JSON of the only request to such a path."""
        (request,) = self.asked(path)
        return json.loads(request.content)


@dataclass(frozen=True)
class Face:
    """A caller of operations by name."""

    context: Context
    database: Database

    async def call(self, operation: str, **arguments: Any) -> Any:
        """What `invoke` answers."""
        return await BY_NAME[operation].invoke(self.context, arguments)

    async def audited(self) -> list[dict[str, Any]]:
        """The audit trail, oldest row first."""
        return (await read_rows(await self.database.store(), limit=1_000))[::-1]


@asynccontextmanager
async def face(
    api: WorkflowsApi,
    folder: Path,
    *,
    allow: Effect = Effect.DESTRUCTIVE,
    audit_reads: bool = False,
    progress: Progress = no_progress,
    now: datetime | None = NOW,
) -> AsyncIterator[Face]:
    """A face with its own audit trail in the folder; without `now` it has the real clock."""
    database = Database(database_url(None, folder))
    clock = (lambda: now) if now else (lambda: datetime.now(UTC))
    audit = Audit(database, reads=audit_reads)
    policy = Policy(allow)
    context = Context(
        api, ANA, policy, audit, database, place="tests", progress=progress, clock=clock
    )
    try:
        yield Face(context, database)
    finally:
        await database.aclose()


@asynccontextmanager
async def faced(
    routes: Routes, folder: Path, *, allow: Effect = Effect.DESTRUCTIVE, **options: Any
) -> AsyncIterator[tuple[Face, Server]]:
    """A face in front of an API with these routes; waits between attempts take no time."""

    async def no_wait(seconds: float) -> None:
        return None

    server = Server(routes)
    transport = httpx.MockTransport(server)
    patience = Patience(sleep=no_wait)
    async with (
        open_api("http://api.test", "key", transport=transport, patience=patience) as api,
        face(api, folder, allow=allow, **options) as caller,
    ):
        yield caller, server


async def until(look: Callable[[], Awaitable[Any]], seen: Callable[[Any], bool]) -> Any:
    """What `look` brings as soon as it is as wanted; at most two minutes of looking."""
    async with asyncio.timeout(120):
        for wait in chain((0.05, 0.1, 0.2), repeat(0.4)):
            found = await look()
            if seen(found):
                return found
            await asyncio.sleep(wait)
    raise AssertionError


def execution(execution_id: str = "order-41", **changes: Any) -> dict[str, Any]:
    """An execution as the API shows it."""
    return {
        "workflow_name": "expense-approval",
        "workflow_id": "w-1",
        "execution_id": execution_id,
        "root_execution_id": execution_id,
        "parent_execution_id": None,
        "run_id": "r-1",
        "status": "RUNNING",
        "start_time": "2026-06-01T12:00:00Z",
        "end_time": None,
        "result": None,
        **changes,
    }
