"""Ends of executions are found once each, whatever the API does."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from itertools import chain, repeat

import httpx
import pytest

from shared.alerts.finding import Finding, Kind
from shared.alerts.gap import Gap
from shared.alerts.sweeps import Needs
from shared.errors import OpsError, RateLimited, Unavailable, UnexpectedAnswer
from tests.alerts.sweep_stage import (
    ENDS,
    NOON,
    Stage,
    another,
    ended,
    only,
    question,
    run,
    seconds,
    staged,
    too_many,
)
from tests.bot.stores import postgres, store_url

__all__ = ["postgres", "store_url"]


class Gone(OpsError):
    """The lease."""


def gap_of(finding: Finding) -> Gap | None:
    """The gap that it was found after."""
    told = finding.detail.get("gap")
    return Gap.model_validate(told) if told else None


@pytest.fixture
async def stage(tmp_path: object) -> AsyncGenerator[Stage]:
    async with staged(f"sqlite:///{tmp_path}/ops.db") as ready:
        ready.needs = only(*ENDS)
        yield ready


async def test_every_way_to_end_is_found_once_on_both_databases(store_url: str) -> None:
    async with staged(store_url) as stage:
        stage.needs = only(*ENDS)
        stage.world.runs = [
            ended("a", "FAILED", 1, deployment_name="blue"),
            ended("b", "TIMED_OUT", 2, workflow="sync"),
            ended("c", "TERMINATED", 3, workflow="sync"),
            ended("d", "CANCELED", 4, workflow="sync"),
            ended("e", "COMPLETED", 5, workflow="other"),
            ended("f", "CONTINUED_AS_NEW", 6, workflow="other"),
            run("g"),
        ]
        swept = await stage.sweep()
        assert (swept.found, swept.calls, swept.late, swept.complete) == (5, 2, 0, True)
        expected = ["failed a", "timed_out b", "terminated c", "cancelled d", "completed e"]
        assert await stage.keys() == expected
        first = (await stage.found())[0]
        assert first.at == NOON + seconds(1)
        assert first.found_at == stage.now
        assert (first.key, first.deployment) == ("failed:a:run-a", "blue")
        assert first.detail["duration_ms"] == 10_000
        assert (await stage.sweep()).found == 0
        assert await stage.keys() == expected


async def test_a_quiet_turn_is_one_call(stage: Stage) -> None:
    stage.world.runs = [ended("a", "FAILED", 1)]
    await stage.sweep()
    for _ in range(5):
        swept = await stage.sweep(after=3_600)
        assert (swept.calls, swept.found) == (1, 0)
    request = stage.world.requests[-1]
    assert dict(request.url.params) == {
        "sort_by": "end_time",
        "order": "asc",
        "end_time_after": "2026-06-01T11:58:01Z",
        "include_internal": "false",
        "page_size": "100",
    }


async def test_the_cursor_follows_the_clock_of_the_server(stage: Stage) -> None:
    behind = -50.0
    stage.world.runs = [ended("a", "FAILED", behind)]
    await stage.sweep()
    stage.world.runs.append(ended("b", "FAILED", behind + 20))
    await stage.sweep(after=600)
    assert await stage.keys() == ["failed a", "failed b"]
    assert (await stage.status()).cursor_at == NOON + seconds(behind + 20)


async def test_an_absurd_end_does_not_carry_the_cursor_away(stage: Stage) -> None:
    stage.world.runs = [ended("a", "FAILED", 1), ended("z", "FAILED", 9e7)]
    await stage.sweep()
    stage.world.runs.append(ended("b", "FAILED", 30))
    await stage.sweep(after=60)
    assert sorted(await stage.keys()) == ["failed a", "failed b", "failed z"]


async def test_a_late_row_within_the_overlap_is_found(stage: Stage) -> None:
    stage.world.runs = [ended("a", "FAILED", 100)]
    await stage.sweep(after=101)
    stage.world.runs += [ended("b", "FAILED", -15), ended("c", "FAILED", -25)]
    await stage.sweep()
    assert await stage.keys() == ["failed a", "failed b"], "two minutes, not more"


async def test_only_what_somebody_wants_is_stored(stage: Stage) -> None:
    stage.needs = only(Kind.FAILED)
    stage.world.runs = [
        ended("a", "COMPLETED", 1),
        ended("b", "CANCELED", 2),
        ended("c", "FAILED", 3),
        ended("d", "COMPLETED", 4),
        ended("e", "COMPLETED", 5),
    ]
    await stage.sweep()
    assert await stage.keys() == ["failed c", "recovered d"]


async def test_nothing_from_before_the_oldest_subscription_is_found(stage: Stage) -> None:
    stage.world.runs = [ended("a", "FAILED", -30), ended("b", "FAILED", 5)]
    stage.needs = Needs(kinds=ENDS, since=NOON)
    await stage.sweep()
    assert await stage.keys() == ["failed b"]


async def test_the_first_turn_without_a_known_subscription_takes_nothing(stage: Stage) -> None:
    stage.world.runs = [ended("a", "FAILED", -30)]
    stage.needs = Needs(kinds=ENDS)
    await stage.sweep(after=0)
    stage.world.runs.append(ended("b", "FAILED", 5))
    await stage.sweep()
    assert await stage.keys() == ["failed b"]


async def test_a_first_turn_that_fails_is_repeated_from_where_it_began(stage: Stage) -> None:
    stage.needs = Needs(kinds=ENDS)
    stage.world.fault = lambda r: httpx.Response(503)
    with pytest.raises(Unavailable):
        await stage.sweep(after=0)
    stage.world.runs = [ended("a", "FAILED", 5)]
    stage.world.fault = lambda r: None
    await stage.sweep(after=3_600)
    assert await stage.keys() == ["failed a"]


async def test_a_new_beginning_that_fails_half_way_goes_on(stage: Stage) -> None:
    await stage.sweep()
    stage.world.sizes = lambda: 2
    stage.world.runs = [ended(f"r{n}", "FAILED", 7_200 + n * 300) for n in range(6)]
    stage.needs = Needs(kinds=ENDS, since=NOON + seconds(7_200))
    stage.world.fault = lambda r: (
        httpx.Response(503) if r.url.params.get("next_page_token") == "4" else None
    )
    with pytest.raises(Unavailable):
        await stage.sweep(after=9_000)
    stage.world.fault = lambda r: None
    swept = await stage.sweep()
    assert (swept.found, swept.calls) == (2, 2)
    assert await stage.keys() == [f"failed r{n}" for n in range(6)]


async def test_after_a_time_without_subscriptions_it_starts_at_the_new_one(stage: Stage) -> None:
    stage.world.runs = [ended("a", "FAILED", 1)]
    await stage.sweep()
    stage.world.runs += [ended("b", "FAILED", 5_000), ended("c", "COMPLETED", 7_250)]
    stage.needs = Needs(kinds=ENDS, since=NOON + seconds(7_200))
    swept = await stage.sweep(after=7_290)
    assert swept.calls == 1
    assert stage.world.requests[-1].url.params["end_time_after"] == "2026-06-01T13:56:00Z"
    assert await stage.keys() == ["failed a", "completed c"], "no recovery from what nobody saw"


async def test_pages_of_any_length_are_read_to_the_end(stage: Stage) -> None:
    sizes = chain([1, 3, 1, 2, 1], repeat(4))
    stage.world.sizes = lambda: next(sizes)
    stage.world.runs = [ended(f"r{n:02}", "FAILED", n) for n in range(20)]
    swept = await stage.sweep(after=30)
    assert swept.found == 20
    assert swept.calls == 8
    assert await stage.keys() == [f"failed r{n:02}" for n in range(20)]


async def test_after_a_page_that_fails_the_next_turn_goes_on(stage: Stage) -> None:
    stage.world.sizes = lambda: 3
    stage.world.runs = [ended(f"r{n}", "FAILED", n * 300) for n in range(9)]
    stage.world.fault = lambda r: (
        httpx.Response(503) if r.url.params.get("next_page_token") == "6" else None
    )
    with pytest.raises(Unavailable):
        await stage.sweep(after=3_000)
    assert await stage.keys() == [f"failed r{n}" for n in range(6)]
    before = await stage.status()
    assert before.cursor_at == NOON + seconds(1_500)
    assert before.last_complete_at is None
    assert before.last_error is not None
    assert "503" in before.last_error
    stage.world.fault = lambda r: None
    swept = await stage.sweep()
    assert (swept.found, swept.calls) == (3, 2), "it does not begin at the beginning"
    assert await stage.keys() == [f"failed r{n}" for n in range(9)]
    after = await stage.status()
    assert (after.last_complete_at, after.last_error) == (stage.now, None)


async def test_too_many_requests_are_told_with_the_time_to_wait(stage: Stage) -> None:
    stage.world.runs = [ended("a", "FAILED", 1)]
    stage.world.fault = lambda r: too_many(17)
    with pytest.raises(RateLimited) as raised:
        await stage.sweep()
    assert raised.value.retry_after == 17
    stage.world.fault = lambda r: None
    await stage.sweep(after=17)
    assert await stage.keys() == ["failed a"]


async def test_a_replica_that_takes_over_leaves_the_api_alone_for_as_long_as_it_asked(
    stage: Stage,
) -> None:
    stage.world.fault = lambda r: too_many(60)
    with pytest.raises(RateLimited):
        await stage.sweep()
    asked = len(stage.world.requests)
    async with another(stage):
        with pytest.raises(RateLimited) as raised:
            await stage.sweep(after=20)
        assert raised.value.retry_after == 40
        assert len(stage.world.requests) == asked
        stage.world.fault = lambda r: None
        assert (await stage.sweep(after=40)).complete


async def test_no_wish_of_the_api_stops_the_sweeps_for_long(stage: Stage) -> None:
    stage.world.fault = lambda r: too_many(100_000)
    with pytest.raises(RateLimited):
        await stage.sweep()
    stage.world.fault = lambda r: None
    async with another(stage):
        assert (await stage.sweep(after=stage.rhythm.longest_wait)).complete


async def test_a_server_that_does_not_sort_loses_nothing(stage: Stage) -> None:
    stage.world.order = lambda rows: sorted(rows, key=lambda r: r["end_time"], reverse=True)
    stage.world.sizes = lambda: 2
    stage.world.runs = [ended(f"r{n}", "FAILED", n * 300) for n in range(6)]
    stage.world.fault = lambda r: (
        httpx.Response(502) if r.url.params.get("next_page_token") == "4" else None
    )
    with pytest.raises(Unavailable):
        await stage.sweep(after=3_000)
    held = (await stage.status()).cursor_at
    assert held is not None
    assert held < NOON
    stage.world.fault = lambda r: None
    await stage.sweep()
    assert sorted(await stage.keys()) == [f"failed r{n}" for n in range(6)]
    assert (await stage.status()).cursor_at == NOON + seconds(1_500)


async def test_an_order_that_breaks_moves_the_cursor_back(stage: Stage) -> None:
    order = ["r3", "r4", "r5", "r0", "r1", "r2"]
    stage.world.order = lambda rows: sorted(rows, key=lambda r: order.index(r["execution_id"]))
    stage.world.sizes = lambda: 2
    stage.world.runs = [ended(f"r{n}", "FAILED", n * 300) for n in range(6)]
    stage.world.fault = lambda r: (
        httpx.Response(502) if r.url.params.get("next_page_token") == "4" else None
    )
    with pytest.raises(Unavailable):
        await stage.sweep(after=3_000)
    stage.world.fault = lambda r: None
    await stage.sweep()
    assert sorted(await stage.keys()) == [f"failed r{n}" for n in range(6)]


async def test_a_page_token_that_repeats_itself_is_an_error(stage: Stage) -> None:
    row = ended("a", "FAILED", 1)
    stage.world.fault = lambda r: httpx.Response(
        200, json={"executions": [row], "next_page_token": "again"}
    )
    with pytest.raises(UnexpectedAnswer, match="same page"):
        await stage.sweep()
    assert await stage.keys() == ["failed a"]


async def test_what_is_found_and_the_cursor_are_committed_together(stage: Stage) -> None:
    stage.world.runs = [ended("a", "FAILED", 1)]
    await stage.sweep()
    stage.world.runs.append(ended("b", "FAILED", 20))

    def lose() -> None:
        raise Gone

    stage.lost = lose
    with pytest.raises(Gone):
        await stage.sweep(after=20)
    assert await stage.keys() == ["failed a"]
    assert (await stage.status()).cursor_at == NOON + seconds(1)
    stage.lost = lambda: None
    async with another(stage):
        await stage.sweep()
    assert await stage.keys() == ["failed a", "failed b"]


async def test_an_outage_is_caught_up_and_its_findings_are_late(stage: Stage) -> None:
    await stage.sweep(after=0)
    stage.world.runs = [ended("a", "FAILED", 100), ended("b", "FAILED", 3_590)]
    stage.world.fault = lambda r: httpx.Response(503)
    with pytest.raises(Unavailable):
        await stage.sweep(after=3_000)
    down = await stage.status()
    assert down.late_since == NOON
    assert down.age(stage.now) == timedelta(seconds=3_000)
    stage.world.fault = lambda r: None
    swept = await stage.sweep(after=600)
    assert (swept.found, swept.late) == (2, 1)
    late, timely = await stage.found()
    assert (late.late, timely.late) == (True, False)
    assert gap_of(late) == Gap(since=NOON, until=stage.now)
    assert gap_of(timely) is None
    up = await stage.status()
    assert up.late_since is None
    assert up.gap is not None
    assert (up.gap.since, up.gap.until) == (NOON, stage.now)
    stage.world.runs.append(ended("c", "FAILED", 3_600))
    assert (await stage.sweep()).late == 0
    assert (await stage.status()).gap == up.gap


async def test_the_cause_of_a_gap_is_told_where_the_sweeps_know_it(stage: Stage) -> None:
    await stage.sweep(after=0)
    stage.world.runs = [ended("a", "FAILED", 100)]
    stage.world.fault = lambda r: httpx.Response(503)
    for _ in range(3):
        with pytest.raises(Unavailable):
            await stage.sweep(after=50)
    stage.world.fault = lambda r: None
    await stage.sweep(after=50)
    assert gap_of((await stage.found())[0]) == Gap(
        since=NOON, until=NOON + seconds(200), cause="the API failed"
    )
    begun = stage.now
    stage.world.runs.append(ended("b", "FAILED", 300))
    stage.world.fault = lambda r: httpx.Response(503)
    with pytest.raises(Unavailable):
        await stage.sweep(after=3_000)  # until then nobody tried, whatever the reason
    stage.world.fault = lambda r: None
    await stage.sweep()
    assert gap_of((await stage.found())[1]) == Gap(since=begun, until=stage.now)


async def test_a_run_that_cannot_be_read_hides_no_other_and_is_told(stage: Stage) -> None:
    stage.world.runs = [
        ended("a", "FAILED", 1),
        ended("b", "FAILED", 2, workflow_name=None),
        {**ended("c", "FAILED", 3), "execution_id": 7, "run_id": None},
        ended("d", "FAILED", 4, run_id="zero\0"),
        ended("e", "FAILED", 5),
    ]
    stage.world.sizes = lambda: 1
    swept = await stage.sweep()
    assert not swept.complete
    assert await stage.keys() == ["failed a", "failed d", "failed e"]
    for _ in range(3):
        await stage.sweep()
    status = await stage.status()
    assert status.cursor_at == NOON + seconds(5)
    assert status.last_complete_at == stage.now
    assert len(status.unreadable) == 2
    assert "b run run-b" in status.unreadable
    assert status.last_error is not None
    assert status.last_error.startswith("2 runs of the last day could not be read")
    stage.world.runs = []
    await stage.sweep(after=90_000)
    assert (await stage.status()).last_error is None


async def test_what_a_row_can_do_without_costs_no_alert(stage: Stage) -> None:
    stage.world.runs = [
        ended("a", "FAILED", 1, start_time=None, total_duration_ms=None),
        ended("b", "FAILED", 2, total_duration_ms="long", search_keys={"order": 7}),
        ended("c", "FAILED", 3, root_execution_id=None, user_id=["x"]),
        ended("d", "FAILED", 4, total_duration_ms="NaN"),
    ]
    assert (await stage.sweep()).complete
    found = await stage.found()
    assert [each.subject for each in found] == ["a", "b", "c", "d"]
    assert [each.detail.get("duration_ms") for each in found] == [None, 10_000, 10_000, 10_000]
    assert (await stage.status()).last_error is None


async def test_where_no_row_can_be_read_the_cursor_waits_for_who_can(stage: Stage) -> None:
    await stage.sweep()
    rows = [ended(f"r{n:03}", "FAILED", n) for n in range(150)]
    stage.world.runs = [{**row, "workflow_name": {"name": "invoice"}} for row in rows]
    with pytest.raises(UnexpectedAnswer, match="the API has changed"):
        await stage.sweep(after=160)
    stage.world.runs = rows
    await stage.sweep()
    assert len(await stage.keys()) == 150


async def test_a_running_row_that_cannot_be_read_hides_no_question(stage: Stage) -> None:
    stage.needs = only(Kind.WAITING)
    old = NOON - seconds(600)
    stage.world.runs = [run("a", start=old, workflow_name=None), run("b", start=old)]
    stage.world.questions["b"] = [question("t")]
    await stage.sweep()
    assert await stage.keys() == ["waiting b/t"]
    assert (await stage.status()).unreadable == ("a run run-a",)


async def test_what_somebody_asks_for_while_a_turn_goes_on_is_found(stage: Stage) -> None:
    stage.needs = only(Kind.FAILED)
    stage.world.runs = [ended("a", "COMPLETED", 9), ended("b", "COMPLETED", 11)]
    await stage.sweep(after=10)
    assert await stage.keys() == []
    stage.needs = only(Kind.FAILED, Kind.COMPLETED)
    await stage.sweep()
    assert await stage.keys() == ["completed b"]
    await stage.sweep()
    assert await stage.keys() == ["completed b"]


async def test_a_run_that_a_reset_terminated_is_no_finding(stage: Stage) -> None:
    def terminated(execution_id: str, who: str) -> None:
        attributes = {"workflowExecutionTerminatedEventAttributes": {"identity": who}}
        event = {"eventId": "9", "eventType": "EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED"}
        stage.world.runs.append(ended(execution_id, "TERMINATED", 1))
        stage.world.history[f"run-{execution_id}"] = [event | attributes]

    def again(execution_id: str) -> None:
        start = NOON + seconds(1.1)
        stage.world.runs.append(run(execution_id, start=start, run_id=f"2-{execution_id}"))

    terminated("reset", "history-resetter")
    again("reset")
    terminated("restarted", "a-person")
    again("restarted")
    terminated("ended", "a-person")
    stage.world.runs.append(ended("unknown", "TERMINATED", 1))
    again("unknown")
    swept = await stage.sweep()
    assert await stage.keys() == ["terminated ended", "terminated restarted"]
    assert swept.calls == 8
    assert (await stage.sweep()).calls == 1, "they are not looked at again"


async def test_a_terminated_run_that_cannot_be_looked_at_is_found(stage: Stage) -> None:
    stage.world.runs = [ended("a", "TERMINATED", 1), ended("b", "FAILED", 2)]
    stage.world.fault = lambda r: httpx.Response(500) if "executions" in r.url.path else None
    await stage.sweep()
    assert await stage.keys() == ["terminated a", "failed b"]


async def test_a_run_from_before_a_termination_is_no_sign_of_a_reset(stage: Stage) -> None:
    stage.world.runs = [ended("a", "TERMINATED", 1)]
    stage.world.runs.append(run("a", start=NOON - seconds(100), run_id="the one before"))
    await stage.sweep()
    assert await stage.keys() == ["terminated a"]


async def test_runs_without_ids_of_their_own_are_told_apart_by_their_ends(stage: Stage) -> None:
    stage.world.runs = [ended("a", "FAILED", at, run_id=None) for at in (1, 2)]
    await stage.sweep()
    await stage.sweep()
    assert await stage.keys() == ["failed a", "failed a"]
