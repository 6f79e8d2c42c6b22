"""What happens on a real worker is found, whatever else happens there at the same time."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import repeat
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from temporalio.client import Client

from shared.alerts.finding import Finding, Kind
from shared.alerts.sweeps import Needs, Sweeper, SweepRhythm
from shared.api import WorkflowsApi, open_api
from shared.database import Database
from shared.operations.pending import read_pending
from tests.alerts.sweep_stage import Stage, World
from tests.bot.stores import opened
from tests.sandbox_process import Sandbox
from tests.shared.operating import until

PATIENCE_SECONDS = 180
# Everything at every turn: other tests have executions there too.
EAGER = SweepRhythm(
    waiting=0,
    slow=0,
    retrying=0,
    schedules=0,
    running_long=0,
    retrying_after=0,
    most_asked=1_000,
    most_looked=1_000,
)


class Real:
    """Sweeps of the sandbox, and the findings about one's own executions."""

    def __init__(self, api: WorkflowsApi, database: Database, *kinds: Kind) -> None:
        self.api = api
        self.mark = f"sweep-{uuid4().hex[:8]}"
        self._stage = Stage(World(), database, EAGER)
        bounds = {"slow_seconds": frozenset({0.5})} if Kind.SLOW in kinds else {}
        since = datetime.now(UTC) - timedelta(seconds=5)
        self._stage.needs = Needs(kinds=frozenset(kinds), since=since, **bounds)
        self._sweeper = Sweeper(database, api, rhythm=EAGER)

    async def start(self, workflow: str, **input: object) -> str:
        """Start an execution of one's own."""
        execution_id = f"{self.mark}-{uuid4().hex[:8]}"
        await self.api.execute_workflow(workflow, input=input, execution_id=execution_id)
        return execution_id

    async def sweep(self) -> list[Finding]:
        """A turn, and all that was found until now."""
        await self._sweeper.sweep(self._stage.needs, self._stage.guard)
        return await self._stage.found()

    async def until(self, *wanted: str) -> list[str]:
        """Sweep until the findings about these subjects are as wanted: `failed x`, `slow y over`.

        Others about one's own executions are told too.
        """
        async with asyncio.timeout(PATIENCE_SECONDS):
            for wait in repeat(0.3):
                own = [short(each) for each in await self.sweep() if self.mark in each.subject]
                if set(wanted) <= set(own):
                    return own
                await asyncio.sleep(wait)
        raise AssertionError


def short(finding: Finding) -> str:
    return f"{finding.kind} {finding.subject}{' over' if finding.over else ''}"


@pytest.fixture
async def api(sandbox: Sandbox) -> AsyncGenerator[WorkflowsApi]:
    async with open_api(sandbox.url, None) as client:
        yield client


@asynccontextmanager
async def sweeping(api: WorkflowsApi, folder: Path, *kinds: Kind) -> AsyncGenerator[Real]:
    async with opened(f"sqlite:///{folder}/ops.db") as database:
        real = Real(api, database, *kinds)
        await real.sweep()
        yield real


async def temporal(api: WorkflowsApi, sandbox: Sandbox) -> Client:
    async with httpx.AsyncClient(base_url=sandbox.url, timeout=PATIENCE_SECONDS) as http:
        whoami = (await http.get("/v1/workflows/workers/whoami")).json()
    return await Client.connect(whoami["scheduler_url"], namespace=whoami["namespace"])


async def test_each_end_is_found_and_a_reset_is_none(
    api: WorkflowsApi, sandbox: Sandbox, tmp_path: Path
) -> None:
    ends = [kind for kind in Kind if kind.is_end]
    async with sweeping(api, tmp_path, *ends) as real:
        failed = await real.start("failing-report")
        terminated, cancelled, reset = [
            await real.start("long-sync", seconds=9_000) for _ in range(3)
        ]
        late = f"{real.mark}-late"
        engine = await temporal(api, sandbox)
        await engine.start_workflow(
            "long-sync",
            {"seconds": 9_000},
            id=late,
            task_queue="sandbox",
            execution_timeout=timedelta(seconds=1),
        )
        await api.terminate_execution(terminated)
        await api.cancel_execution(cancelled)
        await until(lambda: began(api, reset), bool)
        before = (await api.get_execution(reset)).run_id
        await api.reset_execution(reset, 4, reason="try again")
        assert (await api.get_execution(reset)).run_id != before
        own = await real.until(
            f"failed {failed}",
            f"terminated {terminated}",
            f"cancelled {cancelled}",
            f"timed_out {late}",
        )
        assert f"terminated {reset}" not in own
        await api.terminate_execution(reset)
        done = await real.start("long-sync", seconds=1)
        own = await real.until(f"completed {done}", f"terminated {reset}")
        assert own.count(f"terminated {reset}") == 1
        assert len(own) == len(set(own))
        found = await real.sweep()
        (out_of_time,) = [each for each in found if short(each) == f"timed_out {late}"]
        assert any(
            each.kind is Kind.RECOVERED
            and each.workflow == "long-sync"
            and each.at > out_of_time.at
            for each in found
        )


async def began(api: WorkflowsApi, execution_id: str) -> bool:
    """Whether the first workflow task is done, so that a reset can go back to it."""
    history = await api.get_execution_history(execution_id)
    events = history["events"] if isinstance(history, dict) else history
    return len(events) >= 4


async def test_a_question_is_found_and_is_over_with_its_answer(
    api: WorkflowsApi, tmp_path: Path
) -> None:
    async with sweeping(api, tmp_path, Kind.WAITING) as real:
        asking = await real.start("expense-approval", amount=200)
        await until(lambda: read_pending(api, asking), bool)
        (pending,) = await read_pending(api, asking)
        subject = f"{asking}/{pending.task_id}"
        await real.until(f"waiting {subject}")
        (found,) = [each for each in await real.sweep() if each.subject == subject]
        assert found.detail["label"] == "Manager approval"
        answer = {"task_id": pending.task_id, "input": {"approved": True}}
        await api.update_execution(asking, "__submit_input", answer)
        own = await real.until(f"waiting {subject} over")
        assert own == [f"waiting {subject}", f"waiting {subject} over"]


async def test_slow_and_stuck_executions_are_found_until_they_end(
    api: WorkflowsApi, tmp_path: Path
) -> None:
    async with sweeping(api, tmp_path, Kind.SLOW, Kind.RETRYING) as real:
        slow = await real.start("long-sync", seconds=9_000)
        stuck = await real.start("stuck-code")
        await real.until(f"slow {slow}", f"slow {stuck}", f"retrying {stuck}")
        (found,) = [each for each in await real.sweep() if short(each) == f"retrying {stuck}"]
        assert "CHF" in found.detail["error"]
        for each in (slow, stuck):
            await api.terminate_execution(each)
        own = await real.until(f"slow {slow} over", f"retrying {stuck} over")
        assert len(own) == len(set(own)) == 6


async def test_a_schedule_that_is_paused_is_found(api: WorkflowsApi, tmp_path: Path) -> None:
    async with sweeping(api, tmp_path, Kind.SCHEDULE_PAUSED) as real:
        schedule_id = await api.create_schedule(
            {"input": None, "cron_expressions": ["0 0 1 1 *"]},
            workflow_identifier="daily-digest",
            schedule_id=f"{real.mark}-yearly",
        )
        await real.sweep()
        await api.pause_schedule(schedule_id, "maintenance")
        await real.until(f"schedule_paused {schedule_id}")
        await api.resume_schedule(schedule_id)
        own = await real.until(f"schedule_paused {schedule_id} over")
        await api.delete_schedule(schedule_id)
        assert own == [f"schedule_paused {schedule_id}", f"schedule_paused {schedule_id} over"]
