"""From findings in the store to alerts: once each, in order, whatever happens in between."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.alerts import subscriptions
from shared.alerts.details import Details, Need
from shared.alerts.finding import Finding, Kind
from shared.alerts.groups import State, acknowledged, muted, shown
from shared.alerts.matcher import Matcher
from shared.alerts.timing import reminder_due
from shared.errors import RateLimited, Unavailable
from shared.leases import LeaseLost
from tests.alerts.match_stage import (
    ANA,
    NOW,
    Answers,
    Clock,
    MatchStage,
    finding,
    match_stage,
    nobody_minds,
    over,
    stage_on,
    waiting,
)
from tests.bot.stores import KINDS, opened, postgres, store_url
from tests.postgres import Postgres

__all__ = ["KINDS", "postgres", "store_url"]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[MatchStage]:
    async with match_stage(f"sqlite:///{tmp_path / 'ops.db'}") as running:
        yield running


@pytest.fixture
async def any_stage(store_url: str) -> AsyncIterator[MatchStage]:
    """One of each kind of database, for what depends on their locks and conflicts."""
    async with match_stage(store_url) as running:
        yield running


async def test_the_same_failure_again_is_the_same_alert_with_a_count(stage: MatchStage) -> None:
    await stage.subscribe(workflows=("invoice-*",))
    for number in (1, 2, 3):
        error = f"rate limit for request {number}{number}, retry in {number} s"
        stage.answers.by_execution[f"order-{number}"] = Details(step="charge", error=error)

    assert await stage.match(*(finding(number=number) for number in (1, 2, 3))) == 3

    group = await stage.group()
    assert group.count == 3
    assert (group.first_at, group.last_at) == (finding(number=1).at, finding(number=3).at)
    assert group.labels["error"] == "rate limit for request …, retry in …"
    assert [each.execution_id for each in group.recent] == ["order-1", "order-2", "order-3"]
    assert group.recent[-1].step == "charge"
    assert group.needs_showing
    assert [row["number"] for row in await stage.occurrences()] == [1, 2, 3]
    assert await stage.unmatched() == []


async def test_a_finding_that_is_matched_twice_counts_once(any_stage: MatchStage) -> None:
    stage = any_stage
    await stage.subscribe()
    await stage.match(finding(number=1))
    before = await stage.group()

    await stage.match(finding(number=1), replace(finding(number=1), found_at=NOW))

    assert await stage.group() == before


async def test_what_is_not_wanted_or_older_than_the_subscription_is_not_taken(
    stage: MatchStage,
) -> None:
    await stage.subscribe(workflows=("billing",))
    await stage.subscribe(kinds=[Kind.TIMED_OUT])

    await stage.match(
        finding(number=1),
        finding(Kind.TIMED_OUT, 2, at=NOW - timedelta(hours=2)),
    )

    assert await stage.groups() == []
    assert await stage.unmatched() == []


async def test_each_subscription_has_its_own_alert(stage: MatchStage) -> None:
    one = await stage.subscribe()
    two = await stage.subscribe(channel="C0DEV", group_by=("workflow",))

    await stage.match(finding(number=1), finding(Kind.TIMED_OUT, 2))

    counts = {(g.subscription_id, g.kind): g.count for g in await stage.groups()}
    assert counts == {
        (one.id, Kind.FAILED): 1,
        (one.id, Kind.TIMED_OUT): 1,
        (two.id, Kind.FAILED): 2,
    }


async def test_a_recovery_ends_the_alert_and_the_next_failure_is_another_one(
    any_stage: MatchStage,
) -> None:
    stage = any_stage
    await stage.subscribe()
    await stage.match(finding(number=1))

    await stage.match(finding(Kind.RECOVERED, 2), finding(number=30))

    first, second = await stage.groups()
    assert first.state is State.RECOVERED
    assert first.recovered_at == finding(number=2).at
    assert first.recovered_by == "order-2"
    assert first.live_key is None
    assert second.state is State.FIRING
    assert second.message_key != first.message_key
    assert second.count == 1


async def test_a_recovery_from_before_the_failure_ends_nothing(stage: MatchStage) -> None:
    await stage.subscribe()
    await stage.match(finding(number=5))

    await stage.match(finding(Kind.RECOVERED, 2))

    assert (await stage.group()).is_firing


@pytest.mark.parametrize("together", [True, False])
async def test_a_failure_that_is_found_after_its_recovery_does_not_fire_for_ever(
    any_stage: MatchStage, together: bool
) -> None:
    stage = any_stage
    await stage.subscribe()
    await stage.match(finding(number=1))
    late, good = finding(number=2), finding(Kind.RECOVERED, 3)
    if together:
        await stage.match(good, late)
    else:
        await stage.match(good)
        await stage.match(late)

    group = await stage.group()
    assert (group.state, group.count, group.returns) == (State.RECOVERED, 2, 0)
    assert [row["number"] for row in await stage.occurrences()] == [1, 2]


async def test_an_alert_over_several_workflows_recovers_with_the_last_of_them(
    stage: MatchStage,
) -> None:
    await stage.subscribe(group_by=("error",))
    await stage.match(finding(number=1), finding(number=2, workflow="invoice-us"))

    await stage.match(finding(Kind.RECOVERED, 3))
    assert (await stage.group()).is_firing
    await stage.match(finding(Kind.RECOVERED, 4, workflow="invoice-us"))

    assert (await stage.group()).state is State.RECOVERED


async def test_a_deployment_recovers_by_its_own_executions_alone(stage: MatchStage) -> None:
    await stage.subscribe(deployments=("prod",))
    await stage.match(finding(number=1, deployment="prod"))

    await stage.match(finding(Kind.RECOVERED, 2, deployment="staging"))
    assert (await stage.group()).is_firing
    await stage.match(finding(Kind.RECOVERED, 3, deployment="prod"))

    assert not (await stage.group()).is_firing


async def test_waiting_executions_are_one_alert_until_all_are_answered(stage: MatchStage) -> None:
    await stage.subscribe(kinds=[Kind.WAITING])
    one, two = waiting(1), waiting(2)
    await stage.match(one, two)
    assert (await stage.group()).labels["error"] == "Manager approval"

    await stage.match(over(one))
    assert (await stage.group()).is_firing
    assert len((await stage.group()).open) == 1
    await stage.match(over(two))

    group = await stage.group()
    assert group.state is State.RECOVERED
    assert group.count == 2
    assert stage.answers.asked == []


async def test_only_the_first_failure_is_taken_until_the_workflow_recovers(
    stage: MatchStage,
) -> None:
    await stage.subscribe(first_only=True)

    await stage.match(
        finding(number=1), finding(number=2), finding(Kind.RECOVERED, 3), finding(number=30)
    )

    assert [group.count for group in await stage.groups()] == [1, 1]
    taken = {row["finding_key"] for row in await stage.occurrences()}
    assert taken == {finding(number=1).key, finding(number=30).key}


async def test_the_first_failure_is_the_only_one_whatever_the_next_ones_fail_with(
    any_stage: MatchStage,
) -> None:
    stage = any_stage
    await stage.subscribe(first_only=True)
    for number, error in enumerate(("boom in parser", "connection refused"), start=1):
        stage.answers.by_execution[f"order-{number}"] = Details(error=error)

    await stage.match(finding(number=1))
    await stage.match(finding(number=2), finding(Kind.TIMED_OUT, 3))
    await stage.match(finding(number=4, workflow="billing"))

    taken = {row["finding_key"] for row in await stage.occurrences()}
    assert taken == {finding(number=1).key, finding(number=4).key}


async def test_first_is_asked_of_each_workflow_where_one_alert_tells_of_several(
    stage: MatchStage,
) -> None:
    await stage.subscribe(first_only=True, group_by=("error",))

    await stage.match(finding(number=1), finding(number=2, workflow="billing"))
    await stage.match(finding(number=3, workflow="billing"))

    assert (await stage.group()).count == 2


async def test_a_workflow_that_fails_and_recovers_in_turn_is_one_alert(
    any_stage: MatchStage,
) -> None:
    stage = any_stage
    await stage.subscribe()
    for number in range(0, 12, 2):
        await stage.match(finding(number=number))
        await stage.match(finding(Kind.RECOVERED, number + 1))

    group = await stage.group()
    assert (group.state, group.count, group.returns) == (State.RECOVERED, 6, 5)
    assert [row["number"] for row in await stage.occurrences()] == [1, 2, 3, 4, 5, 6]

    await stage.match(finding(number=11 + 16))
    assert [each.count for each in await stage.groups()] == [6, 1]


async def test_what_comes_back_at_once_reminds_nobody_before_the_next_reminder(
    stage: MatchStage,
) -> None:
    wanted = (await stage.subscribe(repeat_seconds=3_600)).wanted
    await stage.match(finding(number=1))
    await stage.save(shown(await stage.group(), None))
    stage.clock.passes(hours=1.5)
    await stage.match(finding(Kind.RECOVERED, 85), finding(number=90))

    group = shown(await stage.group(), None)
    assert group.is_firing
    assert not reminder_due(group, wanted, stage.clock.now)
    stage.clock.passes(hours=0.5)
    assert reminder_due(group, wanted, stage.clock.now)


async def test_a_new_question_after_an_answered_one_is_another_alert(stage: MatchStage) -> None:
    await stage.subscribe(kinds=[Kind.WAITING])
    one = waiting(1)
    await stage.match(one, over(one), waiting(3))

    assert [group.state for group in await stage.groups()] == [State.RECOVERED, State.FIRING]


@pytest.mark.parametrize(
    ("detail", "state", "why"),
    [
        ({"ended": "COMPLETED"}, State.RECOVERED, None),
        ({}, State.RECOVERED, None),
        ({"ended": "FAILED"}, State.ENDED, "its execution failed"),
        ({"ended": "TIMED_OUT"}, State.ENDED, "its execution timed out"),
        ({"ended": "TERMINATED"}, State.ENDED, "its execution was terminated"),
        ({"ended": "CANCELED"}, State.ENDED, "its execution was cancelled"),
        ({"deleted": True}, State.ENDED, "its schedule was deleted"),
    ],
)
async def test_a_state_is_well_again_only_where_its_end_says_so(
    stage: MatchStage, detail: dict[str, Any], state: State, why: str | None
) -> None:
    await stage.subscribe(kinds=[Kind.RETRYING])
    begun = finding(Kind.RETRYING, detail={"attempts": 7})
    await stage.match(begun)

    await stage.match(replace(over(begun), detail=dict(begun.detail) | detail))

    group = await stage.group()
    assert (group.state, group.ended_because) == (state, why)
    assert group.recovered_at == over(begun).at


async def test_an_alert_with_one_bad_end_among_good_ones_is_not_well_again(
    stage: MatchStage,
) -> None:
    await stage.subscribe(kinds=[Kind.WAITING])
    one, two = waiting(1), waiting(2)
    await stage.match(one, two)

    await stage.match(replace(over(one), detail={"ended": "TERMINATED"}), over(two, minutes=5))

    group = await stage.group()
    assert group.state is State.ENDED
    assert group.ended_because == "its execution was terminated"


async def test_an_alert_recovers_by_what_it_is_about_though_its_filter_was_changed(
    stage: MatchStage,
) -> None:
    known = await stage.subscribe(group_by=("error",))
    await stage.match(finding(number=1), finding(number=2, workflow="billing"))
    other = known.wanted.model_copy(update={"workflows": ("billing",)})
    async with (await stage.database.store()).writing() as connection:
        await subscriptions.change(connection, known.id, other, stage.clock.now)

    await stage.match(finding(Kind.RECOVERED, 3), finding(Kind.RECOVERED, 4, workflow="billing"))

    assert (await stage.group()).state is State.RECOVERED


async def test_a_slow_pattern_takes_its_time_beside_the_bot_and_only_once(
    stage: MatchStage,
) -> None:
    class Keys(dict[str, str | None]):
        """Search keys that know where they were looked at."""

        threads: ClassVar[set[int]] = set()

        def get(self, name: str, default: Any = None) -> Any:
            self.threads.add(threading.get_ident())
            return super().get(name, default)

    await stage.subscribe(errors=r"(a+)+$", search_keys=("place",))
    await stage.subscribe(channel="C0DEV", errors=r"boom")
    every = range(100)
    for number in every:
        found = Details(error="boom " + "a" * 400 + "!", search_keys=Keys(place="here"))
        stage.answers.by_execution[f"order-{number}"] = found

    await stage.match(*(finding(number=number) for number in every))

    assert Keys.threads
    assert threading.get_ident() not in Keys.threads
    notes = [row["snapshot"].get("note", "") for row in await stage.occurrences()]
    assert len(notes) == 200
    assert sum("took too long" in note for note in notes) == 100


async def test_a_recovery_can_be_asked_for_and_is_an_alert_of_its_own(stage: MatchStage) -> None:
    await stage.subscribe(kinds=[Kind.FAILED, Kind.RECOVERED], group_by=("workflow",))

    await stage.match(finding(number=1), finding(Kind.RECOVERED, 2))

    states = {group.kind: group.state for group in await stage.groups()}
    assert states == {Kind.FAILED: State.RECOVERED, Kind.RECOVERED: State.FIRING}


async def test_the_error_decides_where_it_is_asked_for(stage: MatchStage) -> None:
    await stage.subscribe(errors=r"rate.?limit")
    stage.answers.by_execution |= {
        "order-1": Details(error="Rate limit reached"),
        "order-2": Details(error="KeyError: 'CHF'"),
        "order-3": Details(note="The API no longer knows this execution."),
    }

    await stage.match(*(finding(number=number) for number in (1, 2, 3)))

    taken = {row["snapshot"]["execution_id"]: row["snapshot"] for row in await stage.occurrences()}
    assert set(taken) == {"order-1", "order-3"}
    assert "may not fit" in taken["order-3"]["note"]


async def test_a_pattern_that_takes_too_long_loses_no_alert(stage: MatchStage) -> None:
    await stage.subscribe(errors=r"(a+)+$")
    stage.answers.by_execution["order-1"] = Details(error="a" * 400 + "!")

    await stage.match(finding(number=1))

    (row,) = await stage.occurrences()
    assert "took too long" in row["snapshot"]["note"]


async def test_details_are_read_once_for_all_subscriptions_and_only_where_something_fits(
    stage: MatchStage,
) -> None:
    await stage.subscribe()
    await stage.subscribe(errors="x", tags=("prod",))
    await stage.subscribe(kinds=[Kind.COMPLETED])

    await stage.match(finding(number=1), finding(Kind.COMPLETED, 2), finding(Kind.TERMINATED, 3))

    assert stage.answers.asked == [("order-1", Need.EVENTS | Need.TAGS)]


@pytest.mark.parametrize(
    "trouble", [RateLimited("slow down", retry_after=30.0), Unavailable("down")]
)
async def test_while_the_api_asks_for_patience_its_findings_wait_in_order(
    stage: MatchStage, trouble: Exception
) -> None:
    await stage.subscribe()
    await stage.subscribe(kinds=[Kind.TERMINATED])
    stage.answers.trouble = trouble
    found = [
        finding(number=1),
        finding(Kind.RECOVERED, 2),
        finding(Kind.TERMINATED, 3, workflow="billing"),
    ]

    assert await stage.match(*found) == 1
    asked = len(stage.answers.asked)
    assert await stage.match() == 0
    assert len(stage.answers.asked) == asked
    assert await stage.unmatched() == [found[0].key, found[1].key]

    stage.answers.trouble = None
    stage.clock.passes(seconds=31)
    assert await stage.match() == 2
    assert {group.state for group in await stage.groups()} == {State.FIRING, State.RECOVERED}


async def test_an_alert_without_details_is_better_than_none(stage: MatchStage) -> None:
    await stage.subscribe()
    stage.answers.trouble = Unavailable("down")
    await stage.match(finding(number=1))
    assert await stage.groups() == []

    stage.clock.passes(minutes=7)
    await stage.match()

    assert (await stage.group()).recent[0].note == "The API could not be asked about it."


async def test_who_lost_the_lease_writes_nothing(any_stage: MatchStage) -> None:
    stage = any_stage
    await stage.subscribe()
    await stage.find(finding(number=1))

    async def taken_away(connection: AsyncConnection) -> None:
        raise LeaseLost("gone")

    with pytest.raises(LeaseLost):
        await stage.matcher.match(taken_away)

    assert await stage.groups() == []
    assert await stage.unmatched() == [finding(number=1).key]
    assert await stage.matcher.match(nobody_minds) == 1


async def test_a_subscription_that_ended_takes_nothing_and_fires_no_more(
    stage: MatchStage,
) -> None:
    ended = await stage.subscribe()
    await stage.match(finding(number=1))
    async with (await stage.database.store()).writing() as connection:
        await subscriptions.end(connection, ended.id, stage.clock.now)

    await stage.match(finding(number=2))

    group = await stage.group()
    assert group.state is State.ENDED
    assert group.count == 1
    assert group.needs_showing


async def test_a_changed_filter_counts_from_the_next_finding_on(stage: MatchStage) -> None:
    known = await stage.subscribe()
    await stage.match(finding(number=1))
    other = known.wanted.model_copy(update={"workflows": ("billing",)})
    async with (await stage.database.store()).writing() as connection:
        await subscriptions.change(connection, known.id, other, stage.clock.now)

    await stage.match(finding(number=2), finding(number=3, workflow="billing"))

    assert {group.labels["workflow"]: group.count for group in await stage.groups()} == {
        "invoice-eu": 1,
        "billing": 1,
    }


async def test_an_edit_lets_go_of_what_the_new_filter_would_not_take(stage: MatchStage) -> None:
    known = await stage.subscribe(kinds=[Kind.FAILED, Kind.WAITING, Kind.SCHEDULE_PAUSED])
    await stage.match(
        finding(number=1),
        finding(number=2, workflow="billing"),
        waiting(3),
        finding(Kind.SCHEDULE_PAUSED, 4, schedule_id="nightly"),
    )
    other = known.wanted.model_copy(
        update={"workflows": ("billing",), "kinds": frozenset({Kind.FAILED})}
    )
    async with (await stage.database.store()).writing() as connection:
        await subscriptions.change(connection, known.id, other, stage.clock.now)

    groups = await stage.groups()
    assert [each.labels.get("workflow") for each in groups if each.is_firing] == ["billing"]
    assert all(each.needs_showing for each in groups), "they say that nobody follows them"
    reasons = {each.ended_because for each in groups if not each.is_firing}
    assert reasons == {"the subscription asks for something else now"}

    await stage.match(finding(Kind.RECOVERED, 5, workflow="billing"))
    assert not [each for each in await stage.groups() if each.is_firing]


@pytest.mark.parametrize("what", ["edited", "ended"])
async def test_a_subscription_that_changes_while_details_are_read_costs_nobody_a_finding(
    any_stage: MatchStage, what: str
) -> None:
    stage = any_stage
    mine, other = await stage.subscribe(errors="rate"), await stage.subscribe()
    await stage.match(finding(number=1))
    answers = stage.answers

    async def changing(found: Finding, need: Need) -> Details:
        async with (await stage.database.store()).writing() as connection:
            if what == "ended":
                await subscriptions.end(connection, mine.id, stage.clock.now)
            elif (known := await subscriptions.get(connection, mine.id)) and known.version < 3:
                every = mine.wanted.model_copy(update={"errors": None})
                await subscriptions.change(connection, mine.id, every, stage.clock.now)
        return await answers(found, need)

    api: Any = None
    stage.matcher = Matcher(stage.database, api, stage.clock, read=changing)
    await stage.match(finding(number=2))

    numbers = {mine.id: 0, other.id: 0}
    for row in await stage.occurrences():
        numbers[row["subscription_id"]] += 1
    assert numbers == {mine.id: 1 if what == "edited" else 0, other.id: 2}
    assert await stage.unmatched() == []
    firing = [each.subscription_id for each in await stage.groups() if each.is_firing]
    assert firing.count(mine.id) == (1 if what == "edited" else 0)


async def test_a_muted_subscription_goes_on_counting(stage: MatchStage) -> None:
    known = await stage.subscribe()
    async with (await stage.database.store()).writing() as connection:
        await subscriptions.mute(connection, [known.id], NOW + timedelta(hours=1), "ana")

    await stage.match(finding(number=1), finding(number=2))

    group = await stage.group()
    assert group.count == 2
    assert group.needs_showing


async def test_what_came_and_went_while_it_was_muted_is_not_shown_at_all(
    stage: MatchStage,
) -> None:
    known = await stage.subscribe()
    async with (await stage.database.store()).writing() as connection:
        await subscriptions.mute(connection, [known.id], NOW + timedelta(hours=1), "ana")

    await stage.match(finding(number=1), finding(Kind.RECOVERED, 2))

    group = await stage.group()
    assert group.state is State.RECOVERED
    assert not group.needs_showing
    assert group.due_at is None


async def test_a_message_that_stands_there_turns_green_also_while_it_is_muted(
    stage: MatchStage,
) -> None:
    await stage.subscribe()
    await stage.match(finding(number=1))
    group = await stage.group()
    await stage.save(muted(shown(group, None), NOW + timedelta(days=1), "ana", NOW))

    await stage.match(finding(Kind.RECOVERED, 2))

    assert (await stage.group()).needs_showing


async def test_an_acknowledged_alert_stays_so_and_says_how_often_it_came_back(
    stage: MatchStage,
) -> None:
    await stage.subscribe()
    await stage.match(finding(number=1))
    await stage.save(acknowledged(await stage.group(), ANA, stage.clock.now))

    await stage.match(finding(number=2), finding(number=3))

    group = await stage.group()
    assert group.acknowledged_name == "ana"
    assert group.since_acknowledged == 2
    assert not group.is_quiet


async def test_what_nothing_can_end_ends_by_silence(any_stage: MatchStage) -> None:
    stage = any_stage
    await stage.subscribe(kinds=[Kind.TERMINATED, Kind.FAILED, Kind.WAITING])
    await stage.match(finding(Kind.TERMINATED, 1), finding(number=2), waiting(3))

    stage.clock.passes(hours=25)
    await stage.match()
    states = {group.kind: group.state for group in await stage.groups()}
    assert states == {
        Kind.TERMINATED: State.ENDED,
        Kind.FAILED: State.FIRING,
        Kind.WAITING: State.FIRING,
    }

    stage.clock.passes(days=7)
    await stage.match()
    states = {group.kind: group.state for group in await stage.groups()}
    assert states[Kind.FAILED] is State.ENDED
    assert states[Kind.WAITING] is State.FIRING


async def test_more_than_fits_into_one_turn_is_matched_in_several(any_stage: MatchStage) -> None:
    stage = any_stage
    await stage.subscribe(group_by=("workflow",))
    await stage.find(*(finding(number=number) for number in range(1, 31)))

    assert await stage.match_in_turns(7) == 30

    assert (await stage.group()).count == 30
    assert [row["number"] for row in await stage.occurrences()] == [*range(1, 31)]


async def test_two_replicas_at_the_same_findings_count_each_of_them_once(
    postgres: Postgres,
) -> None:
    url = postgres.new_database()
    async with opened(url) as one, opened(url) as two:
        clock, answers = Clock(), Answers()
        stages = [stage_on(each, clock, answers) for each in (one, two)]
        await stages[0].subscribe(group_by=("workflow",))
        await stages[0].subscribe(group_by=("workflow", "kind"), first_only=True)
        found = [
            finding(
                Kind.RECOVERED if number % 10 == 0 else Kind.FAILED,
                number,
                at=NOW + number * timedelta(minutes=20),
            )
            for number in range(1, 61)
        ]
        await stages[0].find(*found)

        counts = await asyncio.gather(*(each.match_in_turns(7) for each in stages * 2))

        assert sum(counts) == len(found)
        rows = await stages[0].occurrences()
        groups = await stages[0].groups()
        failed = {each.key for each in found if each.kind is Kind.FAILED}
        every = [row["finding_key"] for row in rows]
        assert set(every) == failed
        assert len(every) == 54 + 6
        assert sorted(group.count for group in groups) == [1] * 6 + [9] * 6
        assert {group.state for group in groups} == {State.RECOVERED}
