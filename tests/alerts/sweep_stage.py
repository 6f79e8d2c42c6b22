"""A made world of executions and schedules behind a real HTTP client, and sweeps that look."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.alerts.finding import Finding, Kind
from shared.alerts.sweeps import Needs, Sweeper, SweepRhythm, SweepStatus, Swept, read_status
from shared.api import Patience, open_api
from shared.database import Database
from shared.models import Execution
from shared.tables import findings
from tests.bot.stores import opened

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=30)
EVERYTHING = Needs(kinds=frozenset(Kind), since=LONG_AGO)
ENDS = frozenset(kind for kind in Kind if kind.is_end)

type Row = dict[str, Any]


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def run(
    execution_id: str,
    status: str = "RUNNING",
    *,
    end: datetime | None = None,
    start: datetime | None = None,
    workflow: str = "invoice",
    **more: Any,
) -> Row:
    """A run as the API lists it."""
    begun = start or (end or NOON) - seconds(10)
    return {
        "workflow_name": workflow,
        "execution_id": execution_id,
        "root_execution_id": execution_id,
        "parent_execution_id": None,
        "run_id": f"run-{execution_id}",
        "status": status,
        "start_time": begun.isoformat(),
        "end_time": end.isoformat() if end else None,
        "total_duration_ms": (end - begun).total_seconds() * 1_000 if end else None,
        **more,
    }


def ended(execution_id: str, status: str, at: float, **more: Any) -> Row:
    """A run that ended so many seconds after noon."""
    return run(execution_id, status, end=NOON + seconds(at), **more)


def execution(row: Row) -> Execution:
    return Execution.model_validate(row)


@dataclass
class World:
    """What the API knows; `sizes` cuts its pages, `faults` are answered first."""

    runs: list[Row] = field(default_factory=list)
    schedules: list[Row] = field(default_factory=list)
    questions: dict[str, list[Row]] = field(default_factory=dict)
    events: dict[str, list[Row]] = field(default_factory=dict)
    history: dict[str, list[Row]] = field(default_factory=dict)
    hinted: set[str] = field(default_factory=set)
    sizes: Callable[[], int] = lambda: 100
    order: Callable[[list[Row]], list[Row]] = lambda rows: sorted(rows, key=lambda r: r["end_time"])
    fault: Callable[[httpx.Request], httpx.Response | None] = lambda request: None
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        fault = self.fault(request)
        if fault is not None:
            return fault
        answer = self._answer(request)
        return httpx.Response(404 if answer is None else 200, json=answer or {"code": "not_found"})

    def asked(self, path: str) -> list[httpx.Request]:
        """The requests to a path that ends like this."""
        return [each for each in self.requests if each.url.path.endswith(path)]

    def _answer(self, request: httpx.Request) -> Any:
        match request.url.path.split("/")[3:]:
            case ["runs"]:
                return self._list(request.url.params)
            case ["runs", run_id, "history"]:
                return {"events": self.history.get(run_id, [])}
            case ["executions", execution_id]:
                found = [row for row in self.runs if row["execution_id"] == execution_id]
                return found[-1] if found else None
            case ["executions", execution_id, "queries"]:
                return {"result": {"pending_inputs": self.questions.get(execution_id, [])}}
            case ["events", "list"]:
                return self._events(request.url.params)
            case ["schedules"]:
                return self._page("schedules", self.schedules, request.url.params)
            case ["schedules", schedule_id]:
                found = [row for row in self.schedules if row["schedule_id"] == schedule_id]
                return found[0] if found else None
        return None

    def _list(self, asked: httpx.QueryParams) -> Any:
        rows = [row for row in self.runs if _is_asked(row, asked)]
        if "search_key" in asked:
            rows = [row for row in rows if row["execution_id"] in self.hinted]
        if asked.get("sort_by") == "end_time":
            rows = self.order(rows)
        else:
            rows.sort(key=lambda row: str(row["start_time"]), reverse=True)
        return self._page("executions", rows, asked)

    def _page(self, name: str, rows: list[Row], asked: httpx.QueryParams) -> Any:
        first = int(asked.get("next_page_token", "0"))
        following = first + min(self.sizes(), int(asked.get("page_size", "100")))
        token = str(following) if following < len(rows) else None
        return {name: rows[first:following], "next_page_token": token}

    def _events(self, asked: httpx.QueryParams) -> Any:
        rows = self.events.get(asked["workflow_exec_id"], [])
        first, limit = int(asked.get("cursor", "0")), int(asked["limit"])
        more = first + limit < len(rows)
        cursor = str(first + limit) if more else None
        return {"events": rows[first : first + limit], "next_cursor": cursor}


@dataclass
class Stage:
    """The sweeps of one process; its clock stands still until somebody moves it."""

    world: World
    database: Database
    rhythm: SweepRhythm
    needs: Needs = EVERYTHING
    now: datetime = NOON
    sweeper: Sweeper = field(init=False)
    lost: Callable[[], None] = lambda: None

    async def guard(self, connection: AsyncConnection) -> None:
        """Holds, unless a test says otherwise."""
        self.lost()

    async def sweep(self, *, after: float = 10) -> Swept:
        """A turn, so many seconds later."""
        self.now += seconds(after)
        return await self.sweeper.sweep(self.needs, self.guard)

    async def found(self, *kinds: Kind) -> list[Finding]:
        """The inbox, in the order it was filled; of these kinds."""
        store = await self.database.store()
        async with store.reading() as connection:
            rows = (await connection.execute(select(findings).order_by(findings.c.seq))).all()
        every = [_finding(dict(row._mapping)) for row in rows]
        return [each for each in every if not kinds or each.kind in kinds]

    async def keys(self, *kinds: Kind) -> list[str]:
        """The findings in short: `failed a`, `waiting a/t over`."""
        return [
            f"{each.kind} {each.subject}{' over' if each.over else ''}"
            for each in await self.found(*kinds)
        ]

    async def status(self) -> SweepStatus:
        """What the sweeps say of themselves."""
        store = await self.database.store()
        async with store.reading() as connection:
            return await read_status(connection)


@asynccontextmanager
async def staged(url: str, *runs: Row, **rhythm: Any) -> AsyncIterator[Stage]:
    """A world with these runs, and sweeps that have looked at nothing yet."""
    async with opened(url) as database:
        stage = Stage(World(list(runs)), database, SweepRhythm(**rhythm))
        async with another(stage):
            yield stage


@asynccontextmanager
async def another(stage: Stage) -> AsyncIterator[Stage]:
    """Give the stage a new process."""
    transport = httpx.MockTransport(stage.world)
    async with open_api(
        "http://api.test", "key", transport=transport, patience=Patience(attempts=1)
    ) as api:
        stage.sweeper = Sweeper(stage.database, api, lambda: stage.now, stage.rhythm)
        yield stage


def only(*kinds: Kind, **more: Any) -> Needs:
    """What somebody needs who wants these kinds."""
    return replace(EVERYTHING, kinds=frozenset(kinds), **more)


def question(task_id: str, label: str = "Approve?") -> Row:
    """An open question as a worker tells it."""
    return {"task_id": task_id, "label": label, "input_schema": {"type": "object"}}


def too_many(retry_after: int) -> httpx.Response:
    """The API asks to be left alone."""
    return httpx.Response(429, json={}, headers={"retry-after": str(retry_after)})


def _is_asked(row: Row, asked: httpx.QueryParams) -> bool:
    statuses = asked.get_list("status")
    return (
        (not statuses or row["status"] in statuses)
        and asked.get("workflow_identifier") in (None, row["workflow_name"])
        and _within(row["end_time"], asked.get("end_time_after"), None)
        and _within(row["start_time"], None, asked.get("start_time_before"))
    )


def _within(text: str | None, after: str | None, before: str | None) -> bool:
    if after is None and before is None:
        return True
    if text is None:
        return False
    moment = datetime.fromisoformat(text)
    return (after is None or moment >= datetime.fromisoformat(after)) and (
        before is None or moment <= datetime.fromisoformat(before)
    )


def _finding(row: Mapping[str, Any]) -> Finding:
    values = {name: row[name] for name in row if name not in ("seq", "matched_at")}
    return Finding(**{**values, "kind": Kind(values["kind"])})
