"""What becomes of a schedule: changes, pauses, starts, and its end."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleIntervalSpec,
    ScheduleSpec,
)

from tests.sandbox.scheduling import NEVER_SOON, PATH, act, change, get, listed, make, refusal
from tests.sandbox.world import World, until
from tests.sandbox_process import PATIENCE_SECONDS, Sandbox

HOUR = timedelta(hours=1)


@pytest.fixture
async def temporal(world: World) -> Client:
    """The Temporal behind the sandbox, as a program beside it sees it."""
    whoami = world.http.get("/v1/workflows/workers/whoami").json()
    return await Client.connect(whoami["scheduler_url"], namespace=whoami["namespace"])


def test_a_change_touches_only_what_it_names(world: World) -> None:
    made = make(
        world,
        "long-sync",
        input={"seconds": 5},
        jitter="PT5S",
        time_zone_name="Europe/Paris",
        policy={"overlap": 4, "pause_on_failure": True},
        max_executions=9,
    )
    act(world, made, "pause", note="holiday")
    found = change(world, made, cron_expressions=["@daily"])
    assert found["cron_expressions"] == ["@daily"]
    assert (found["jitter"], found["time_zone_name"]) == ("PT5S", "Europe/Paris")
    assert (found["policy"]["overlap"], found["remaining_executions"]) == (4, 9)
    assert (found["paused"], found["note"]) == (True, "holiday")
    found = change(world, made, jitter=None, max_executions=None, input={"seconds": 6})
    assert (found["jitter"], found["remaining_executions"]) == (None, None)
    assert (found["input"], found["cron_expressions"]) == ({"seconds": 6}, ["@daily"])
    found = change(world, made, policy={"overlap": 2})
    assert found["policy"] == {
        "overlap": 2,
        "catchup_window_seconds": 31_536_000,
        "pause_on_failure": False,
    }
    assert change(world, made)["policy"]["overlap"] == 2


def test_a_refused_change_changes_nothing(world: World) -> None:
    made = make(world)
    answer = world.http.patch(
        f"{PATH}/{made}", json={"schedule": {"cron_expressions": ["@daily", "x"]}}
    )
    assert refusal(answer)[0] == ["body", "schedule"]
    assert get(world, made)["cron_expressions"] == NEVER_SOON


async def test_changes_made_at_the_same_time_are_all_kept(world: World, sandbox: Sandbox) -> None:
    made = make(world)
    changes: list[dict[str, Any]] = [
        {"jitter": "PT7S"},
        {"time_zone_name": "Asia/Tokyo"},
        {"policy": {"overlap": 5}},
    ]
    async with httpx.AsyncClient(base_url=sandbox.url, timeout=PATIENCE_SECONDS) as http:
        answers = await asyncio.gather(
            *(http.patch(f"{PATH}/{made}", json={"schedule": each}) for each in changes)
        )
    assert [each.status_code for each in answers] == [200, 200, 200]
    found = get(world, made)
    assert (found["jitter"], found["time_zone_name"]) == ("PT7S", "Asia/Tokyo")
    assert found["policy"]["overlap"] == 5


def test_the_limit_counts_automatic_starts_down_and_stops_them(world: World) -> None:
    made = make(world, cron_expressions=[], intervals=[{"every": "PT1S"}], max_executions=2)
    found = until(
        lambda: get(world, made),
        lambda seen: seen["remaining_executions"] == 0 and len(seen["recent_executions"]) >= 2,
    )
    assert found["future_executions"] == []
    assert len(found["recent_executions"]) == 2
    first = found["recent_executions"][0]
    assert first["scheduled_at"] <= first["started_at"]
    assert world.ended(first["execution_id"])["workflow_name"] == "daily-digest"


def test_a_trigger_starts_an_execution_even_of_a_paused_schedule(world: World) -> None:
    made = make(world, "document-processing", input={"pages": 1}, max_executions=3)
    act(world, made, "pause")
    act(world, made, "trigger", overlap=6)
    found = until(lambda: get(world, made), lambda seen: seen["recent_executions"])
    [started] = found["recent_executions"]
    assert started["execution_id"].startswith(f"{made}-")
    assert (found["paused"], found["remaining_executions"]) == (True, 3)
    result = world.ended(started["execution_id"])["result"]
    assert isinstance(result, dict)
    assert result["pages"] == 1, "the worker has read the schedule's input"


def test_a_pause_without_a_note_has_none(world: World) -> None:
    made = make(world)
    act(world, made, "pause", note="maintenance")
    assert (get(world, made)["paused"], get(world, made)["note"]) == (True, "maintenance")
    act(world, made, "pause")
    assert (get(world, made)["paused"], get(world, made)["note"]) == (True, None)
    act(world, made, "resume", note="done")
    assert (get(world, made)["paused"], get(world, made)["note"]) == (False, "done")
    act(world, made, "resume")
    assert (get(world, made)["paused"], get(world, made)["note"]) == (False, None)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("DELETE", ""),
        ("PATCH", ""),
        ("POST", "/pause"),
        ("POST", "/resume"),
        ("POST", "/trigger"),
    ],
)
def test_an_unknown_schedule_answers_404(world: World, method: str, path: str) -> None:
    body = {"schedule": {"input": None}} if method == "PATCH" else None
    answer = world.http.request(method, f"{PATH}/nobody{path}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "schedule_not_found")


def test_a_deleted_schedule_is_gone_and_its_id_free(world: World) -> None:
    made = make(world)
    answer = world.http.delete(f"{PATH}/{made}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert made not in listed(world)
    assert world.http.delete(f"{PATH}/{made}").status_code == 404
    body = {"workflow_identifier": "daily-digest", "schedule": {"input": None}}
    assert world.http.post(PATH, json=body | {"schedule_id": made}).status_code == 201


async def test_a_schedule_made_elsewhere_is_shown_in_temporals_words(
    world: World, temporal: Client
) -> None:
    made = f"foreign-{uuid4().hex[:8]}"
    handle = await temporal.create_schedule(
        made,
        Schedule(
            action=ScheduleActionStartWorkflow(
                "daily-digest", {"a": 1}, id=made, task_queue="sandbox"
            ),
            spec=ScheduleSpec(
                cron_expressions=["30 6 * * 1"], intervals=[ScheduleIntervalSpec(every=HOUR)]
            ),
        ),
    )
    found = get(world, made)
    assert found["cron_expressions"] == []
    assert found["calendars"][0]["minute"] == [{"start": 30, "end": 30, "step": 1}]
    assert found["intervals"] == [{"every": "PT1H", "offset": None}]
    assert found["input"] == {"a": 1}
    changed = change(world, made, jitter="PT3S")
    assert (changed["jitter"], changed["intervals"]) == ("PT3S", found["intervals"])
    assert len(changed["future_executions"]) == 10
    await handle.delete()


async def test_a_schedule_deleted_elsewhere_is_gone_here(world: World, temporal: Client) -> None:
    made = make(world)
    await temporal.get_schedule_handle(made).delete()
    assert made not in listed(world)
    assert world.http.get(f"{PATH}/{made}").status_code == 404
