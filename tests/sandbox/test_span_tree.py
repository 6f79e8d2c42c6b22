"""How spans become a tree and records, when they come late, cut off, or from strangers."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from sandbox import span_tree, spans, trace_events
from sandbox.executions import ExecutionView
from sandbox.spans import Span
from tests.sandbox import exports

VIEW = ExecutionView(
    workflow_name="order",
    workflow_id=None,
    execution_id="e-1",
    run_id="r-1",
    root_execution_id="e-1",
    parent_execution_id=None,
    task_queue="sandbox",
    status="RUNNING",
    start_time=datetime(2027, 1, 15, tzinfo=UTC),
    end_time=None,
    otel_trace_id=None,
)
TRACE = exports.new_trace()


def received(*sent: exports.Span) -> list[Span]:
    """What the sandbox reads from an export."""
    return list(spans.from_otlp(exports.traces(*sent)))


def shape(node: span_tree.Node) -> Any:
    """The names of a tree, nested."""
    return {node.span.name: [shape(child) for child in node.children]}


def test_a_trace_without_spans_of_the_execution_has_no_tree() -> None:
    assert span_tree.grow(VIEW, []) is None
    strange = exports.span(TRACE, "StartWorkflow:order", temporalWorkflowID="e-2")
    assert span_tree.grow(VIEW, received(strange)) is None


def test_a_root_that_has_not_arrived_is_stood_in_for() -> None:
    root, start = exports.new_span(), exports.new_span()
    found = received(
        exports.span(TRACE, "RunActivity:pack", parent=start, temporalWorkflowID="e-1"),
        exports.span(
            TRACE, "StartActivity:pack", span_id=start, parent=root, temporalWorkflowID="e-1"
        ),
    )
    tree = span_tree.grow(VIEW, found)
    assert tree is not None
    assert shape(tree) == {
        "StartWorkflow:order": [{"StartActivity:pack": [{"RunActivity:pack": []}]}]
    }
    assert tree.span.span_id == root
    assert tree.span.start_ns == 1_800_000_000_000_000_000 - 28_800 * 10**9


def test_spans_in_a_circle_or_far_too_deep_all_find_a_place() -> None:
    ids = [exports.new_span() for _ in range(500)]
    chain = [
        exports.span(TRACE, "deep", span_id=each, parent=above, temporalWorkflowID="e-1")
        for above, each in pairwise(ids)
    ]
    circle = exports.span(
        TRACE, "StartWorkflow:order", span_id=ids[0], parent=ids[-1], temporalWorkflowID="e-1"
    )
    tree = span_tree.grow(VIEW, received(*chain, circle))
    assert tree is not None
    assert sum(1 for _ in tree.walk()) == 500


def test_a_span_without_an_execution_belongs_to_the_one_around_it() -> None:
    activity, call = exports.new_span(), exports.new_span()
    found = received(
        exports.span(TRACE, "ExecuteActivity:pay", span_id=activity, temporalWorkflowID="e-1"),
        exports.span(TRACE, "POST", span_id=call, parent=activity, http__url="https://bank/pay"),
    )
    tree = span_tree.grow(VIEW, found)
    assert tree is not None
    assert [node.span.name for node in tree.walk()][1:] == ["ExecuteActivity:pay", "POST"]


def test_what_an_open_execution_is_doing_is_running_and_a_termination_cuts_it_off() -> None:
    found = received(
        exports.span(TRACE, "StartActivity:pack", temporalWorkflowID="e-1"),
        exports.span(
            TRACE,
            "Task:upload",
            temporalWorkflowID="e-1",
            wf__type="custom_task",
            task__id="t-1",
            task__type="upload",
            task__lifecycle="started",
        ),
    )
    tree = span_tree.grow(VIEW, found)
    assert tree is not None
    running = trace_events.records(VIEW, tree, merged=True, internal=False)
    assert {(each["name"], each["status"]) for each in running} == {
        ("pack", "RUNNING"),
        ("upload", "RUNNING"),
    }
    ended = datetime(2027, 1, 16, tzinfo=UTC)
    terminated = replace(VIEW, status="TERMINATED", end_time=ended)
    cut = trace_events.records(terminated, tree, merged=True, internal=False)
    assert {(each["name"], each["status"], each["error"]) for each in cut} == {
        ("pack", "FAILED", "the execution ended: TERMINATED"),
        ("upload", "FAILED", "the execution ended: TERMINATED"),
    }
    assert {each["end_time_unix_ms"] for each in cut} == {int(ended.timestamp() * 1000)}


def test_an_attempt_that_ends_without_a_verdict_was_cancelled() -> None:
    span = exports.span(TRACE, "ExecuteActivity:pack", length_ns=5_000_000, wf__type="activity")
    span.attributes.extend(exports.pairs({"temporalWorkflowID": "e-1"}))
    tree = span_tree.grow(VIEW, received(span))
    assert tree is not None
    [record] = trace_events.records(VIEW, tree, merged=True, internal=False)
    assert (record["status"], record["error"]) == ("FAILED", "cancelled")
    assert record["end_time_unix_ms"] - record["start_time_unix_ms"] == 5


def test_progress_that_a_program_reports_itself_is_read() -> None:
    span = exports.span(TRACE, "CustomEvent:copy", temporalWorkflowID="e-1")
    for status, end in (("RUNNING", None), ("COMPLETED", 1_800_000_000_400)):
        event = span.events.add()
        event.name = "copy"
        event.time_unix_nano = end * 10**6 if end else span.start_time_unix_nano
        given = {
            "wf.type": "EVENT_PROGRESS",
            "wf.id": "c-1",
            "wf.progress.status": status,
            "wf.progress.start_time_unix_ms": 1_800_000_000_000,
        }
        event.attributes.extend(exports.pairs(given))
        if end:
            event.attributes.extend(exports.pairs({"wf.progress.end_time_unix_ms": end}))
    tree = span_tree.grow(VIEW, received(span))
    assert tree is not None
    [record] = trace_events.records(VIEW, tree, merged=True, internal=False)
    assert (record["id"], record["status"]) == ("c-1", "COMPLETED")
    assert record["end_time_unix_ms"] - record["start_time_unix_ms"] == 400
