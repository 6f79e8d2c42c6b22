"""Executions that ended in the past, listed by an API, and told by its events."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
from hypothesis import strategies as st

from shared.alerts.details import Details, Need
from shared.alerts.finding import Finding, Kind
from shared.alerts.wanted import Wanted
from shared.api import Patience, WorkflowsApi, open_api
from shared.models import Execution
from tests.shared.operating import Server

NOW = datetime.fromisoformat("2026-06-02T12:00:00Z")
WORKFLOWS = ("invoice-eu", "invoice-us", "billing")
DEPLOYMENTS = ("prod", "staging", None)
ERRORS = ("rate limit after 3 s", "rate limit after 12 s", "KeyError: 'CHF'", "")
_PAGE = 7


@dataclass(frozen=True)
class Past:
    """One ended run, and the error that its events tell; a reset may have ended it."""

    execution_id: str
    workflow: str
    status: str
    ended_at: datetime
    minutes: int
    deployment: str | None = None
    error: str = ""
    by_reset: bool = False

    def as_json(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "workflow_name": self.workflow,
            "execution_id": self.execution_id,
            "root_execution_id": self.execution_id,
            "run_id": f"run-{self.execution_id}",
            "status": self.status,
            "start_time": (self.ended_at - timedelta(minutes=self.minutes)).isoformat(),
            "end_time": self.ended_at.isoformat(),
            "deployment_name": self.deployment,
            "total_duration_ms": self.minutes * 60_000,
        }

    def latest(self) -> dict[str, Any]:
        """The execution, which goes on as another run after a reset."""
        if not self.by_reset:
            return self.as_json()
        start = (self.ended_at + timedelta(milliseconds=5)).isoformat()
        again = {"run_id": f"again-{self.execution_id}", "status": "RUNNING", "end_time": None}
        return {**self.as_json(), **again, "start_time": start, "total_duration_ms": None}

    def history(self) -> dict[str, Any]:
        """What the engine tells of the end of the run."""
        who = "history-resetter" if self.by_reset else "a-person"
        ended = {"workflowExecutionTerminatedEventAttributes": {"identity": who}}
        kind = "EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED"
        return {"events": [{"eventId": "9", "eventType": kind} | ended]}

    @property
    def execution(self) -> Execution:
        """As the client reads it."""
        return Execution.model_validate(self.as_json())


@asynccontextmanager
async def past_api(
    runs: Sequence[Past], answer: Callable[[httpx.Request], Any] | None = None
) -> AsyncIterator[tuple[WorkflowsApi, Server]]:
    """An API that lists these runs, newest end first, a few at a time."""

    def listed(request: httpx.Request) -> Any:
        asked = request.url.params
        since = datetime.fromisoformat(asked["end_time_after"])
        name = asked.get("workflow_identifier")
        fitting = [run for run in runs if run.ended_at >= since and name in (None, run.workflow)]
        fitting.sort(key=lambda run: run.ended_at, reverse=True)
        begin = int(asked.get("next_page_token", 0))
        page = fitting[begin : begin + _PAGE]
        more = str(begin + _PAGE) if begin + _PAGE < len(fitting) else None
        return {"executions": [run.as_json() for run in page], "next_page_token": more}

    async def no_wait(seconds: float) -> None:
        return None

    routes: dict[str, Any] = {"GET /v1/workflows/runs": answer or listed}
    for run in runs:
        routes[f"GET /v1/workflows/executions/{run.execution_id}"] = run.latest()
        routes[f"GET /v1/workflows/runs/run-{run.execution_id}/history"] = run.history()
    server = Server(routes)
    async with open_api(
        "http://api.test",
        "key",
        transport=httpx.MockTransport(server),
        patience=Patience(sleep=no_wait),
    ) as api:
        yield api, server


def reading(runs: Sequence[Past]) -> Callable[[Finding, Need], Any]:
    """What the events of these runs tell."""
    errors = {run.execution_id: run.error for run in runs}

    async def read(finding: Finding, need: Need) -> Details:
        error = errors[finding.execution_id or ""]
        return Details(step="charge", error=error if Need.EVENTS in need else None)

    return read


def pasts() -> st.SearchStrategy[list[Past]]:
    """Runs of the last day, no two with the same end."""
    statuses = ("FAILED", "FAILED", "COMPLETED", "COMPLETED", "TIMED_OUT", "TERMINATED", "CANCELED")
    # Over a day, or so close to each other that what was over comes back.
    spread = st.one_of(st.integers(1, 1_400), st.integers(1, 90))
    minutes = st.lists(spread, unique=True, max_size=25)

    def made(ends: list[int]) -> st.SearchStrategy[list[Past]]:
        return st.tuples(
            *(
                st.builds(
                    Past,
                    execution_id=st.just(f"run-{index}"),
                    workflow=st.sampled_from(WORKFLOWS),
                    status=st.sampled_from(statuses),
                    ended_at=st.just(NOW - timedelta(minutes=end)),
                    minutes=st.integers(1, 30),
                    deployment=st.sampled_from(DEPLOYMENTS),
                    error=st.sampled_from(ERRORS),
                    by_reset=st.booleans(),
                )
                for index, end in enumerate(ends)
            )
        ).map(lambda made: [_possible(each) for each in made])

    return minutes.flatmap(made)


def _possible(made: Past) -> Past:
    return replace(made, by_reset=made.by_reset and made.status == "TERMINATED")


def wanteds() -> st.SearchStrategy[Wanted]:
    """Filters about ends."""
    ends = [kind for kind in Kind if kind.is_end]
    return st.builds(
        Wanted,
        workflows=st.sampled_from(((), ("invoice-*",), ("billing",), ("billing", "*-eu"))),
        kinds=st.frozensets(st.sampled_from(ends), min_size=1),
        errors=st.sampled_from((None, None, "rate", "CHF$", "nothing")),
        deployments=st.sampled_from(((), (), ("prod",), ("*g",))),
        min_duration_seconds=st.sampled_from((None, None, 600.0)),
        first_only=st.booleans(),
        group_by=st.lists(
            st.sampled_from(("workflow", "kind", "error", "deployment", "execution")),
            min_size=1,
            unique=True,
        ).map(tuple),
    )
