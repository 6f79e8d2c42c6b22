"""States of executions: they begin once, they end once, and a doubt ends nothing."""

from collections.abc import AsyncGenerator

import httpx
import pytest

from shared.alerts.finding import Kind
from shared.alerts.sweeps import Needs, needs_of
from shared.alerts.wanted import Wanted
from shared.events import EventType
from shared.tables import questions
from tests.alerts.sweep_stage import (
    NOON,
    Row,
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

# Long past every wait between two looks at the same thing.
LATER = 700.0


@pytest.fixture
async def stage(tmp_path: object) -> AsyncGenerator[Stage]:
    async with staged(f"sqlite:///{tmp_path}/ops.db") as ready:
        yield ready


def end(stage: Stage, execution_id: str, status: str) -> None:
    """The execution ends now."""
    (row,) = (row for row in stage.world.runs if row["execution_id"] == execution_id)
    row.update(status=status, end_time=stage.now.isoformat())


async def test_needs_are_what_all_subscriptions_ask_for() -> None:
    needs = needs_of(
        [
            Wanted(),
            Wanted(kinds=frozenset({Kind.SLOW}), slower_than_seconds=600),
            Wanted(kinds=frozenset({Kind.SLOW}), slower_than_seconds=60, slower_than_medians=3),
            Wanted(kinds=frozenset({Kind.WAITING}), slower_than_seconds=5),
        ],
        since=NOON,
    )
    assert needs == Needs(
        kinds=frozenset({Kind.FAILED, Kind.TIMED_OUT, Kind.SLOW, Kind.WAITING}),
        slow_seconds=frozenset({600.0, 60.0}),
        slow_medians=frozenset({3.0}),
        since=NOON,
    )


async def test_nothing_is_asked_that_nobody_wants(stage: Stage) -> None:
    stage.world.runs = [run("a", start=NOON - seconds(9_999))]
    stage.needs = only(Kind.FAILED)
    assert (await stage.sweep(after=LATER)).calls == 1


async def test_a_question_begins_and_is_over_when_it_is_answered(stage: Stage) -> None:
    stage.needs = only(Kind.WAITING)
    stage.world.runs = [run("a", start=NOON, deployment_name="blue")]
    stage.world.hinted = {"a"}
    stage.world.questions = {"a": [question("t1", "Approve <this>?"), question("t2")]}
    await stage.sweep()
    assert await stage.keys() == ["waiting a/t1", "waiting a/t2"]
    first = (await stage.found())[0]
    assert dict(first.detail) == {"task_id": "t1", "label": "Approve <this>?"}
    assert (first.at, first.execution_id, first.deployment) == (stage.now, "a", "blue")
    stage.world.questions = {"a": [question("t2"), question("t3")]}
    await stage.sweep(after=LATER)
    stage.world.questions, stage.world.hinted = {}, set()
    await stage.sweep(after=LATER)
    assert (await stage.keys())[2:] == [
        "waiting a/t3",
        "waiting a/t1 over",
        "waiting a/t2 over",
        "waiting a/t3 over",
    ]
    assert (await stage.sweep(after=LATER)).found == 0


async def test_a_question_is_over_in_the_turn_that_sees_its_run_end(stage: Stage) -> None:
    stage.needs = only(Kind.WAITING)
    stage.world.runs = [run("a", start=NOON), run("b", start=NOON)]
    stage.world.hinted = {"a", "b"}
    stage.world.questions = {"a": [question("t")], "b": [question("t")]}
    await stage.sweep()
    end(stage, "a", "TERMINATED")
    swept = await stage.sweep(after=5)
    assert (swept.calls, swept.found) == (1, 1), "the other parts are not due"
    over = (await stage.found())[-1]
    assert (over.subject, over.over, over.detail["ended"]) == ("a/t", True, "TERMINATED")


async def test_executions_that_run_long_are_asked_without_a_search_key(stage: Stage) -> None:
    stage.needs = only(Kind.WAITING)
    stage.world.runs = [run("old", start=NOON - seconds(61)), run("new", start=NOON)]
    stage.world.questions = {"old": [question("t")], "new": [question("t")]}
    await stage.sweep(after=0)
    assert await stage.keys() == ["waiting old/t"]
    await stage.sweep(after=LATER)
    assert await stage.keys() == ["waiting old/t", "waiting new/t"]


async def test_who_waits_for_nobody_is_asked_ever_more_rarely(stage: Stage) -> None:
    stage.needs = only(Kind.WAITING)
    stage.world.runs = [run("a", start=NOON - seconds(61))]
    asked = []
    for _ in range(30):
        await stage.sweep(after=200)
        asked.append(len(stage.world.asked("/queries")))
    assert asked[2] == 3
    assert asked[-1] - asked[-10] == 3, "every ten minutes in the end"


async def test_of_very_many_a_few_are_asked_in_each_turn_and_all_in_the_end(stage: Stage) -> None:
    stage.needs = only(Kind.WAITING)
    ids = [f"e{n:03}" for n in range(70)]
    stage.world.runs = [run(each, start=NOON - seconds(100)) for each in ids]
    stage.world.questions = {each: [question("t")] for each in ids}
    complete = False
    for _ in range(6):
        before = len(stage.world.asked("/queries"))
        complete = (await stage.sweep(after=15)).complete
        assert len(stage.world.asked("/queries")) - before <= 30
    assert len(await stage.keys()) == 70
    assert complete


async def test_a_worker_that_does_not_answer_ends_no_question(stage: Stage) -> None:
    stage.needs = only(Kind.WAITING)
    stage.world.runs = [run("a", start=NOON)]
    stage.world.hinted = {"a"}
    stage.world.questions = {"a": [question("t")]}
    await stage.sweep()
    stage.world.hinted = set()
    stage.world.fault = lambda r: httpx.Response(504) if "queries" in r.url.path else None
    for _ in range(3):
        assert (await stage.sweep(after=LATER)).found == 0
    stage.world.fault = lambda r: None
    stage.world.questions = {}
    await stage.sweep(after=LATER)
    assert await stage.keys() == ["waiting a/t", "waiting a/t over"]


def unread(stage: Stage) -> None:
    """The API tells of the executions in a way that nobody understands."""
    for row in stage.world.runs:
        row.update(workflow_name=None, status={"is": "new"})


async def test_a_question_of_an_execution_that_cannot_be_read_is_over_with_its_answer(
    stage: Stage,
) -> None:
    stage.needs = only(Kind.WAITING)
    stage.world.runs, stage.world.hinted = [run("a", start=NOON)], {"a"}
    stage.world.questions = {"a": [question("t1"), question("t2")]}
    await stage.sweep()
    unread(stage)
    stage.world.questions = {"a": [question("t2")]}
    await stage.sweep(after=LATER)
    assert (await stage.keys())[2:] == ["waiting a/t1 over"]


@pytest.mark.parametrize("kind", [Kind.WAITING, Kind.SLOW, Kind.RETRYING])
async def test_a_state_of_an_execution_that_cannot_be_read_for_a_day_is_given_up(
    stage: Stage, kind: Kind
) -> None:
    stage.needs = only(kind, slow_seconds=frozenset({60.0}))
    status = "RETRYING_AFTER_ERROR" if kind is Kind.RETRYING else "RUNNING"
    stage.world.runs, stage.world.hinted = [run("a", status, start=NOON)], {"a"}
    stage.world.questions = {"a": [question("t")]}
    await stage.sweep(after=100)
    assert len(await stage.keys()) == 1
    unread(stage)
    await stage.sweep(after=LATER)
    assert (await stage.sweep(after=80_000)).found == 0
    assert (await stage.sweep(after=8_000)).found == 1
    (_, over) = await stage.found()
    assert (over.over, over.detail["unread"]) == (True, True)


async def test_questions_of_watched_executions_count_too(stage: Stage) -> None:
    stage.needs = only(Kind.WAITING)
    stage.world.runs = [run("a", start=NOON)]
    stage.world.questions = {"a": [question("t")]}
    row = {
        "id": "q1",
        "execution_id": "a",
        "task_id": "t",
        "workflow": "invoice",
        "label": "Pay?",
        "state": "open",
        "created_at": NOON + seconds(3),
    }
    store = await stage.database.store()
    async with store.writing() as connection:
        await connection.execute(questions.insert(), row)
    await stage.sweep()
    (found,) = await stage.found()
    assert (found.subject, found.at) == ("a/t", NOON + seconds(3))
    assert stage.world.asked("/queries") == []
    async with store.writing() as connection:
        await connection.execute(questions.update().values(state="answered"))
    stage.world.questions = {}
    await stage.sweep(after=LATER)
    assert await stage.keys() == ["waiting a/t", "waiting a/t over"]


async def test_each_bound_is_passed_once(stage: Stage) -> None:
    stage.needs = only(Kind.SLOW, slow_seconds=frozenset({60.0, 600.0}))
    stage.world.runs = [run("a", start=NOON), run("b", start=NOON + seconds(50))]
    await stage.sweep(after=70)
    await stage.sweep(after=50)
    await stage.sweep(after=510)
    assert await stage.keys() == ["slow a", "slow b", "slow a"]
    assert [(each.detail["bound_seconds"], each.at) for each in await stage.found()] == [
        (60.0, NOON + seconds(70)),
        (60.0, NOON + seconds(110)),
        (600.0, NOON + seconds(600)),
    ]
    end(stage, "a", "COMPLETED")
    await stage.sweep(after=0)
    over = [each for each in await stage.found() if each.over]
    assert sorted(each.detail["bound_seconds"] for each in over) == [60.0, 600.0]
    assert {each.subject for each in over} == {"a"}


async def test_a_median_takes_five_executions_and_bounds_its_own_workflow(stage: Stage) -> None:
    stage.needs = only(Kind.SLOW, slow_medians=frozenset({3.0}))
    stage.world.runs = [ended(f"d{n}", "COMPLETED", n) for n in range(4)]
    stage.world.runs += [run("a", start=NOON), run("x", start=NOON, workflow="other")]
    await stage.sweep(after=50)
    assert await stage.keys() == []
    stage.world.runs.append(ended("d5", "COMPLETED", 50))
    await stage.sweep(after=9)
    await stage.sweep(after=30)
    (found,) = await stage.found()
    assert (found.subject, found.detail["median_ms"]) == ("a", 10_000)
    assert found.detail["bound_medians"] == 3.0
    assert found.detail["running_ms"] == 89_000


async def test_a_median_is_learned_from_what_ended_before_anybody_looked(stage: Stage) -> None:
    stage.needs = only(Kind.SLOW, slow_medians=frozenset({3.0}))
    stage.world.runs = [ended(f"d{n}", "COMPLETED", -9_000 + n) for n in range(5)]
    stage.world.runs.append(run("a", start=NOON))
    await stage.sweep(after=29)
    assert await stage.keys() == []
    before = len(stage.world.requests)
    await stage.sweep(after=30)
    assert await stage.keys() == ["slow a"]
    assert len(stage.world.requests) - before == 2, "it is learned once"


async def test_a_list_that_lacks_an_execution_does_not_end_its_state(stage: Stage) -> None:
    stage.needs = only(Kind.SLOW, slow_seconds=frozenset({60.0}))
    stage.world.runs = [run("a", start=NOON - seconds(90))]
    await stage.sweep()
    hidden: Row = {"executions": [], "next_page_token": None}
    stage.world.fault = lambda r: (
        httpx.Response(200, json=hidden) if r.url.path.endswith("/runs") else None
    )
    await stage.sweep(after=60)
    assert await stage.keys() == ["slow a"]
    stage.world.runs[0]["status"] = "COMPLETED"
    await stage.sweep(after=LATER)
    assert await stage.keys() == ["slow a", "slow a over"]


async def test_a_key_that_is_too_long_for_the_store_still_names_its_state(store_url: str) -> None:
    async with staged(store_url) as stage:
        stage.needs = only(Kind.WAITING)
        long, other = "x" * 900 + "1", "x" * 900 + "2"
        stage.world.runs = [run(long, start=NOON), run(other, start=NOON)]
        stage.world.hinted = {long, other}
        stage.world.questions = {long: [question("t")], other: [question("t")]}
        await stage.sweep()
        end(stage, long, "FAILED")
        await stage.sweep()
        first, second, over = await stage.found()
        assert len({first.key, second.key}) == 2
        begun = {each.subject: each.key for each in (first, second)}
        assert over.key == f"{begun[f'{long}/t']}:over"


def event(kind: EventType, at: float, attributes: Row) -> Row:
    moment = NOON + seconds(at)
    return {
        "event_id": f"{kind}-{at}",
        "event_type": kind,
        "event_timestamp": int(moment.timestamp() * 1_000_000_000),
        "root_workflow_exec_id": "a",
        "parent_workflow_exec_id": None,
        "workflow_exec_id": "a",
        "workflow_run_id": "run-a",
        "workflow_name": "invoice",
        "attributes": attributes,
    }


def attempts(number: int, task_id: str = "2") -> list[Row]:
    step = {"activity_name": "fetch", "task_id": task_id}
    failures = [
        event(
            EventType.ACTIVITY_TASK_RETRYING,
            n,
            step | {"attempt": n, "failure": {"message": f"refused {n}"}},
        )
        for n in range(1, number + 1)
    ]
    return [event(EventType.ACTIVITY_TASK_STARTED, 0, step), *failures]


async def test_a_step_that_fails_again_and_again_is_found_until_it_succeeds(stage: Stage) -> None:
    stage.needs = only(Kind.RETRYING)
    stage.world.runs = [run("a", start=NOON)]
    stage.world.events = {"a": attempts(5)}
    await stage.sweep(after=20)
    assert await stage.keys() == [], "it has just begun"
    await stage.sweep(after=30)
    (found,) = await stage.found()
    assert dict(found.detail) == {"step": "fetch", "attempts": 5, "error": "refused 5"}
    stage.world.events["a"] = attempts(9)
    assert (await stage.sweep(after=LATER)).found == 0
    step = {"activity_name": "fetch", "task_id": "2"}
    stage.world.events["a"].append(event(EventType.ACTIVITY_TASK_COMPLETED, 50, step))
    await stage.sweep(after=LATER)
    assert await stage.keys() == ["retrying a", "retrying a over"]


async def test_events_that_cannot_be_read_hide_no_other_execution(stage: Stage) -> None:
    stage.needs = only(Kind.RETRYING)
    stage.world.runs = [run("a", start=NOON), run("b", start=NOON)]
    stage.world.events = {"a": attempts(5)}
    broken = httpx.Response(500)
    stage.world.fault = lambda r: broken if r.url.params.get("workflow_exec_id") == "b" else None
    await stage.sweep(after=60)
    assert await stage.keys() == ["retrying a"]


async def test_few_attempts_are_no_reason_to_worry(stage: Stage) -> None:
    stage.needs = only(Kind.RETRYING)
    stage.world.runs = [run("a", start=NOON)]
    stage.world.events = {"a": attempts(4)}
    assert (await stage.sweep(after=60)).found == 0


async def test_long_histories_are_read_on_from_where_they_were_left(stage: Stage) -> None:
    stage.needs = only(Kind.RETRYING)
    stage.world.runs = [run("a", start=NOON)]
    quiet = {"activity_name": "copy", "task_id": "1"}
    copied = [event(EventType.ACTIVITY_TASK_COMPLETED, n / 1_000, quiet) for n in range(2_500)]
    stage.world.events = {"a": [*copied, *attempts(6)]}
    for _ in range(4):
        await stage.sweep(after=60)
    assert await stage.keys() == ["retrying a"]
    before = len(stage.world.asked("/events/list"))
    await stage.sweep(after=LATER)
    assert len(stage.world.asked("/events/list")) - before <= 2


async def test_code_that_fails_twice_is_stuck_and_once_may_be_its_end(stage: Stage) -> None:
    stage.needs = only(Kind.RETRYING)
    stage.world.runs = [run("a", start=NOON)]
    failure = {"task_id": "w", "failure": {"message": "'CHF'"}}
    stage.world.events = {"a": [event(EventType.WORKFLOW_EXECUTION_FAILED, 1, failure)]}
    await stage.sweep(after=60)
    assert await stage.keys() == []
    stage.world.events["a"].append(event(EventType.WORKFLOW_EXECUTION_FAILED, 3, failure))
    await stage.sweep(after=LATER)
    (found,) = await stage.found()
    assert (found.subject, found.detail["stuck"]) == ("a", True)
    assert found.detail["error"] == "'CHF'"


async def test_the_status_that_says_it_is_believed_at_once(stage: Stage) -> None:
    stage.needs = only(Kind.RETRYING)
    stage.world.runs = [run("a", "RETRYING_AFTER_ERROR", start=NOON)]
    await stage.sweep(after=1)
    stage.world.runs[0]["status"] = "RUNNING"
    await stage.sweep(after=LATER)
    assert await stage.keys() == ["retrying a", "retrying a over"]


async def test_a_part_that_fails_is_a_problem_and_stops_no_other(stage: Stage) -> None:
    stage.world.runs = [run("a", start=NOON - seconds(90)), ended("b", "FAILED", 1)]
    stage.needs = only(Kind.FAILED, Kind.WAITING, Kind.SLOW, slow_seconds=frozenset({60.0}))
    stage.world.fault = lambda r: httpx.Response(500) if "search_key" in r.url.params else None
    swept = await stage.sweep()
    assert await stage.keys() == ["failed b", "slow a"]
    assert not swept.complete
    (problem,) = swept.problems
    assert problem.startswith("waiting: Could not list executions")
    parts = (await stage.status()).parts
    assert parts["waiting"].last_complete_at is None
    assert parts["waiting"].last_error is not None
    assert parts["slow"].last_complete_at == stage.now


async def test_a_limit_ends_the_turn_of_the_parts_and_is_kept_to(stage: Stage) -> None:
    stage.world.runs = [ended("b", "FAILED", 1)]
    stage.needs = only(Kind.FAILED, Kind.WAITING, Kind.RETRYING)
    stage.world.fault = lambda r: too_many(300) if "search_key" in r.url.params else None
    swept = await stage.sweep()
    assert (swept.found, swept.calls, len(swept.problems)) == (1, 2, 1)
    assert (await stage.sweep(after=200)).complete
    assert not (await stage.sweep(after=101)).complete


async def test_states_are_remembered_across_processes(store_url: str) -> None:
    async with staged(store_url) as stage:
        stage.needs = only(Kind.WAITING, Kind.SLOW, slow_seconds=frozenset({60.0}))
        stage.world.runs = [run("a", start=NOON)]
        stage.world.hinted = {"a"}
        stage.world.questions = {"a": [question("t")]}
        await stage.sweep(after=60)
        expected = ["slow a", "waiting a/t"]
        assert sorted(await stage.keys()) == expected
        async with another(stage):
            assert (await stage.sweep(after=LATER)).found == 0
            end(stage, "a", "FAILED")
            await stage.sweep(after=LATER)
        assert sorted(await stage.keys()) == sorted([*expected, "slow a over", "waiting a/t over"])


async def test_a_state_that_is_first_seen_after_a_gap_says_for_how_long_nobody_looked(
    stage: Stage,
) -> None:
    stage.needs = only(Kind.WAITING)
    stage.world.runs = [run("a", start=NOON - seconds(600)), run("b", start=NOON - seconds(600))]
    stage.world.questions["a"] = [question("t")]
    await stage.sweep(after=0)
    stage.world.questions["b"] = [question("t")]
    async with another(stage):
        await stage.sweep(after=3_600)
    before, after = await stage.found()
    assert not before.late
    assert (after.subject, after.late) == ("b/t", True)
    assert after.detail["gap"]["since"] == before.found_at.isoformat().replace("+00:00", "Z")


async def test_a_part_that_nobody_needed_for_long_has_no_gap(stage: Stage) -> None:
    stage.needs = only(Kind.WAITING)
    stage.world.runs = [run("a", start=NOON - seconds(600))]
    stage.world.questions["a"] = []
    await stage.sweep(after=0)
    stage.needs = only(Kind.FAILED)
    await stage.sweep()
    assert "waiting" not in (await stage.status()).parts
    stage.world.questions["a"] = [question("t")]
    stage.needs = only(Kind.FAILED, Kind.WAITING)
    async with another(stage):
        for _ in range(5):
            await stage.sweep(after=50)
    (asked,) = await stage.found()
    assert not asked.late


async def test_a_replica_that_takes_over_spares_the_part_that_the_api_refused(
    stage: Stage,
) -> None:
    stage.needs = only(Kind.FAILED, Kind.SCHEDULE_PAUSED)
    stage.world.fault = lambda r: too_many(300) if r.url.path.endswith("schedules") else None
    await stage.sweep()
    async with another(stage):
        stage.world.fault = lambda r: None
        assert (await stage.sweep(after=200)).calls == 1
        assert (await stage.sweep(after=100)).calls == 2
