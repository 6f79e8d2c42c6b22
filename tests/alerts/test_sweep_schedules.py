"""Schedules: paused, late, failing, and everything that is no reason to say so."""

from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest

from shared.alerts.finding import Kind
from tests.alerts.sweep_stage import NOON, Row, Stage, only, run, seconds, staged

KINDS = (Kind.SCHEDULE_PAUSED, Kind.SCHEDULE_MISSED, Kind.SCHEDULE_FAILING)


@pytest.fixture
async def stage(tmp_path: object) -> AsyncGenerator[Stage]:
    async with staged(f"sqlite:///{tmp_path}/ops.db") as ready:
        ready.needs = only(*KINDS)
        yield ready


def at(number: float) -> str:
    return (NOON + seconds(number)).isoformat()


def schedule(*future: float, recent: dict[str, float] | None = None, **more: Any) -> Row:
    """A schedule as the API shows it; times are seconds after noon."""
    return {
        "schedule_id": "nightly",
        "workflow_name": "digest",
        "paused": False,
        "input": None,
        "cron_expressions": ["0 * * * *"],
        "future_executions": [{"scheduled_at": at(each)} for each in future],
        "recent_executions": [
            {"scheduled_at": at(when), "started_at": at(when), "execution_id": execution_id}
            for execution_id, when in (recent or {}).items()
        ],
        **more,
    }


async def look(stage: Stage, row: Row, *, when: float) -> list[str]:
    """What is known after a look at that time."""
    stage.world.schedules = [row]
    await stage.sweep(after=(NOON + seconds(when) - stage.now).total_seconds())
    return await stage.keys()


async def test_a_pause_begins_and_ends(stage: Stage) -> None:
    assert await look(stage, schedule(3_600), when=10) == []
    paused = schedule(3_600, paused=True, note="maintenance\nuntil Monday")
    assert await look(stage, paused, when=80) == ["schedule_paused nightly"]
    (found,) = await stage.found()
    assert (found.schedule_id, found.workflow, found.at) == ("nightly", "digest", stage.now)
    assert dict(found.detail) == {"note": "maintenance until Monday"}
    assert len(await look(stage, paused, when=160)) == 1
    expected = ["schedule_paused nightly", "schedule_paused nightly over"]
    assert await look(stage, schedule(3_600), when=240) == expected


async def test_what_was_paused_when_it_was_first_seen_is_meant_to_be(stage: Stage) -> None:
    paused = schedule(3_600, paused=True)
    assert await look(stage, paused, when=10) == []
    assert await look(stage, paused, when=80) == []


async def test_a_deleted_schedule_is_over_in_every_way(stage: Stage) -> None:
    await look(stage, schedule(3_600), when=10)
    await look(stage, schedule(3_600, paused=True), when=80)
    row = stage.world.schedules[0]
    empty: Row = {"schedules": [], "next_page_token": None}
    stage.world.fault = lambda r: (
        httpx.Response(200, json=empty) if r.url.path.endswith("/schedules") else None
    )
    await look(stage, row, when=160)
    assert await stage.keys() == ["schedule_paused nightly"], "a list may lag behind"
    stage.world.fault = lambda r: None
    stage.world.schedules = []
    await stage.sweep(after=60)
    assert await stage.keys() == ["schedule_paused nightly", "schedule_paused nightly over"]


async def test_a_time_that_passes_without_a_start_is_missed(stage: Stage) -> None:
    before = {"e0": -3_000.0}
    stage.world.runs = [run("e0", "COMPLETED", end=NOON - seconds(2_000))]
    await look(stage, schedule(600, 4_200, recent=before), when=10)
    late = schedule(4_200, 7_800, recent=before)
    assert await look(stage, late, when=655) == [], "it may be a minute late"
    assert await look(stage, late, when=720) == ["schedule_missed nightly"]
    (found,) = await stage.found()
    assert (found.at, found.detail["next_at"]) == (NOON + seconds(600), at(600))
    assert len(await look(stage, late, when=800)) == 1
    again = schedule(7_800, recent=before | {"e1": 4_200.0})
    stage.world.runs.append(run("e1", "COMPLETED", end=NOON + seconds(4_230)))
    expected = ["schedule_missed nightly", "schedule_missed nightly over"]
    assert await look(stage, again, when=4_300) == expected
    assert await look(stage, again, when=4_400) == expected


excuses: dict[str, tuple[Row, list[Row]]] = {
    "it was kept": (schedule(4_200, recent={"e1": 600.0}), []),
    "it was kept within its jitter": (
        schedule(4_200, recent={"e1": 625.0}, jitter="PT30S"),
        [],
    ),
    "it was paused": (schedule(4_200, paused=True), []),
    "its times were changed": (schedule(4_200, cron_expressions=["30 * * * *"]), []),
    "it has no executions left": (schedule(remaining_executions=0), []),
    "its end has come": (schedule(end_at=at(300)), []),
    "the one before still runs": (
        schedule(4_200, recent={"e0": 0.0}),
        [run("e0", start=NOON)],
    ),
    "the one before ran then": (
        schedule(4_200, recent={"e0": 0.0}),
        [run("e0", "COMPLETED", start=NOON, end=NOON + seconds(650))],
    ),
    "it is beyond what is listed": (
        schedule(4_200, recent={f"e{n}": 610.0 + n for n in range(10)}),
        [],
    ),
}


@pytest.mark.parametrize("excuse", excuses)
async def test_a_time_is_not_missed_when(stage: Stage, excuse: str) -> None:
    after, stage.world.runs = excuses[excuse]
    before = {name: after[name] for name in ("jitter", "end_at") if name in after}
    stage.needs = only(Kind.SCHEDULE_MISSED)
    await look(stage, schedule(600, 4_200, **before), when=10)
    assert await look(stage, after, when=760) == []


async def test_overlapping_executions_are_no_excuse_where_they_are_allowed(stage: Stage) -> None:
    policy = {"overlap": 6}
    stage.world.runs = [run("e0", start=NOON)]
    await look(stage, schedule(600, 4_200, policy=policy), when=10)
    late = schedule(4_200, recent={"e0": 0.0}, policy=policy)
    assert await look(stage, late, when=720) == ["schedule_missed nightly"]


async def test_a_schedule_is_read_again_before_it_is_said_to_be_late(stage: Stage) -> None:
    await look(stage, schedule(600, 4_200), when=10)
    stale = {"schedules": [schedule(4_200)], "next_page_token": None}
    stage.world.fault = lambda r: (
        httpx.Response(200, json=stale) if r.url.path.endswith("/schedules") else None
    )
    assert await look(stage, schedule(4_200, recent={"e1": 600.0}), when=720) == []


async def test_a_schedule_fails_after_three_executions_and_recovers_with_one(stage: Stage) -> None:
    recent: dict[str, float] = {}

    async def next_one(status: str, when: int) -> list[str]:
        execution_id = f"e{when}"
        recent[execution_id] = float(when)
        ends = None if status == "RUNNING" else NOON + seconds(when + 5)
        stage.world.runs.append(run(execution_id, status, start=NOON + seconds(when), end=ends))
        return await look(stage, schedule(9_999, recent=recent), when=when + 10)

    for status, when in (("COMPLETED", 0), ("FAILED", 100), ("TIMED_OUT", 200)):
        assert await next_one(status, when) == []
    assert await next_one("FAILED", 300) == ["schedule_failing nightly"]
    (found,) = await stage.found()
    assert (found.detail["failures"], found.execution_id) == (3, "e300")
    assert len(await next_one("FAILED", 400)) == 1
    assert len(await next_one("RUNNING", 500)) == 1
    assert len(await next_one("COMPLETED", 600)) == 2
    assert (await stage.keys())[-1] == "schedule_failing nightly over"
    assert read_executions(stage).count("e100") == 1, "an end is read once"


def read_executions(stage: Stage) -> list[str]:
    paths = [each.url.path.split("/") for each in stage.world.requests]
    return [path[-1] for path in paths if path[-2] == "executions"]


async def test_many_schedules_are_listed_in_pages_and_looked_at_within_bounds(
    stage: Stage,
) -> None:
    stage.needs = only(Kind.SCHEDULE_FAILING)
    stage.world.sizes = lambda: 10
    recent = {f"x{n}": float(n) for n in range(3)}
    stage.world.runs = [run(each, "FAILED", end=NOON) for each in recent]
    stage.world.schedules = [
        schedule(9_999, recent=recent, schedule_id=f"s{n:02}") for n in range(25)
    ]
    calls = [(await stage.sweep(after=70)).calls for _ in range(5)]
    assert max(calls) <= 1 + 3 + 20
    assert len(await stage.keys()) == 25


async def test_a_last_time_that_was_missed_is_over_after_a_day_in_which_people_saw_it(
    stage: Stage,
) -> None:
    await look(stage, schedule(100), when=10)
    day = 24 * 3_600
    assert await look(stage, schedule(), when=200) == ["schedule_missed nightly"]
    assert await look(stage, schedule(), when=day) == ["schedule_missed nightly"]
    expected = ["schedule_missed nightly", "schedule_missed nightly over"]
    assert await look(stage, schedule(), when=day + 200) == expected
    assert await look(stage, schedule(), when=day + 400) == expected
    assert (await stage.found())[-1].detail["exhausted"]


async def test_a_missed_time_of_a_schedule_with_more_of_them_holds_until_one_is_kept(
    stage: Stage,
) -> None:
    day = 24 * 3_600
    await look(stage, schedule(100, 9 * day), when=10)
    assert await look(stage, schedule(9 * day), when=200) == ["schedule_missed nightly"]
    assert await look(stage, schedule(9 * day), when=3 * day) == ["schedule_missed nightly"]
