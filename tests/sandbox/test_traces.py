"""Traces of executions, from the spans of the real worker."""

from collections.abc import Iterator
from typing import Any

import pytest
from mistralai.client import Mistral
from mistralai.client.models import WorkflowExecutionProgressTraceEvent

from tests.sandbox import exports
from tests.sandbox.world import World, until
from tests.sandbox_process import Sandbox

WORKFLOWS = ("document-processing", "flaky-import", "failing-report", "order-batch")


@pytest.fixture(scope="session")
def official(sandbox: Sandbox) -> Iterator[Any]:
    with Mistral(api_key="any", server_url=sandbox.url) as client:
        yield client.workflows.executions


@pytest.fixture(scope="module")
def traced(world: World) -> dict[str, str]:
    """Ended executions whose spans have all arrived, by workflow."""
    started = {name: world.start(name) for name in WORKFLOWS}
    for execution_id in started.values():
        world.ended(execution_id)
        reported(world, execution_id)
    return started


def trace(world: World, execution_id: str, kind: str, **query: Any) -> dict[str, Any]:
    path = f"/v1/workflows/executions/{execution_id}/trace/{kind}"
    answer = world.http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def walk(node: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    """A span of a summary, and everything below it."""
    if node:
        yield node
        for child in node["children"]:
            yield from walk(child)


def otel_spans(otel: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        span
        for batch in otel["otel_trace_data"]["batches"]
        for scope in batch["scopeSpans"]
        for span in scope["spans"]
    ]


def summary(world: World, execution_id: str) -> list[dict[str, Any]]:
    return list(walk(trace(world, execution_id, "summary")["span_tree"]))


def named(found: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [each for each in found if each["name"] == name]


def reported(world: World, execution_id: str) -> None:
    """Wait for the last span of an execution; they are exported every five seconds."""
    last = f"CompleteWorkflow:{world.get(execution_id)['workflow_name']}"
    until(lambda: summary(world, execution_id), lambda found: named(found, last))


def test_every_trace_body_repeats_the_execution(world: World, traced: dict[str, str]) -> None:
    execution = world.get(traced["document-processing"])
    for kind in ("otel", "summary", "events"):
        body = trace(world, traced["document-processing"], kind)
        assert body | execution == body


def test_the_trace_id_is_the_one_that_the_worker_exports(
    world: World, traced: dict[str, str]
) -> None:
    for execution_id in traced.values():
        info = trace(world, execution_id, "info")
        assert info["has_trace_data"]
        otel = trace(world, execution_id, "otel")
        seen = {span["traceId"] for span in otel_spans(otel)}
        assert seen == {info["otel_trace_id"]} == {otel["otel_trace_id"]}


def test_a_callers_trace_id_is_kept(world: World) -> None:
    trace_id = exports.new_trace()
    traceparent = f"00-{trace_id}-{exports.new_span()}-01"
    execution_id = world.start("daily-digest", traceparent=traceparent)
    world.ended(execution_id)
    assert trace(world, execution_id, "info")["otel_trace_id"] == trace_id


def test_the_summary_nests_attempts_below_their_activity(
    world: World, traced: dict[str, str]
) -> None:
    tree = trace(world, traced["flaky-import"], "summary")["span_tree"]
    assert tree["name"] == "StartWorkflow:flaky-import"
    [fetch] = named(tree["children"], "StartActivity:fetch_records")
    runs = [each["name"] for each in fetch["children"]]
    assert runs == ["RunActivity:fetch_records"] * 3
    attempts = [each["children"][0] for each in fetch["children"]]
    assert [each["attributes"]["otel.status_code"] for each in attempts] == ["ERROR", "ERROR", "OK"]
    assert [each["attributes"]["wf.activity.attempt"] for each in attempts] == [1, 2, 3]
    failed = attempts[0]
    assert failed["attributes"]["otel.status_description"].startswith("ApplicationError: partner")
    [exception] = failed["events"]
    assert exception["type"] == "EVENT"
    assert exception["attributes"]["exception.message"].startswith("partner API")
    assert failed["end_time_unix_nano"] > failed["start_time_unix_nano"]


def test_a_parent_shows_the_spans_of_its_children(world: World, traced: dict[str, str]) -> None:
    found = summary(world, traced["order-batch"])
    assert len(named(found, "StartChildWorkflow:order")) == 3
    assert len(named(found, "ExecuteActivity:reserve_stock")) == 4


def test_a_child_shows_its_own_part_of_the_trace(world: World, traced: dict[str, str]) -> None:
    query = {"root_execution_id": traced["order-batch"]}
    runs = world.http.get("/v1/workflows/runs", params=query).json()["executions"]
    children = [row["execution_id"] for row in runs if row["parent_execution_id"]]
    assert len(children) == 3
    for child in children:
        tree = trace(world, child, "summary")["span_tree"]
        assert tree["name"] == "StartChildWorkflow:order"
        about = {each["attributes"].get("wf.workflow.execution_id") for each in walk(tree)}
        assert about == {child, None}
        assert len(named(list(walk(tree)), "WorkflowInit:order")) == 1


def test_the_workers_own_http_calls_are_noise(world: World, traced: dict[str, str]) -> None:
    names = {each["name"] for each in summary(world, traced["document-processing"])}
    assert not names & {"GET", "POST", "PATCH", "DELETE"}


def test_bookkeeping_is_flagged_and_keeps_its_arguments_to_itself(
    world: World, traced: dict[str, str]
) -> None:
    found = summary(world, traced["document-processing"])
    [registration] = named(found, "ExecuteActivity:__internal__register_execution")
    assert registration["attributes"]["wf.internal"] is True
    assert "wf.arguments" not in registration["attributes"]
    [indexing] = named(found, "ExecuteActivity:index_document")
    assert indexing["attributes"]["wf.internal"] is False
    assert indexing["attributes"]["wf.arguments"]
    for span in otel_spans(trace(world, traced["document-processing"], "otel")):
        if "__internal__" in span["name"]:
            assert not {"wf.arguments", "wf.result"} & {each["key"] for each in span["attributes"]}


def test_events_pair_starts_and_ends(world: World, traced: dict[str, str]) -> None:
    events = trace(world, traced["flaky-import"], "events")["events"]
    times = [each["timestamp_unix_nano"] for each in events]
    assert times == sorted(times)
    fetches = [each for each in events if each["name"] == "fetch_records"]
    assert [each["status"] for each in fetches] == [
        *("RUNNING", "FAILED", "RUNNING", "FAILED"),
        *("RUNNING", "COMPLETED"),
    ]
    assert "wf.result" not in fetches[4]["attributes"]
    assert fetches[5]["attributes"]["wf.result"]
    ids = [each["id"] for each in fetches]
    assert ids[::2] == ids[1::2]
    assert len(set(ids)) == 3
    assert [each["end_time_unix_ms"] for each in fetches[::2]] == [None] * 3


def test_merged_events_hold_one_record_per_thing(official: Any, traced: dict[str, str]) -> None:
    found = official.get_workflow_execution_trace_events(
        execution_id=traced["document-processing"], merge_same_id_events=True
    ).events
    assert all(isinstance(each, WorkflowExecutionProgressTraceEvent) for each in found)
    assert {(each.type, each.status, each.internal) for each in found} == {
        ("EVENT_PROGRESS", "COMPLETED", False)
    }
    assert [each.name for each in found] == ["document", *["extract_page"] * 3, "index_document"]
    task, *activities = found
    assert task.attributes["task.final_state"]
    assert all(each.start_time_unix_ms <= each.end_time_unix_ms for each in found)
    assert task.end_time_unix_ms >= activities[2].end_time_unix_ms


def test_failed_attempts_say_why(official: Any, traced: dict[str, str]) -> None:
    found = official.get_workflow_execution_trace_events(
        execution_id=traced["failing-report"], merge_same_id_events=True
    ).events
    attempts = [each for each in found if each.name == "render_report"]
    assert [each.status for each in attempts] == ["FAILED"] * 3
    assert all("net_revenue" in each.error for each in attempts)
    exceptions = [each for each in found if each.name == "exception"]
    assert len(exceptions) == 4, "each attempt's, and the workflow's"


def test_bookkeeping_is_told_only_when_asked_for(world: World, traced: dict[str, str]) -> None:
    execution_id = traced["document-processing"]
    shown = trace(world, execution_id, "events")["events"]
    everything = trace(world, execution_id, "events", include_internal_events=True)["events"]
    internal = [each for each in everything if each["internal"]]
    assert [each for each in everything if not each["internal"]] == shown
    assert {"__internal__register_execution", "__internal__emit_task_completed"} <= {
        each["name"] for each in internal
    }


def test_signals_and_updates_are_told_and_queries_leave_no_trace(world: World) -> None:
    execution_id = world.start("expense-approval")
    asked = world.pending(execution_id)
    path = f"/v1/workflows/executions/{execution_id}"
    world.http.post(f"{path}/signals", json={"name": "note", "input": {"text": "hi"}})
    answer = {"task_id": asked["task_id"], "input": {"approved": True}}
    world.http.post(f"{path}/updates", json={"name": "__submit_input", "input": answer})
    world.ended(execution_id)
    reported(world, execution_id)
    query = {"merge_same_id_events": True, "include_internal_events": True}
    told = until(
        lambda: {
            each["name"]: each for each in trace(world, execution_id, "events", **query)["events"]
        },
        lambda told: {"note", "__submit_input"} <= told.keys(),
    )
    assert told["note"]["status"] == "COMPLETED"
    assert told["__submit_input"]["internal"]
    assert "__get_pending_inputs" not in told


def test_two_executions_of_one_caller_do_not_mix(world: World) -> None:
    traceparent = f"00-{exports.new_trace()}-{exports.new_span()}-01"
    digest = world.start("daily-digest", traceparent=traceparent)
    report = world.start("failing-report", traceparent=traceparent)
    for execution_id in (digest, report):
        world.ended(execution_id)
        reported(world, execution_id)
    for mine, other in ((digest, report), (report, digest)):
        found = summary(world, mine)
        about = {each["attributes"].get("temporalWorkflowID") for each in found}
        assert mine in about
        assert other not in about
        assert len(found) > 15
