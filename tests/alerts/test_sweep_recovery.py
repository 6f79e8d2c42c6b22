"""A workflow recovers once from each time of trouble, in whatever order its ends are read."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.alerts.finding import TROUBLE, Finding, Kind
from shared.alerts.matching import fits
from shared.alerts.sweeps import ended_findings
from shared.alerts.sweeps.ended import read_ends
from shared.alerts.sweeps.health import Health
from shared.alerts.wanted import Wanted
from shared.errors import Unavailable
from tests.alerts.sweep_stage import (
    ENDS,
    NOON,
    Row,
    ended,
    execution,
    only,
    run,
    seconds,
    staged,
)

STATUSES = ("FAILED", "TIMED_OUT", "COMPLETED", "CANCELED", "TERMINATED", "CONTINUED_AS_NEW")


def keys(rows: list[Row]) -> list[str]:
    found = ended_findings([execution(row) for row in rows], {}, NOON)
    return [f"{each.kind} {each.subject}" for each in found]


def test_the_first_completed_execution_after_trouble_is_the_recovery() -> None:
    rows = [
        ended("a", "COMPLETED", 1),
        ended("b", "FAILED", 2),
        ended("c", "TIMED_OUT", 3),
        ended("d", "CANCELED", 4),
        ended("e", "COMPLETED", 5),
        ended("f", "COMPLETED", 6),
        ended("g", "COMPLETED", 5, workflow="other"),
    ]
    assert [key for key in keys(rows[::-1]) if "recovered" in key] == ["recovered e"]


def test_open_and_repeated_runs_mean_nothing() -> None:
    failed = ended("a", "FAILED", 1)
    assert keys([failed, run("b"), failed, ended("c", "SOMETHING_NEW", 2)]) == ["failed a"]


async def test_a_failure_that_turns_up_late_still_has_its_recovery(tmp_path: Path) -> None:
    async with staged(f"sqlite:///{tmp_path}/ops.db") as stage:
        stage.needs = only(*ENDS)
        stage.world.runs = [ended("good", "COMPLETED", 20)]
        await stage.sweep(after=30)
        stage.world.runs.append(ended("bad", "FAILED", 10))
        await stage.sweep()
        assert await stage.keys() == ["completed good", "failed bad", "recovered good"]


async def test_trouble_is_remembered_for_longer_than_the_overlap(tmp_path: Path) -> None:
    async with staged(f"sqlite:///{tmp_path}/ops.db") as stage:
        stage.needs = only(Kind.FAILED)
        stage.world.runs = [ended("bad", "FAILED", 1), ended("x", "CANCELED", 5_000)]
        await stage.sweep(after=5_001)
        stage.world.runs.append(ended("good", "COMPLETED", 9_000))
        await stage.sweep(after=4_000)
        assert await stage.keys() == ["failed bad", "recovered good"]


def of(deployment: str | None, execution_id: str, status: str, at: float) -> Row:
    return ended(execution_id, status, at, deployment_name=deployment)


def recoveries(rows: list[Row], *deployments: str) -> list[str]:
    """Of whom a subscription to these deployments hears, in turns that see one run each."""
    wanted = Wanted(kinds=frozenset({Kind.RECOVERED}), deployments=deployments)
    health: dict[str, Health] = {}
    found: list[Finding] = []
    for row in rows:
        ends = read_ends([execution(row)], health, NOON)
        settled = {name: each.settled(NOON + seconds(1e6)) for name, each in ends.health.items()}
        health |= {name: Health.of(each.value) for name, each in settled.items()}
        found += ends.findings
    return [each.subject for each in found if fits(wanted, each)]


def test_a_deployment_recovers_with_its_own_first_good_run() -> None:
    rows = [
        of("prod", "bad", "FAILED", 1),
        of("staging", "good-1", "COMPLETED", 2),
        of("staging", "good-2", "COMPLETED", 3),
        of("prod", "good-3", "COMPLETED", 4),
        of("prod", "good-4", "COMPLETED", 5),
    ]
    assert recoveries(rows) == ["good-1"]
    assert recoveries(rows, "prod") == ["good-3"]
    assert recoveries(rows, "staging") == []
    assert recoveries(rows, "prod", "staging") == ["good-1"]
    assert recoveries(rows, "*") == ["good-1"]


def test_trouble_of_an_earlier_release_is_over_with_the_first_good_run_of_any_deployment() -> None:
    old = Health.of({"failing": True, "ends": [], "durations": []})
    good = [execution(of(name, f"{name}-{at}", "COMPLETED", at)) for at in (1, 2) for name in "ab"]
    found = [
        each.subject
        for each in read_ends(good, {"invoice": old}, NOON).findings
        if each.kind is Kind.RECOVERED
    ]
    assert found == ["a-1", "b-1"]


def test_what_is_remembered_of_a_workflow_does_not_grow_with_its_deployments() -> None:
    health = Health()
    for number in range(500):
        status = "FAILED" if number % 7 == 0 else "COMPLETED"
        run_ = execution(of(f"release-{number}", f"e{number}", status, number))
        health = read_ends([run_], {"invoice": health}, NOON).health["invoice"]
        health = health.settled(NOON + seconds(number + 1))
    assert len(health.value["before"]) <= 20
    for number in range(500, 520):
        run_ = execution(of("release-497", f"e{number}", "COMPLETED", number))
        health = read_ends([run_], {"invoice": health}, NOON).health["invoice"]
        health = health.settled(NOON + seconds(number + 1))
    assert health.value["failing"] is False


made_ends = st.lists(
    st.tuples(st.sampled_from(STATUSES), st.sampled_from(("eu-1", "eu-2", "us", None))), max_size=14
)
views = st.sampled_from(((), ("eu-1",), ("eu-*",), ("us", "eu-2"), ("us",)))


@given(made_ends, views)
def test_a_subscription_hears_of_a_recovery_as_if_there_were_only_its_deployments(
    made: list[tuple[str, str | None]], view: tuple[str, ...]
) -> None:
    rows = [of(name, f"e{at}", status, at) for at, (status, name) in enumerate(made)]
    seen = [row for row in rows if not view or fits_name(row["deployment_name"], view)]
    expected, failing = [], False
    for row in seen:
        if row["status"] == "COMPLETED" and failing:
            expected.append(row["execution_id"])
        if row["status"] in ("COMPLETED", "FAILED", "TIMED_OUT"):
            failing = row["status"] != "COMPLETED"
    assert recoveries(rows, *view) == expected


def fits_name(name: str | None, view: tuple[str, ...]) -> bool:
    """Whether a deployment is one of the view."""
    return name is not None and any(fnmatchcase(name, each) for each in view)


runs = st.lists(
    st.tuples(
        st.integers(0, 100),
        st.sampled_from(STATUSES),
        st.sampled_from(("invoice", "sync")),
        st.integers(0, 2),
    ),
    max_size=12,
)


@given(runs, st.integers(1, 5), st.integers(0, 1_000))
@settings(max_examples=12)
async def test_overlapping_turns_find_what_the_whole_list_holds(
    made: list[tuple[int, str, str, int]], size: int, seed: int
) -> None:
    chance = random.Random(seed)
    rows = [
        ended(f"e{number}", status, at, workflow=workflow)
        for number, (at, status, workflow, _) in enumerate(made)
    ]
    whole = ended_findings([execution(row) for row in rows], {}, NOON)
    with TemporaryDirectory() as folder:
        async with staged(f"sqlite:///{folder}/ops.db") as stage:
            stage.needs = only(*ENDS)
            stage.now = NOON + seconds(100)
            stage.world.sizes = lambda: chance.randint(1, size)
            for turn in range(3):
                if chance.random() < 0.3:
                    stage.world.order = shuffled(chance.random())
                appeared = [row for row, each in zip(rows, made, strict=True) if each[3] == turn]
                stage.world.runs += appeared
                stage.world.fault = failing(chance)
                with suppress(Unavailable):
                    await stage.sweep(after=1)
                stage.world.fault = lambda request: None
                await stage.sweep(after=1)
            found = await stage.found()
    plain = [each.key for each in whole if each.kind is not Kind.RECOVERED]
    assert sorted(each.key for each in found if each.kind is not Kind.RECOVERED) == sorted(plain)
    assert all(each.at <= NOON + timedelta(seconds=100) for each in found)
    if all(each[3] == 0 for each in made):
        assert sorted(each.key for each in found) == sorted(each.key for each in whole)
    assert times_of_trouble(found) == times_of_trouble(whole)


def failing(chance: random.Random) -> Callable[[httpx.Request], httpx.Response | None]:
    """Now and then a page cannot be read."""
    return lambda request: httpx.Response(503) if chance.random() < 0.2 else None


def shuffled(seed: float) -> Callable[[list[Row]], list[Row]]:
    """An order without sense, the same for all pages."""
    return lambda rows: sorted(rows, key=lambda row: random.Random(f"{seed}{row}").random())


def times_of_trouble(found: list[Finding]) -> list[tuple[str, str | None]]:
    """For each recovery the last failure before it, of which there may be one recovery only."""
    ends = sorted(found, key=lambda each: (each.at, each.subject, each.kind is Kind.RECOVERED))
    last: dict[str, str] = {}
    times = []
    for each in ends:
        if each.kind in TROUBLE:
            last[each.workflow] = each.subject
        elif each.kind is Kind.RECOVERED:
            times.append((each.workflow, last.get(each.workflow)))
    assert len(times) == len(set(times))
    return sorted(times, key=str)
