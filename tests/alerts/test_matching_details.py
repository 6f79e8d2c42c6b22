"""What is read about a finding, from a real execution and from an API in trouble."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.alerts.details import Details, Need, read_details
from shared.alerts.finding import Kind
from shared.errors import RateLimited, Unavailable
from tests.alerts.match_stage import finding
from tests.mcp_server.faces import Stage
from tests.shared.operating import Routes, execution, faced

EXECUTION = "GET /v1/workflows/executions/order-1"
EVENTS = "GET /v1/workflows/events/list"
WORKFLOW = "GET /v1/workflows/invoice-eu"


async def test_a_failed_execution_tells_its_step_its_error_and_how_often_it_tried(
    sandbox_url: str,
) -> None:
    stage = Stage(sandbox_url)
    failed = await stage.ended("failing-report")
    async with stage.api() as api:
        run = await api.get_execution(failed)
        found = finding(execution_id=failed, run_id=run.run_id, workflow="failing-report")
        details = await read_details(api, found, Need.EVENTS)

    assert details.error is not None
    assert "net_revenue" in details.error
    assert details.step
    assert details.attempts is not None
    assert details.attempts >= 2
    assert details.note is None


async def read(routes: Routes, folder: Path, need: Need = Need.EVENTS) -> tuple[Details, Any]:
    async with faced(routes, folder) as (caller, server):
        return await read_details(caller.context.api, finding(), need), server


async def test_an_execution_that_is_gone_leaves_a_note(tmp_path: Path) -> None:
    details, _ = await read({}, tmp_path)

    assert details == Details(note="The API no longer knows this execution.")


async def test_an_api_that_refuses_leaves_a_note(tmp_path: Path) -> None:
    details, _ = await read({EXECUTION: httpx.Response(403, json={"message": "no"})}, tmp_path)

    assert details.note is not None
    assert details.note.startswith("Its details cannot be read: ")


@pytest.mark.parametrize(("status", "error"), [(429, RateLimited), (503, Unavailable)])
async def test_an_api_that_may_answer_later_is_to_be_asked_later(
    tmp_path: Path, status: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await read({EXECUTION: httpx.Response(status)}, tmp_path)


async def test_the_events_of_an_earlier_run_are_those_of_that_run(tmp_path: Path) -> None:
    now = execution("order-1", run_id="another-run", workflow_name="invoice-eu")
    details, server = await read(
        {EXECUTION: now, EVENTS: {"events": [failed_event()], "next_cursor": None}}, tmp_path
    )

    (request,) = server.asked("/events/list")
    assert request.url.params["workflow_run_id"] == "run-1"
    assert details.error == "no stock"


async def test_endless_events_are_read_up_to_a_bound(tmp_path: Path) -> None:
    now = execution("order-1", run_id="run-1")
    page = {"events": [failed_event()], "next_cursor": "more"}
    details, server = await read({EXECUTION: now, EVENTS: page}, tmp_path)

    assert len(server.asked("/events/list")) == 5
    assert details.error == "no stock"


async def test_only_what_is_needed_is_asked_for(tmp_path: Path) -> None:
    routes = {
        EXECUTION: execution("order-1", search_keys={"customer": "acme"}),
        WORKFLOW: {"workflow": {"id": "w", "name": "invoice-eu", "tags": ["prod"]}},
    }
    keys, server = await read(routes, tmp_path, Need.EXECUTION)
    assert keys.search_keys == {"customer": "acme"}
    assert len(server.requests) == 1

    async with faced(routes, tmp_path) as (caller, asked):
        schedule = finding(Kind.SCHEDULE_PAUSED, execution_id=None, schedule_id="nightly")
        both = Need.TAGS | Need.EVENTS
        tags = await read_details(caller.context.api, schedule, both)
    assert tags.tags == ("prod",)
    assert len(asked.requests) == 1


def failed_event() -> dict[str, Any]:
    """The last word of a run."""
    return {
        "event_id": "1",
        "event_type": "WORKFLOW_EXECUTION_FAILED",
        "event_timestamp": 1_780_000_000_000_000_000,
        "workflow_exec_id": "order-1",
        "workflow_run_id": "run-1",
        "workflow_name": "invoice-eu",
        "attributes": {"failure": {"message": "no stock"}},
    }
