"""Event streams as any SSE client sees them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from httpx_sse import ServerSentEvent, connect_sse

from sandbox import streams
from tests.sandbox.world import World, events_of


def frames(world: World, path: str, **query: Any) -> Iterator[ServerSentEvent]:
    """Every frame until the server closes the stream."""
    with connect_sse(world.http, "GET", f"/v1/workflows/{path}", params=query) as source:
        yield from events_of(source)


@pytest.fixture(scope="module")
def processed(world: World) -> str:
    """A document that was processed."""
    execution_id = world.start("document-processing")
    world.ended(execution_id)
    return execution_id


def kinds(seen: list[ServerSentEvent]) -> list[str]:
    return [json.loads(frame.data)["data"]["event_type"] for frame in seen]


def test_a_stream_opened_early_goes_on_to_the_end_and_closes(world: World) -> None:
    execution_id = world.start("flaky-import")
    seen = list(frames(world, f"executions/{execution_id}/stream"))
    assert kinds(seen).count("ACTIVITY_TASK_RETRYING") == 2
    assert "WORKFLOW_EXECUTION_COMPLETED" in kinds(seen)
    sequences = [json.loads(frame.data)["broker_sequence"] for frame in seen]
    assert sequences == sorted(set(sequences))
    assert [frame.id for frame in seen] == [str(each) for each in sequences]


def test_the_server_fills_in_the_chain_that_the_worker_leaves_empty(world: World) -> None:
    execution_id = world.start("order-batch", input={"orders": 1})
    seen = [json.loads(f.data)["data"] for f in frames(world, f"executions/{execution_id}/stream")]
    first_run = world.get(execution_id)["run_id"]
    assert {event["chain_run_id"] for event in seen} == {first_run}
    assert len({event["workflow_exec_id"] for event in seen}) == 2


def test_stored_events_can_be_read_without_following(world: World) -> None:
    execution_id = world.start("expense-approval")
    world.pending(execution_id)
    seen = list(frames(world, f"executions/{execution_id}/stream", event_source="DATABASE"))
    assert "CUSTOM_TASK_STARTED" in kinds(seen)
    world.http.post(f"/v1/workflows/executions/{execution_id}/terminate")


def test_resuming_by_header_misses_and_repeats_nothing(world: World, processed: str) -> None:
    path = f"/v1/workflows/executions/{processed}/stream"
    everything = [frame.id for frame in frames(world, f"executions/{processed}/stream")]
    for cut in (0, len(everything) // 2, len(everything) - 1):
        headers = {"last-event-id": everything[cut]}
        with connect_sse(world.http, "GET", path, headers=headers) as source:
            assert [frame.id for frame in events_of(source)] == everything[cut + 1 :]


def test_live_begins_with_what_comes(world: World) -> None:
    execution_id = world.start("expense-approval")
    asked = world.pending(execution_id)
    path = f"/v1/workflows/executions/{execution_id}/stream"
    with connect_sse(world.http, "GET", path, params={"event_source": "LIVE"}) as source:
        body = {"task_id": asked["task_id"], "input": {"approved": False}}
        world.http.post(
            f"/v1/workflows/executions/{execution_id}/updates",
            json={"name": "__submit_input", "input": body},
        )
        seen = kinds(list(events_of(source)))
    assert "WORKFLOW_EXECUTION_STARTED" not in seen
    assert "CUSTOM_TASK_COMPLETED" in seen
    assert "WORKFLOW_EXECUTION_COMPLETED" in seen


def test_an_end_without_an_event_closes_the_stream(world: World) -> None:
    execution_id = world.start("long-sync", input={"seconds": 3600})
    path = f"/v1/workflows/executions/{execution_id}/stream"
    with connect_sse(world.http, "GET", path) as source:
        arriving = events_of(source)
        next(arriving)
        world.http.post(f"/v1/workflows/executions/{execution_id}/terminate")
        rest = kinds(list(arriving))
    assert not any(kind.startswith("WORKFLOW_EXECUTION_F") for kind in rest)
    assert world.get(execution_id)["status"] == "TERMINATED"


def test_a_false_end_does_not_close_the_stream(world: World) -> None:
    execution_id = world.start("stuck-code")
    path = f"/v1/workflows/executions/{execution_id}/stream"
    failures = 0
    with connect_sse(world.http, "GET", path) as source:
        for frame in events_of(source):
            event = json.loads(frame.data)["data"]
            failures += event["event_type"] == "WORKFLOW_EXECUTION_FAILED"
            if failures == 2:
                break
    assert world.get(execution_id)["status"] == "RUNNING"
    world.http.post(f"/v1/workflows/executions/{execution_id}/terminate")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"scope": "workflow"}, lambda event: not event["event_type"].startswith("ACTIVITY")),
        ({"stream": "activity"}, lambda event: event["event_type"].startswith("ACTIVITY")),
        (
            {"activity_name": "extract_page"},
            lambda event: event["attributes"].get("activity_name") == "extract_page",
        ),
        (
            {"workflow_event_types": ["CUSTOM_TASK_STARTED", "CUSTOM_TASK_COMPLETED"]},
            lambda event: event["event_type"] in ("CUSTOM_TASK_STARTED", "CUSTOM_TASK_COMPLETED"),
        ),
        ({"workflow_name": "another"}, lambda event: False),
        ({"tier": "gold"}, lambda event: False),
        ({"scope": "*", "workflow_name": "*", "stream": "*"}, lambda event: True),
    ],
)
def test_the_events_stream_filters(
    world: World, processed: str, query: dict[str, Any], expected: Any
) -> None:
    everything = [
        json.loads(frame.data)["data"]
        for frame in frames(world, "events/stream", workflow_exec_id=processed)
    ]
    seen = [
        json.loads(frame.data)["data"]["event_id"]
        for frame in frames(world, "events/stream", workflow_exec_id=processed, **query)
    ]
    assert seen == [event["event_id"] for event in everything if expected(event)]


def test_a_silent_stream_beats_its_heart_in_comments(world: World) -> None:
    execution_id = world.start("long-sync", input={"seconds": 3600})
    path = f"/v1/workflows/executions/{execution_id}/stream"
    with world.http.stream("GET", path, params={"event_source": "LIVE"}) as response:
        assert any(line.startswith(":") for line in response.iter_lines())
    assert streams.PING_SECONDS <= 15
    world.http.post(f"/v1/workflows/executions/{execution_id}/terminate")


def test_the_list_of_the_whole_workspace_can_be_polled(world: World) -> None:
    start = world.http.get("/v1/workflows/events/list", params={"limit": 1000}).json()
    cursor = start["next_cursor"]
    execution_id = world.start("daily-digest")
    world.ended(execution_id)
    page = world.http.get("/v1/workflows/events/list", params={"cursor": cursor}).json()
    assert page["next_cursor"]
    while page["events"] and not any(
        event["workflow_exec_id"] == execution_id for event in page["events"]
    ):
        query = {"cursor": page["next_cursor"]}
        page = world.http.get("/v1/workflows/events/list", params=query).json()
    assert page["events"]
