"""Logs of executions: pages and streams, of made-up records and of the real worker's."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx_sse import ServerSentEvent, connect_sse
from mistralai.client import Mistral

from sandbox import logs
from tests.sandbox import exports
from tests.sandbox.world import World, events_of, until
from tests.sandbox_process import Sandbox

START = datetime(2027, 1, 15, 8, tzinfo=UTC)
START_NS = int(START.timestamp()) * 10**9


@pytest.fixture(scope="module")
def logged(world: World) -> str:
    """An ended execution with ten records, one a second, that arrived in another order."""
    execution_id = world.start("daily-digest")
    world.ended(execution_id)
    for number in (5, 6, 7, 8, 9, 0, 1, 2, 3, 4):
        record = exports.log(
            execution_id,
            f"record {number}",
            START_NS + number * 10**9,
            workflowRunID="r-even" if number % 2 == 0 else "r-odd",
            temporalActivityID=str(number // 5),
        )
        assert exports.send(world, exports.logs(record)).status_code == 200
    return execution_id


def page(world: World, execution_id: str, **query: Any) -> dict[str, Any]:
    answer = world.http.get(f"/v1/workflows/executions/{execution_id}/logs", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def bodies(found: dict[str, Any]) -> list[int]:
    return [int(each["body"].removeprefix("record ")) for each in found["results"]]


def at(second: float) -> str:
    return (START + timedelta(seconds=second)).isoformat()


def frames(
    world: World, execution_id: str, *, header: str | None = None, **query: Any
) -> Iterator[ServerSentEvent]:
    """Every frame until the server closes the stream."""
    path = f"/v1/workflows/executions/{execution_id}/logs/stream"
    headers = {"last-event-id": header} if header else {}
    with connect_sse(world.http, "GET", path, params=query, headers=headers) as source:
        yield from events_of(source)


def said(seen: list[ServerSentEvent]) -> list[int]:
    return [int(json.loads(each.data)["body"].removeprefix("record ")) for each in seen]


def test_pages_follow_the_time_of_the_records(world: World, logged: str) -> None:
    assert bodies(page(world, logged)) == list(range(10))
    assert bodies(page(world, logged, order="desc")) == list(range(9, -1, -1))


def test_a_cursor_remembers_the_window_and_the_order(world: World, logged: str) -> None:
    found = page(world, logged, order="desc", after=at(2), before=at(8), limit=2)
    seen = bodies(found)
    while cursor := found["next_cursor"]:
        found = page(world, logged, cursor=cursor, limit=2, order="asc", before=at(3))
        seen += bodies(found)
    assert seen == [7, 6, 5, 4, 3, 2]


def test_the_window_includes_its_start_and_not_its_end(world: World, logged: str) -> None:
    times = [each["timestamp"] for each in page(world, logged)["results"]]
    assert bodies(page(world, logged, after=times[3], before=times[5])) == [3, 4]
    assert bodies(page(world, logged, after=at(8.5))) == [9]
    ever = page(world, logged, after="0001-01-01T00:00:00", before="9999-12-31")
    assert bodies(ever) == list(range(10))


def test_runs_and_activities_narrow_a_search(world: World, logged: str) -> None:
    assert bodies(page(world, logged, run_id="r-odd")) == [1, 3, 5, 7, 9]
    assert bodies(page(world, logged, run_id="r-odd", activity_id="1")) == [5, 7, 9]
    assert bodies(page(world, logged, run_id="nobody")) == []


@pytest.mark.parametrize(
    "query",
    [
        *({"limit": 0}, {"limit": 1001}),
        *({"order": "sideways"}, {"after": "yesterday"}),
        *({"cursor": "no cursor"}, {"cursor": "e30="}),
    ],
)
def test_a_bad_search_answers_422(world: World, logged: str, query: dict[str, Any]) -> None:
    answer = world.http.get(f"/v1/workflows/executions/{logged}/logs", params=query)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", *query]


@pytest.mark.parametrize("path", ["logs", "logs/stream"])
def test_logs_of_nobody_answer_404(world: World, path: str) -> None:
    answer = world.http.get(f"/v1/workflows/executions/nobody/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "workflow_not_found")


def test_the_workers_json_becomes_a_line_for_people(world: World) -> None:
    execution_id = world.start("daily-digest")
    body = {
        "event": "Page read",
        "page": 3,
        "title": "Invoice",
        "tags": ["a"],
        **dict.fromkeys(("logger", "level", "timestamp", "pathname", "lineno"), "frame"),
        "workflow.execution_id": execution_id,
        "otel.trace_id": "ab" * 16,
        "__internal_execution_token": "secret",
    }
    attributes = {
        "code.line.number": 7,
        "exception.type": "ValueError",
        "exception.message": "too blurred",
        "nested": {"deep": [True]},
        "__internal_execution_token": "secret",
    }
    records = [
        exports.log(execution_id, json.dumps(body), START_NS, **attributes),
        exports.log(execution_id, '{"not": "of structlog"}', START_NS + 1),
        exports.log(execution_id, {"event": "a map"}, START_NS + 2),
        exports.log(execution_id, None, START_NS + 3),
    ]
    exports.send(world, exports.logs(*records))
    found = page(world, execution_id)["results"]
    assert [each["body"] for each in found] == [
        'Page read page=3 title=Invoice tags=["a"]\nValueError: too blurred',
        '{"not": "of structlog"}',
        "a map",
        "",
    ]
    assert found[0]["log_attributes"] == {
        "workflowExecutionID": execution_id,
        "code.line.number": "7",
        "exception.type": "ValueError",
        "exception.message": "too blurred",
        "nested": '{"deep": [true]}',
    }
    assert [each["severity_text"] for each in found] == ["INFO"] * 4
    assert (found[0]["trace_id"], found[0]["span_id"]) == ("ab" * 16, "")
    assert found[1]["trace_id"] == ""


def test_failed_workflow_code_is_found_although_its_record_names_no_execution(
    world: World,
) -> None:
    execution_id = world.start("stuck-code")
    found = until(lambda: page(world, execution_id)["results"], bool)
    world.http.post(f"/v1/workflows/executions/{execution_id}/terminate")
    assert found[0]["severity_text"] == "WARN"
    assert found[0]["body"].endswith("KeyError: CHF")


def test_retried_activities_leave_their_reasons(world: World, sandbox: Sandbox) -> None:
    execution_id = world.start("flaky-import")
    run_id = world.ended(execution_id)["run_id"]
    with Mistral(api_key="any", server_url=sandbox.url) as client:
        found = until(
            lambda: (
                client.workflows.executions.get_workflow_execution_logs(
                    execution_id=execution_id, run_id=str(run_id)
                ).results
            ),
            lambda results: len(results) == 2,
        )
    assert all("partner API answered 503" in each.body for each in found)
    assert [each.log_attributes["temporalActivityID"] for each in found] == ["3", "3"]


def test_a_stream_tells_in_order_of_arrival_and_closes_after_the_end(
    world: World, logged: str
) -> None:
    seen = list(frames(world, logged))
    assert said(seen) == [5, 6, 7, 8, 9, 0, 1, 2, 3, 4]
    assert {each.event for each in seen} == {"log"}
    assert [int(each.id) for each in seen] == sorted({int(each.id) for each in seen})


def test_a_stream_goes_on_behind_the_last_id_and_then_forgets_its_start(
    world: World, logged: str
) -> None:
    ids = [each.id for each in frames(world, logged)]
    assert said(list(frames(world, logged, after=at(8)))) == [8, 9]
    assert said(list(frames(world, logged, last_event_id=ids[4], after=at(8)))) == [0, 1, 2, 3, 4]
    by_both = frames(world, logged, header=ids[7], last_event_id=ids[0])
    assert said(list(by_both)) == [3, 4]
    assert said(list(frames(world, logged, activity_id="1", header=ids[2]))) == [8, 9]


@pytest.mark.parametrize("bad", ["x", "-1", "1" * 5000])
def test_a_foreign_last_event_id_answers_422(world: World, logged: str, bad: str) -> None:
    path = f"/v1/workflows/executions/{logged}/logs/stream"
    answer = world.http.get(path, params={"last_event_id": bad})
    assert answer.status_code == 422


def test_a_stream_brings_what_comes_while_it_is_open(world: World) -> None:
    execution_id = world.start("long-sync", input={"seconds": 3600})
    arriving = frames(world, execution_id)
    for number in range(3):
        record = exports.log(execution_id, f"record {number}", START_NS)
        exports.send(world, exports.logs(record))
        assert said([next(arriving)]) == [number]
    world.http.post(f"/v1/workflows/executions/{execution_id}/terminate")
    assert list(arriving) == []


def test_somebody_elses_news_does_not_keep_a_stream_open(world: World, sandbox: Sandbox) -> None:
    other = world.start("long-sync", input={"seconds": 3600})
    ended = world.start("daily-digest")
    world.ended(ended)
    closed = threading.Event()

    def chatter() -> None:
        with World(sandbox.url) as elsewhere:
            while not closed.is_set():
                exports.send(elsewhere, exports.logs(exports.log(other, "chatter", START_NS)))

    talking = threading.Thread(target=chatter)
    talking.start()
    try:
        assert list(frames(world, ended)) == []
    finally:
        closed.set()
        talking.join()
        world.http.post(f"/v1/workflows/executions/{other}/terminate")


def test_a_silent_stream_beats_its_heart_in_comments(world: World) -> None:
    execution_id = world.start("long-sync", input={"seconds": 3600})
    path = f"/v1/workflows/executions/{execution_id}/logs/stream"
    with world.http.stream("GET", path) as response:
        assert any(line.startswith(":") for line in response.iter_lines())
    assert logs.PING_SECONDS <= 15
    world.http.post(f"/v1/workflows/executions/{execution_id}/terminate")
