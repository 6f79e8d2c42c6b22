"""`python -m benchmarks.alerts_growth`: what stays flat when there is more of everything?

A turn of the pipeline, with nothing new and with 50 failures, for few and many subscriptions and
for few and many executions that are known already. Times are of this process's CPU.
"""

import asyncio
import itertools
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from benchmarks.table import Row, draw
from shared.alerts import subscriptions
from shared.alerts.matcher import Matcher
from shared.alerts.sweeps import Sweeper, needs_of
from shared.alerts.wanted import Wanted
from shared.api import open_api
from shared.call import Actor
from shared.database import Database, database_url
from shared.tables import findings
from tests.alerts.runs_server import Run

SUBSCRIPTIONS = (10, 1_000)
KNOWN = (1_000, 100_000)
_NEW = 50
_TURNS = 5
_BATCH = 2_000
_BENCH = Actor("local", "bench", "Bench")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one turn: calls of the API, and milliseconds of CPU."""

    calls: float
    milliseconds: float


def main() -> int:
    """Print the table and how much the costs grow; answers 1 when something grows too much."""
    costs = {size: asyncio.run(_measure(*size)) for size in itertools.product(SUBSCRIPTIONS, KNOWN)}
    for (subscribed, known), (quiet, busy) in costs.items():
        print(
            f"{subscribed:>6,} subscriptions, {known:>8,} known: "
            f"quiet {quiet.calls:.0f} calls {quiet.milliseconds:6.1f} ms, "
            f"{_NEW} failures {busy.calls:.0f} calls {busy.milliseconds:7.1f} ms"
        )
    rows = _rows(costs)
    print(draw(rows))
    return 0 if all(row.holds for row in rows) else 1


def _rows(costs: dict[tuple[int, int], tuple[Cost, Cost]]) -> list[Row]:
    (few, many), (little, much) = SUBSCRIPTIONS, KNOWN
    base, subscribed, known = costs[few, little], costs[many, little], costs[few, much]
    return [
        _growth("a quiet turn, 100 times the known executions", base[0], known[0], 1.5),
        _growth("a quiet turn, 100 times the subscriptions", base[0], subscribed[0], 20.0),
        _growth(f"{_NEW} failures, 100 times the known executions", base[1], known[1], 1.5),
        _growth(f"{_NEW} failures, 100 times the subscriptions", base[1], subscribed[1], 20.0),
    ]


def _growth(measure: str, before: Cost, after: Cost, bound: float) -> Row:
    return Row(
        measure,
        f"{after.milliseconds:.1f} ms",
        f"{before.milliseconds:.1f} ms",
        after.milliseconds / before.milliseconds,
        "at most",
        bound,
    )


async def _measure(subscribed: int, known: int) -> tuple[Cost, Cost]:
    with tempfile.TemporaryDirectory(prefix="workflow-ops-growth-") as folder:
        async with _pipeline(Path(folder), subscribed, known) as (turn, world):
            # What was filled in is written to its place meanwhile.
            for _ in range(_TURNS):
                world.fail(1)
                await turn()
            quiet = await _cost(turn, world, 0)
            busy = await _cost(turn, world, _NEW)
    return quiet, busy


async def _cost(turn: Callable[[], Awaitable[None]], world: "World", new: int) -> Cost:
    calls, spent = world.calls, 0.0
    for _ in range(_TURNS):
        world.fail(new)
        began = time.process_time()
        await turn()
        spent += time.process_time() - began
    return Cost((world.calls - calls) / _TURNS, spent * 1_000 / _TURNS)


class World:
    """An API that knows what ended lately; it answers at once, so that the time is ours."""

    def __init__(self) -> None:
        self.calls = 0
        self._runs: dict[str, Run] = {}

    def fail(self, number: int) -> None:
        """So many executions fail now; those of before are out of every window."""
        now = datetime.now(UTC)
        self._runs = {}
        for each in range(number):
            started = now - timedelta(seconds=1)
            run = Run(uuid4().hex, f"invoice-{each % 20}", started, "FAILED", now)
            self._runs[run.execution_id] = run

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        path = request.url.path
        if path.endswith("/runs"):
            rows = [run.as_json() for run in self._runs.values()]
            return httpx.Response(200, json={"executions": rows, "next_page_token": None})
        if path.endswith("/events/list"):
            return httpx.Response(200, json={"events": [], "next_cursor": None})
        run = self._runs.get(path.rpartition("/")[2])
        return httpx.Response(200, json=run.as_json()) if run else httpx.Response(404)


@asynccontextmanager
async def _pipeline(
    folder: Path, subscribed: int, known: int
) -> AsyncIterator[tuple[Callable[[], Awaitable[None]], World]]:
    world = World()
    database = Database(database_url(None, folder))
    transport = httpx.MockTransport(world)
    async with open_api("http://api.test", None, transport=transport) as api:
        await _fill(database, subscribed, known)
        sweeper, matcher = Sweeper(database, api), Matcher(database, api)
        parsed: dict[subscriptions.Key, Wanted] = {}

        async def turn() -> None:
            store = await database.store()
            async with store.reading() as connection:
                active = await subscriptions.active(connection, known=parsed)
            parsed.update({each.key: each.wanted for each in active})
            since = min(each.created_at for each in active)
            await sweeper.sweep(needs_of((each.wanted for each in active), since), _unguarded)
            while await matcher.match(_unguarded):
                pass

        try:
            yield turn, world
        finally:
            await database.aclose()


async def _unguarded(_: AsyncConnection) -> None:
    """There is nobody else."""


async def _fill(database: Database, subscribed: int, known: int) -> None:
    store = await database.store()
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    async with store.writing() as connection:
        for each in range(subscribed):
            # One in a hundred wants what fails; the others watch workflows of their own.
            globs = ("invoice-*",) if each % 100 == 0 else (f"team-{each}-*",)
            wanted = Wanted(workflows=globs)
            await subscriptions.add(connection, f"C{each}", wanted, _BENCH, long_ago)
        for first in range(0, known, _BATCH):
            rows = [_known(each, long_ago) for each in range(first, min(first + _BATCH, known))]
            await connection.execute(insert(findings), rows)


def _known(number: int, at: datetime) -> dict[str, object]:
    execution_id = uuid4().hex
    return {
        "key": f"failed:{execution_id}:-",
        "kind": "failed",
        "over": False,
        "subject": execution_id,
        "workflow": f"invoice-{number % 20}",
        "execution_id": execution_id,
        "at": at,
        "found_at": at,
        "late": False,
        "detail": {},
        "matched_at": at,
    }


if __name__ == "__main__":
    sys.exit(main())
