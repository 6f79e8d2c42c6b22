"""What happened during an execution, as flat records, read from its spans."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sandbox import otlp
from sandbox.executions import ExecutionView
from sandbox.span_tree import Node
from sandbox.spans import Event, Span

# The worker's spans of a true length, one per attempt (mistralai-workflows 3.16.0).
_TIMED = ("activity", "signal", "query", "update")
# Spans of Temporal's interceptor that repeat the exceptions of the worker's.
_ECHOES = ("RunActivity:", "CompleteWorkflow:")
# Executions that end so have no chance to report: what they were doing is cut off.
_CUT_OFF = ("TERMINATED", "TIMED_OUT")

type Record = dict[str, Any]


def records(view: ExecutionView, tree: Node, *, merged: bool, internal: bool) -> list[Record]:
    """All records by time; `merged` folds those that share an id, the latest word counts."""
    shown = [each for each in _all(view, tree) if internal or not each["internal"]]
    shown.sort(key=lambda each: each["timestamp_unix_nano"])
    return _merged(shown) if merged else shown


def of_span(span: Span) -> list[Record]:
    """The events of one span, each once: the worker reports an exception twice on its way out."""
    found: dict[str, Record] = {}
    for index, event in enumerate(span.events):
        said = {key: each for key, each in event.attributes.items() if "stacktrace" not in key}
        found.setdefault(json.dumps([event.name, said]), _event(span, event, index))
    return list(found.values())


def attributes(found: dict[str, Any]) -> dict[str, Any]:
    """Attributes as the API allows them: scalars, and lists."""
    return {key: otlp.text(each) if isinstance(each, dict) else each for key, each in found.items()}


def _all(view: ExecutionView, tree: Node) -> Iterator[Record]:
    tasks: dict[str, list[Span]] = defaultdict(list)
    for node in tree.walk():
        span = node.span
        kind = span.attributes.get("wf.type")
        if kind in _TIMED:
            yield from _attempt(span)
        elif kind == "custom_task":
            tasks[str(span.attributes.get("task.id", span.span_id))].append(span)
        elif span.name.startswith("StartActivity:") and not node.children:
            yield from _unreported(view, span)
        if not span.name.startswith(_ECHOES):
            yield from of_span(span)
    for task_id, states in tasks.items():
        yield from _task(view, task_id, states)


def _attempt(span: Span) -> Iterator[Record]:
    record_id = str(span.attributes.get("wf.id", span.span_id))
    name = str(span.attributes.get("wf.event_type", span.name))
    start = _progress(span, record_id, name, span.start_ns, "RUNNING")
    known = {key: each for key, each in start["attributes"].items() if key != "wf.result"}
    yield start | {"attributes": known}
    # A cancelled attempt ends without any verdict.
    failure = None if span.status == "OK" else _failure(span) or "cancelled"
    yield _ended(start, span.end_ns, failure)


def _task(view: ExecutionView, task_id: str, states: Sequence[Span]) -> Iterator[Record]:
    states = sorted(states, key=lambda each: each.start_ns)
    first = states[0]
    name = str(first.attributes.get("task.type", first.name))
    for span in states:
        record = _progress(span, task_id, name, first.start_ns, "RUNNING")
        record["timestamp_unix_nano"] = span.start_ns
        match span.attributes.get("task.lifecycle"):
            case "completed":
                yield _ended(record, span.start_ns, None)
                return
            case "failed":
                yield _ended(record, span.start_ns, _failure(span) or "failed")
                return
        yield record
    yield from _cut_off(view, record)


def _unreported(view: ExecutionView, span: Span) -> Iterator[Record]:
    """An activity that was scheduled, and of which no attempt has ended yet."""
    name = span.name.partition(":")[2]
    record = _progress(span, span.span_id, name, span.start_ns, "RUNNING")
    if view.open or view.status in _CUT_OFF:
        yield record
    yield from _cut_off(view, record)


def _cut_off(view: ExecutionView, record: Record) -> Iterator[Record]:
    if view.status in _CUT_OFF and view.end_time is not None:
        end_ns = int(view.end_time.timestamp() * 1000) * 10**6
        yield _ended(record, end_ns, f"the execution ended: {view.status}")


def _progress(span: Span, record_id: str, name: str, start_ns: int, status: str) -> Record:
    return {
        "type": "EVENT_PROGRESS",
        "name": name,
        "id": record_id,
        "timestamp_unix_nano": start_ns,
        "attributes": attributes(span.attributes),
        "internal": span.internal,
        "status": status,
        "start_time_unix_ms": start_ns // 10**6,
        "end_time_unix_ms": None,
        "error": None,
    }


def _ended(record: Record, end_ns: int, failure: str | None) -> Record:
    return record | {
        "timestamp_unix_nano": end_ns,
        "status": "FAILED" if failure else "COMPLETED",
        "end_time_unix_ms": end_ns // 10**6,
        "error": failure,
    }


def _failure(span: Span) -> str:
    """Why a span failed; empty when it says nothing."""
    said = span.attributes.get("error.message") or span.message
    if not said and span.events:
        found = span.events[-1].attributes
        said = f"{found.get('exception.type')}: {found.get('exception.message')}"
    return str(said or "")


def _event(span: Span, event: Event, index: int) -> Record:
    given = event.attributes
    record = {
        "type": "EVENT",
        "name": event.name,
        "id": str(given.get("wf.id", f"{span.span_id}-{index}")),
        "timestamp_unix_nano": event.time_ns,
        "attributes": attributes(given),
        "internal": bool(given.get("wf.internal")) or span.internal,
    }
    started = given.get("wf.progress.start_time_unix_ms")
    if given.get("wf.type") != "EVENT_PROGRESS" or not isinstance(started, int):
        return record
    ended = given.get("wf.progress.end_time_unix_ms")
    return record | {
        "type": "EVENT_PROGRESS",
        "status": str(given.get("wf.progress.status", "RUNNING")),
        "start_time_unix_ms": started,
        "end_time_unix_ms": ended if isinstance(ended, int) else None,
        "error": given.get("wf.progress.error"),
    }


def _merged(shown: Sequence[Record]) -> list[Record]:
    found: dict[str, Record] = {}
    for each in shown:
        before = found.get(each["id"], each)
        found[each["id"]] = each | {
            "timestamp_unix_nano": before["timestamp_unix_nano"],
            "attributes": before["attributes"] | each["attributes"],
        }
    return list(found.values())
