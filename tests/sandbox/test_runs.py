"""Lists of runs: whole pages, every filter, and what visibility lags behind."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.sandbox.world import World

type Row = dict[str, Any]


class Fates:
    """Five executions with different ends, told apart from all others by a mark in their ids."""

    def __init__(self, world: World) -> None:
        self.mark = f"fate{uuid4().hex[:8]}"
        self.completed = world.start("document-processing", execution_id=f"{self.mark}-done")
        self.failed = world.start("failing-report", execution_id=f"{self.mark}-failed")
        self.waiting = world.start("expense-approval", execution_id=f"{self.mark}-waiting")
        self.parent = world.start("order-batch", execution_id=f"{self.mark}-parent")
        self.terminated = world.start(
            "long-sync", execution_id=f"{self.mark}-terminated", input={"seconds": 3600}
        )
        world.pending(self.waiting)
        world.http.post(f"/v1/workflows/executions/{self.terminated}/terminate")
        for each in (self.completed, self.failed, self.parent):
            world.ended(each)


@pytest.fixture(scope="module")
def fates(world: World) -> Iterator[Fates]:
    fates = Fates(world)
    yield fates
    world.http.post(f"/v1/workflows/executions/{fates.waiting}/terminate")


def rows(world: World, **query: Any) -> list[Row]:
    """All rows of a list, page by page; every page but the last is full."""
    size = query.setdefault("page_size", 50)
    found: list[Row] = []
    while True:
        answer = world.http.get("/v1/workflows/runs", params=query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["executions"]
        query["next_page_token"] = page["next_page_token"]
        if page["next_page_token"] is None:
            return found
        assert len(page["executions"]) == size


def ids(found: list[Row]) -> list[str]:
    return [row["execution_id"] for row in found]


def test_search_looks_into_ids_and_names(world: World, fates: Fates) -> None:
    everything = rows(world, search=fates.mark)
    assert set(ids(everything)) == {
        fates.completed,
        fates.failed,
        fates.waiting,
        fates.parent,
        fates.terminated,
    }
    assert {row["workflow_name"] for row in rows(world, search="failing")} == {"failing-report"}
    assert rows(world, search="100%_") == []


def test_statuses_are_those_of_the_engine_at_once(world: World, fates: Fates) -> None:
    def with_status(*status: str) -> set[str]:
        return set(ids(rows(world, search=fates.mark, status=list(status))))

    assert with_status("TERMINATED") == {fates.terminated}
    assert with_status("FAILED") == {fates.failed}
    assert with_status("RUNNING") == {fates.waiting}
    assert with_status("COMPLETED", "FAILED") == {fates.completed, fates.parent, fates.failed}


def test_a_list_right_after_an_act_already_knows_it(world: World) -> None:
    for _ in range(5):
        execution_id = world.start("long-sync", input={"seconds": 3600})
        assert ids(rows(world, search=execution_id, status="RUNNING")) == [execution_id]
        world.http.post(f"/v1/workflows/executions/{execution_id}/terminate")
        assert ids(rows(world, search=execution_id, status="TERMINATED")) == [execution_id]


def test_a_tree_is_found_by_its_root(world: World, fates: Fates) -> None:
    tree = rows(world, root_execution_id=fates.parent)
    children = [row for row in tree if row["parent_execution_id"] == fates.parent]
    assert len(tree) == 4
    assert sorted(row["status"] for row in children) == ["COMPLETED", "COMPLETED", "FAILED"]
    assert {row["workflow_name"] for row in children} == {"order"}


def test_pages_are_full_and_together_they_are_the_list(world: World, fates: Fates) -> None:
    whole = rows(world, search=fates.mark)
    for size in (1, 2, 5):
        for order in ("asc", "desc"):
            paged = rows(world, search=fates.mark, page_size=size, order=order)
            assert ids(paged) == ids(whole if order == "desc" else whole[::-1])


def test_sorting_by_end_puts_the_open_ones_at_the_end_of_time(world: World, fates: Fates) -> None:
    ended = rows(world, search=fates.mark, sort_by="end_time")
    assert ended[0]["execution_id"] == fates.waiting
    times = [row["end_time"] for row in ended[1:]]
    assert times == sorted(times, reverse=True)


def test_times_bound_the_list_inclusively(world: World, fates: Fates) -> None:
    by_start = rows(world, search=fates.mark, order="asc")
    middle = by_start[2]["start_time"]
    assert ids(rows(world, search=fates.mark, order="asc", start_time_after=middle)) == ids(
        by_start[2:]
    )
    assert ids(rows(world, search=fates.mark, order="asc", start_time_before=middle)) == ids(
        by_start[:3]
    )
    later = datetime.fromisoformat(middle) + timedelta(days=1)
    ended = rows(world, search=fates.mark, end_time_before=later.isoformat())
    assert fates.waiting not in ids(ended)
    assert len(ended) == 4


def test_waiting_executions_are_found_by_their_search_key(world: World, fates: Fates) -> None:
    for key in (
        "internal.execution.state==:waiting_for_input",
        "internal.execution.state:waiting",
        "internal.execution.state",
    ):
        assert ids(rows(world, search=fates.mark, search_key=key)) == [fates.waiting]
    for key in ("internal.execution.state==:running", "internal.execution.state==", "other"):
        assert rows(world, search=fates.mark, search_key=key) == []


def test_the_remaining_filters_narrow_the_list(world: World, fates: Fates) -> None:
    workflow_id = rows(world, search=fates.completed)[0]["workflow_id"]
    assert ids(rows(world, search=fates.mark, workflow_identifier=workflow_id)) == [fates.completed]
    assert ids(rows(world, search=fates.mark, workflow_identifier="failing-report")) == [
        fates.failed
    ]
    assert len(rows(world, search=fates.mark, user_id="current")) == 5
    assert rows(world, search=fates.mark, user_id="somebody-else") == []
    assert len(rows(world, search=fates.mark, deployment_name="sandbox")) == 5
    assert rows(world, search=fates.mark, deployment_name="elsewhere") == []
    assert rows(world, search=fates.mark, workflow_tags="none-has-it") == []
    assert len(rows(world, search=fates.mark, include_internal="false")) == 5


def test_a_reset_adds_a_run_to_the_same_execution(world: World) -> None:
    execution_id = world.start("daily-digest")
    world.ended(execution_id)
    world.http.post(f"/v1/workflows/executions/{execution_id}/reset", json={"event_id": 4})
    world.ended(execution_id)
    runs = rows(world, search=execution_id)
    assert len({row["run_id"] for row in runs}) == 2
    assert {row["status"] for row in runs} == {"COMPLETED"}
    for row in runs:
        found = world.http.get(f"/v1/workflows/runs/{row['run_id']}").json()
        assert (found["run_id"], found["execution_id"]) == (row["run_id"], execution_id)
