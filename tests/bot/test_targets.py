"""What people mean by `last`, `this`, `#3`, the beginning of an id, or a link."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.place import Place
from bot.targets import Targets, UnclearTarget
from shared.context import utc_now
from shared.database import Database, database_url
from shared.results import (
    ExecutionDetail,
    ExecutionRow,
    Executions,
    ScheduleRow,
    Schedules,
    WorkflowRow,
    Workflows,
)
from tests.mcp_server.faces import Stage, fresh
from tests.postgres import Postgres, running_postgres

HERE = Place("U1", "C1")
# Where nothing may be looked up.
NOBODY = Stage("http://127.0.0.1:1")


@dataclass
class Hand:
    """A clock that stands still until it is moved."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """One server for the module."""
    with running_postgres() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
async def each_database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database of each kind."""
    url = f"sqlite:///{tmp_path / 'ops.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    database = Database(database_url(url, Path()))
    yield database
    await database.aclose()


@asynccontextmanager
async def finding(stage: Stage, tmp_path: Path) -> AsyncIterator[Targets]:
    """Targets of the sandbox."""
    database = Database(database_url(f"sqlite:///{tmp_path / 'ops.db'}", Path()))
    async with stage.api() as api:
        yield Targets(database, api)
    await database.aclose()


@pytest.fixture
def stage(sandbox_url: str) -> Stage:
    """The running sandbox."""
    return Stage(sandbox_url)


@pytest.fixture
async def targets(stage: Stage, tmp_path: Path) -> AsyncIterator[Targets]:
    """Targets of the sandbox."""
    async with finding(stage, tmp_path) as found:
        yield found


@pytest.fixture
async def api_free(tmp_path: Path) -> AsyncIterator[Targets]:
    """Targets whose API nobody answers."""
    database = Database(database_url(f"sqlite:///{tmp_path / 'ops.db'}", Path()))
    async with NOBODY.api() as nobody:
        yield Targets(database, nobody)
    await database.aclose()


async def status_of(targets: Targets, written: str, place: Place = HERE) -> str:
    """The execution that `status` would show."""
    found = await targets.resolve("get_execution", {"execution_id": written}, place)
    return str(found["execution_id"])


def listing(*ids: str) -> Executions:
    """A list that somebody saw."""
    rows = tuple(ExecutionRow(execution_id=each, workflow="w", status="RUNNING") for each in ids)
    return Executions(executions=rows)


def detail(execution_id: str) -> ExecutionDetail:
    """An execution that somebody saw."""
    return ExecutionDetail(execution_id=execution_id, workflow="w", status="RUNNING")


async def started(stage: Stage, *ids: str) -> None:
    """New executions."""
    async with stage.api() as api:
        for each in ids:
            await api.execute_workflow("daily-digest", input={}, execution_id=each)


async def test_last_is_the_execution_that_this_person_saw_last_in_this_channel(
    each_database: Database,
) -> None:
    async with NOBODY.api() as api:
        targets = Targets(each_database, api)
        await targets.notice(HERE, detail("one"))
        await targets.notice(HERE, detail("two"))
        await targets.notice(Place("U1", "C2"), detail("three"))
        assert await status_of(targets, "last") == "two"
        assert await status_of(targets, "`Last`") == "two"
        with pytest.raises(UnclearTarget, match="looked at no execution here"):
            await status_of(targets, "last", Place("U2", "C1"))


async def test_rows_of_the_last_list_are_numbered_for_half_an_hour(each_database: Database) -> None:
    clock = Hand(utc_now())
    async with NOBODY.api() as api:
        targets = Targets(each_database, api, clock)
        await targets.notice(HERE, listing("old"))
        await targets.notice(HERE, listing("one", "two"))
        assert await status_of(targets, "#2") == "two"
        with pytest.raises(UnclearTarget, match="has 2 rows, so no #3"):
            await status_of(targets, "#3")
        clock.now += timedelta(minutes=31)
        with pytest.raises(UnclearTarget, match="Make a list first"):
            await status_of(targets, "#2")


async def test_a_row_of_one_kind_is_never_taken_for_another(api_free: Targets) -> None:
    row = ScheduleRow(schedule_id="nightly", workflow="w", paused=False, times="daily")
    await api_free.notice(HERE, Schedules(schedules=(row,)))
    found = await api_free.resolve("delete_schedule", {"schedule_id": "#1"}, HERE)
    assert found == {"schedule_id": "nightly"}
    with pytest.raises(UnclearTarget, match="shows schedules: #1 is no execution"):
        await api_free.resolve("cancel_executions", {"execution_ids": ["#1"]}, HERE)
    await api_free.notice(HERE, Workflows(workflows=(WorkflowRow(name="order"),)))
    found = await api_free.resolve("start_workflow", {"workflow": "#1"}, HERE)
    assert found == {"workflow": "order"}


@pytest.mark.parametrize(
    ("name", "given", "filled"),
    [
        ("get_execution_logs", {}, {"execution_id": "card"}),
        ("signal_execution", {"name": "approve"}, {"execution_id": "card", "name": "approve"}),
        ("cancel_executions", {"reason": "x"}, {"execution_ids": ["card"], "reason": "x"}),
        ("watch", {"where": "dm"}, {"execution_id": "card", "where": "dm"}),
        ("get_execution", {"execution_id": "this"}, {"execution_id": "card"}),
        ("watch", {"execution_id": None}, {"execution_id": "card"}),
        ("list_executions", {}, {}),
        ("list_executions", {"root_execution_id": "this"}, {"root_execution_id": "card"}),
        ("start_workflow", {"workflow": "w"}, {"workflow": "w"}),
        (
            "start_workflow",
            {"workflow": "w", "execution_id": "last"},
            {"workflow": "w", "execution_id": "last"},
        ),
        ("launcher", {}, {}),
    ],
)
async def test_in_the_thread_of_a_card_its_execution_goes_without_saying(
    api_free: Targets, name: str, given: dict[str, Any], filled: dict[str, Any]
) -> None:
    assert await api_free.resolve(name, given, Place("U1", "C1", "card")) == filled


async def test_outside_such_a_thread_nothing_is_filled_in(api_free: Targets) -> None:
    assert await api_free.resolve("get_execution_logs", {}, HERE) == {}
    with pytest.raises(UnclearTarget, match="no such thread"):
        await status_of(api_free, "this")


async def test_the_beginning_of_an_id_is_enough_where_only_one_begins_like_that(
    stage: Stage, targets: Targets
) -> None:
    root = fresh("dig")
    await started(stage, f"{root}-a", f"{root}-ab", f"{root}-c")
    assert await status_of(targets, f"`{root}-ab…`") == f"{root}-ab"
    assert await status_of(targets, f"{root}-a") == f"{root}-a"  # a whole id wins
    with pytest.raises(UnclearTarget, match="Several executions begin with") as refusal:
        await targets.resolve("cancel_executions", {"execution_ids": [root]}, HERE)
    assert set(refusal.value.candidates) == {f"{root}-a", f"{root}-ab", f"{root}-c"}
    assert "daily-digest" in str(refusal.value)


async def test_a_prefix_finds_one_execution_among_those_named_alike(
    stage: Stage, targets: Targets
) -> None:
    execution_id = fresh("unique")
    await started(stage, execution_id)
    prefix = execution_id[:-3]
    given = {"execution_ids": [prefix, execution_id]}
    found = await targets.resolve("terminate_executions", given, HERE)
    assert found == {"execution_ids": [execution_id]}


async def test_a_beginning_that_is_too_short_or_wrong_is_refused_with_a_suggestion(
    stage: Stage, targets: Targets
) -> None:
    execution_id = fresh("sugg")
    await started(stage, execution_id)
    with pytest.raises(UnclearTarget, match="at least 6 characters"):
        await status_of(targets, "zzz")
    wrong = execution_id[:-1] + "~"
    with pytest.raises(UnclearTarget, match=f"did you mean {execution_id}") as refusal:
        await status_of(targets, wrong)
    assert refusal.value.candidates == (execution_id,)


async def test_a_link_that_holds_an_execution_or_a_run_is_as_good_as_its_id(
    stage: Stage, targets: Targets
) -> None:
    execution_id = fresh("linked")
    await started(stage, execution_id)
    async with stage.api() as api:
        run_id = (await api.get_execution(execution_id)).run_id
    for link in (
        f"https://console.example/w/executions/{execution_id}/trace?tab=1",
        f"https://console.example/w?execution_id={execution_id}",
        f"https://console.example/#/runs/{run_id}",
        f"https://console.example/{execution_id}",
    ):
        assert await status_of(targets, link) == execution_id
    assert await status_of(targets, str(run_id)) == execution_id
    with pytest.raises(UnclearTarget, match="names no execution that I can see"):
        await status_of(targets, "https://console.example/executions/nothing-here")
    with pytest.raises(UnclearTarget, match="names no execution"):
        await status_of(targets, "https://[broken")


async def test_schedules_are_found_by_their_beginning_too(stage: Stage, targets: Targets) -> None:
    schedule_id = await stage.listed_schedule()
    for written in (schedule_id, schedule_id[:-2]):
        found = await targets.resolve("pause_schedule", {"schedule_id": written}, HERE)
        assert found == {"schedule_id": schedule_id}
    with pytest.raises(UnclearTarget, match="There is no schedule 'nothing-here'"):
        await targets.resolve("pause_schedule", {"schedule_id": "nothing-here"}, HERE)


async def test_what_this_person_saw_needs_no_look_at_the_api(tmp_path: Path) -> None:
    database = Database(database_url(f"sqlite:///{tmp_path / 'ops.db'}", Path()))
    async with NOBODY.api() as nobody:
        targets = Targets(database, nobody)
        await targets.notice(HERE, listing("one", "two"))
        found = await targets.resolve("cancel_executions", {"execution_ids": "one,#2"}, HERE)
        assert found == {"execution_ids": ["one", "two"]}
    await database.aclose()


async def test_a_store_that_is_down_hides_no_execution(
    stage: Stage, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    execution_id = await stage.start("daily-digest")
    (tmp_path / "folder").mkdir()
    database = Database(database_url(f"sqlite:///{tmp_path / 'folder'}", Path()))
    async with stage.api() as api:
        targets = Targets(database, api)
        assert await status_of(targets, execution_id) == execution_id
        await targets.notice(HERE, detail(execution_id))
    assert "is not remembered" in caplog.text
    await database.aclose()


async def test_what_is_no_text_is_left_for_validation(api_free: Targets) -> None:
    given = {"execution_id": {"ok": True}}
    assert await api_free.resolve("get_execution", given, HERE) == given
