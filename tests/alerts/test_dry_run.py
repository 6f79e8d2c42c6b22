"""What a subscription would have brought is what it brings."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from fnmatch import fnmatchcase
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from shared.alerts import subscriptions
from shared.alerts.close_look import Bounds
from shared.alerts.details import Details, Need
from shared.alerts.dry_run import DryRun, dry_run
from shared.alerts.finding import Finding, Kind
from shared.alerts.groups import Group
from shared.alerts.matcher import Matcher
from shared.alerts.sweeps import SweepRhythm, inbox
from shared.alerts.sweeps.ended import read_ends
from shared.alerts.sweeps.needs import needs_of
from shared.alerts.sweeps.reader import Reader
from shared.alerts.sweeps.resets import reset_runs
from shared.alerts.wanted import Wanted
from shared.database import Database
from shared.errors import RateLimited, Unavailable
from shared.tables.alerts import findings
from tests.alerts.match_stage import ANA, Answers, Clock, MatchStage, nobody_minds
from tests.alerts.past import NOW, Past, past_api, pasts, reading, wanteds
from tests.bot.stores import opened

_NUMBERS = count()


@dataclass(frozen=True)
class Lived:
    """What was taken, with its place in its alert, and how the alerts stand in the end."""

    taken: dict[str, int]
    alerts: list[tuple[str, str, int]]


def standing(groups: Iterable[Group]) -> list[tuple[str, str, int]]:
    """How alerts stand."""
    return sorted((group.fingerprint, str(group.state), group.count) for group in groups)


async def tried(runs: list[Past], wanted: Wanted, **options: Any) -> DryRun:
    """The dry run over these."""
    async with past_api(runs) as (api, _):
        return await dry_run(api, wanted, NOW, read=reading(runs), **options)


async def lived(database: Database, runs: list[Past], wanted: Wanted, turns: int) -> Lived:
    """What a subscription that was there made of them, found in so many turns."""
    clock, needs = Clock(NOW - timedelta(days=2)), needs_of([wanted])
    async with past_api(runs) as (api, _):
        reader = Reader(api, SweepRhythm())
        resets = await reset_runs(reader, [run.execution for run in runs])
    matcher = Matcher(database, api, clock, read=reading(runs))
    async with (await database.store()).writing() as connection:
        for old in await subscriptions.active(connection):
            await subscriptions.end(connection, old.id, clock.now)
        # What other examples found is about workflows of the same names.
        await connection.execute(delete(findings))
        mine = await subscriptions.add(connection, "C0OPS", wanted, ANA, clock.now)
    health: dict[str, Any] = {}
    ordered = sorted(runs, key=lambda run: run.ended_at)
    size = max(-(-len(ordered) // turns), 1)
    for begin in range(0, len(ordered), size):
        part = ordered[begin : begin + size]
        ended = read_ends([run.execution for run in part], health, NOW, resets)
        health |= ended.health
        async with (await database.store()).writing() as connection:
            await inbox.put(connection, [f for f in ended.findings if needs.stores(f.kind)])
        while await matcher.match(nobody_minds):
            pass
    stage = MatchStage(database, clock, Answers(), matcher)
    taken = [row for row in await stage.occurrences() if row["subscription_id"] == mine.id]
    groups = [each for each in await stage.groups() if each.subscription_id == mine.id]
    return Lived({row["finding_key"]: row["number"] for row in taken}, standing(groups))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """One for all examples of a test; each of them has ids of its own in it."""
    async with opened(f"sqlite:///{tmp_path / 'ops.db'}") as running:
        yield running


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(runs=pasts(), wanted=wanteds(), turns=st.integers(1, 3))
async def test_the_dry_run_takes_what_the_live_match_takes(
    database: Database, runs: list[Past], wanted: Wanted, turns: int
) -> None:
    mark = next(_NUMBERS)
    own = [replace(run, execution_id=f"{mark}-{run.execution_id}") for run in runs]

    live = await lived(database, own, wanted, turns)
    dry = await tried(own, wanted)

    assert {each.finding_key: each.occurrence.number for each in dry.taken} == live.taken
    assert standing(dry.alerts) == live.alerts
    assert dry.complete
    assert sum(group.count for group in dry.alerts) == dry.matched


def past(number: int, status: str = "FAILED", **changes: Any) -> Past:
    """A run that ended hours ago by its number."""
    given: dict[str, Any] = {"workflow": "billing", "minutes": 5, "error": f"broken pipe {number}"}
    given |= {"ended_at": NOW - timedelta(hours=number)}
    return Past(uuid4().hex, status=status, **{**given, **changes})


async def test_it_says_which_alerts_it_would_have_been_newest_first() -> None:
    runs = [past(1), past(2), past(3), past(4, workflow="order", error="no stock")]

    found = await tried(runs, Wanted())

    assert found.matched == 4
    assert [(group.labels["workflow"], group.count) for group in found.alerts] == [
        ("billing", 3),
        ("order", 1),
    ]


async def test_what_comes_and_goes_would_have_been_one_alert_as_it_is_one() -> None:
    ends = ("FAILED", "COMPLETED") * 5
    runs = [
        past(0, status, error="broken pipe", ended_at=NOW - timedelta(minutes=90 - 5 * number))
        for number, status in enumerate(ends)
    ]

    [alert] = (await tried(runs, Wanted())).alerts

    assert (alert.count, alert.returns) == (5, 4)
    assert not alert.is_firing


async def test_a_run_that_a_reset_terminated_would_have_been_no_alert() -> None:
    runs = [past(1, "TERMINATED"), past(2, "TERMINATED", by_reset=True)]

    found = await tried(runs, Wanted(kinds=[Kind.TERMINATED]))

    assert [each.finding_key for each in found.taken] == [
        f"terminated:{runs[0].execution_id}:run-{runs[0].execution_id}"
    ]
    assert found.complete


async def test_terminated_runs_that_were_not_looked_at_are_not_counted_and_said() -> None:
    runs = [past(number, "TERMINATED") for number in range(1, 8)]

    found = await tried(runs, Wanted(kinds=[Kind.TERMINATED]), bounds=Bounds(details=3))

    assert found.matched == 3
    assert not found.complete
    assert "4 of 7" in found.notes[0]


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(runs=pasts(), turns=st.integers(1, 3), name=st.sampled_from((None, "prod", "*g")))
async def test_an_alert_is_red_as_long_as_the_last_run_of_what_it_watches_was_bad(
    database: Database, runs: list[Past], turns: int, name: str | None
) -> None:
    mark = next(_NUMBERS)
    own = [replace(run, execution_id=f"{mark}-{run.execution_id}") for run in runs]
    watched = Wanted(deployments=(name,) if name else (), group_by=("workflow",))

    live = await lived(database, own, watched, turns)

    last: dict[str, str] = {}
    for run in sorted(own, key=lambda run: run.ended_at):
        is_seen = name is None or fnmatchcase(run.deployment or "-", name)
        if is_seen and run.status in ("FAILED", "TIMED_OUT", "COMPLETED"):
            last[run.workflow] = run.status
    bad = [status for status in last.values() if status != "COMPLETED"]
    assert [state for _, state, _ in live.alerts].count("firing") == len(bad)


async def test_what_ended_before_the_window_does_not_count() -> None:
    found = await tried([past(1), past(30)], Wanted())

    assert found.matched == 1
    assert found.looked_at == 1


async def test_a_filter_for_one_workflow_reads_that_one_alone() -> None:
    runs = [past(1), past(2, workflow="order")]
    async with past_api(runs) as (api, server):
        found = await dry_run(api, Wanted(workflows=("order",)), NOW, read=reading(runs))

    assert found.matched == found.looked_at == 1
    (request,) = server.requests
    assert request.url.params["workflow_identifier"] == "order"


async def test_more_runs_than_it_may_read_make_it_say_so() -> None:
    runs = [past(number) for number in range(1, 20)]

    found = await tried(runs, Wanted(), bounds=Bounds(runs=10))

    assert found.looked_at == found.matched == 10
    assert not found.complete
    assert "newest 10 ends" in found.notes[0]


async def test_what_was_not_read_closely_is_not_counted_and_said() -> None:
    runs = [past(number) for number in range(1, 8)]

    found = await tried(runs, Wanted(errors="pipe"), bounds=Bounds(details=3))

    assert found.matched == 3
    assert not found.complete
    assert "4 of 7" in found.notes[0]


@pytest.mark.parametrize("trouble", [RateLimited("later"), Unavailable("down")])
async def test_an_api_that_asks_for_patience_is_asked_no_more(trouble: Exception) -> None:
    runs = [past(number) for number in range(1, 20)]
    asked: list[str] = []

    async def refusing(finding: Finding, need: Need) -> Details:
        asked.append(finding.key)
        raise trouble

    async with past_api(runs) as (api, _):
        found = await dry_run(api, Wanted(errors="pipe"), NOW, read=refusing)

    assert found.matched == 0
    assert not found.complete
    assert len(asked) <= 4


async def test_errors_that_no_filter_needs_are_read_only_to_group_by_them() -> None:
    runs = [past(1), past(2)]
    asked: list[Need] = []

    async def counting(finding: Finding, need: Need) -> Details:
        asked.append(need)
        return Details()

    async with past_api(runs) as (api, _):
        await dry_run(api, Wanted(group_by=("workflow",)), NOW, read=counting)
        assert asked == []
        await dry_run(api, Wanted(), NOW, read=counting)

    assert asked == [Need.EVENTS] * 2


async def test_what_only_the_present_shows_is_said_to_be_unknown() -> None:
    found = await tried([past(1)], Wanted(kinds=[Kind.WAITING, Kind.SLOW, Kind.FAILED]))

    assert found.matched == 1
    assert "waited for input or ran long" in found.notes[0]


async def test_a_workflow_that_nobody_knows_would_have_brought_nothing() -> None:
    missing = httpx.Response(404, json={"code": "not_found", "message": "unknown"})
    async with past_api([], lambda _: missing) as (api, _):
        found = await dry_run(api, Wanted(workflows=("nothing",)), NOW)

    assert (found.matched, found.looked_at, found.complete) == (0, 0, True)
