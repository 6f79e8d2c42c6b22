"""Spans as workers send them, kept by trace."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from sandbox import otlp
from sandbox.store import transaction

# One span id can stand twice in a trace: the worker gives the root span of an execution the id of
# the span that its caller named, and a caller may start two executions under one span.
SCHEMA = """
CREATE TABLE IF NOT EXISTS spans (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, trace_id TEXT NOT NULL, span_id TEXT NOT NULL,
  parent_id TEXT NOT NULL, execution_id TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
  start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL, status TEXT NOT NULL, message TEXT NOT NULL,
  attributes TEXT NOT NULL, events TEXT NOT NULL, scope TEXT NOT NULL, resource TEXT NOT NULL,
  UNIQUE (trace_id, span_id, execution_id));
"""

# An execution of two activities leaves about 40 spans.
MAX_SPANS = 200_000

# The worker's own calls to this API, seen by its HTTP instrumentation.
_HTTP_SCOPE = "opentelemetry.instrumentation.httpx"
_OWN_CALLS = ("/v1/workflows/", "/v2/workflows/", "/telemetry/")

_KINDS = {number: name for name, number in OtlpSpan.SpanKind.items()}
_STATUS = {Status.STATUS_CODE_UNSET: "UNSET", Status.STATUS_CODE_OK: "OK"}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened during a span."""

    name: str
    time_ns: int
    attributes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """One span: hexadecimal ids, an empty `parent_id` for a root, status UNSET, OK or ERROR."""

    trace_id: str
    span_id: str
    parent_id: str
    execution_id: str
    name: str
    kind: str
    start_ns: int
    end_ns: int
    status: str
    message: str
    attributes: dict[str, Any]
    events: tuple[Event, ...]
    scope: str
    resource: dict[str, Any]

    @property
    def internal(self) -> bool:
        """Bookkeeping of the worker, which marks nothing so itself (mistralai-workflows 3.16.0)."""
        return ":__" in self.name or bool(self.attributes.get("wf.internal"))


def from_otlp(sent: ExportTraceServiceRequest) -> Iterator[Span]:
    """The spans of a request, without the worker's own HTTP calls."""
    for group in sent.resource_spans:
        resource = otlp.attributes(group.resource.attributes)
        for scoped in group.scope_spans:
            for span in scoped.spans:
                found = _span(span, scoped.scope.name, resource)
                if not _is_noise(found):
                    yield found


def put(db: sqlite3.Connection, found: Iterable[Span], keep: int = MAX_SPANS) -> None:
    """Keep spans; one that an exporter sends again is kept once, the oldest give way."""
    with transaction(db):
        db.executemany(
            "INSERT OR IGNORE INTO spans (trace_id, span_id, parent_id, execution_id, name, kind,"
            " start_ns, end_ns, status, message, attributes, events, scope, resource)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            map(_row, found),
        )
        db.execute(
            "DELETE FROM spans WHERE sequence <= (SELECT max(sequence) FROM spans) - ?",
            (keep,),
        )


def of_trace(db: sqlite3.Connection, trace_id: str) -> list[Span]:
    """Every span of a trace, in order of start."""
    rows = db.execute(
        "SELECT * FROM spans WHERE trace_id = ? ORDER BY start_ns, sequence", (trace_id,)
    )
    return [_from_row(row) for row in rows]


def has_trace(db: sqlite3.Connection, trace_id: str) -> bool:
    """Whether any span of a trace has arrived."""
    row = db.execute("SELECT 1 FROM spans WHERE trace_id = ? LIMIT 1", (trace_id,)).fetchone()
    return row is not None


def _span(span: OtlpSpan, scope: str, resource: dict[str, Any]) -> Span:
    attributes = otlp.attributes(span.attributes)
    if ":__internal_" in span.name:
        # The arguments of the execution's registration hold the hash of its token.
        attributes.pop("wf.arguments", None)
        attributes.pop("wf.result", None)
    return Span(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        execution_id=_execution_id(attributes),
        name=span.name,
        kind=_KINDS.get(span.kind, "SPAN_KIND_INTERNAL"),
        start_ns=otlp.nanoseconds(span.start_time_unix_nano),
        end_ns=otlp.nanoseconds(span.end_time_unix_nano),
        status=_STATUS.get(span.status.code, "ERROR"),
        message=span.status.message,
        attributes=attributes,
        events=tuple(
            Event(
                each.name,
                otlp.nanoseconds(each.time_unix_nano),
                otlp.attributes(each.attributes),
            )
            for each in span.events
        ),
        scope=scope,
        resource=resource,
    )


def _execution_id(attributes: dict[str, Any]) -> str:
    found = attributes.get("wf.workflow.execution_id") or attributes.get("temporalWorkflowID")
    return found if isinstance(found, str) else ""


def _is_noise(span: Span) -> bool:
    url = str(span.attributes.get("http.url") or span.attributes.get("url.full"))
    return span.scope == _HTTP_SCOPE and any(path in url for path in _OWN_CALLS)


def _row(span: Span) -> tuple[Any, ...]:
    events = [[each.name, each.time_ns, each.attributes] for each in span.events]
    return (
        *(span.trace_id, span.span_id, span.parent_id, span.execution_id, span.name, span.kind),
        *(span.start_ns, span.end_ns, span.status, span.message),
        *(json.dumps(each) for each in (span.attributes, events)),
        span.scope,
        json.dumps(span.resource),
    )


def _from_row(row: sqlite3.Row) -> Span:
    kept = dict(row)
    del kept["sequence"]
    kept["attributes"] = json.loads(row["attributes"])
    kept["events"] = tuple(Event(*each) for each in json.loads(row["events"]))
    kept["resource"] = json.loads(row["resource"])
    return Span(**kept)
