"""The three views of a trace; all of them repeat the execution."""

from typing import Any

from pydantic import Field

from shared.models.executions import Execution
from shared.models.wire import Many, Map, Number, Wire


class TraceInfo(Wire):
    """Whether an execution has a trace."""

    otel_trace_id: str | None = None
    has_trace_data: bool | None = False


class TraceEvent(Wire):
    """A point in a trace; one with `start_time_unix_ms` has a length and a status (mixed units)."""

    name: str
    id: str
    timestamp_unix_nano: Number
    attributes: Map[Any] = Field(default_factory=dict)
    type: str | None = None
    internal: bool | None = False
    status: str | None = None
    start_time_unix_ms: Number | None = None
    end_time_unix_ms: Number | None = None
    error: str | None = None


class TraceSpan(Wire):
    """A span with those below it; workflow and task spans have no length of their own."""

    span_id: str
    name: str
    start_time_unix_nano: Number
    end_time_unix_nano: Number | None = None
    attributes: Map[Any] = Field(default_factory=dict)
    events: Many[TraceEvent] = Field(default_factory=list)
    children: "Many[TraceSpan]" = Field(default_factory=list)


class TraceSummary(Execution):
    """An execution with its tree of spans."""

    span_tree: TraceSpan | None = None


class TraceEvents(Execution):
    """An execution with the flat list of its trace events."""

    events: Many[TraceEvent] = Field(default_factory=list)


class OtelData(Wire):
    """Spans as Tempo writes them: batches[].scopeSpans[].spans[], times as text in nanoseconds."""

    batches: Many[dict[str, Any]] = Field(default_factory=list)


class TraceOtel(Execution):
    """An execution with its spans in OpenTelemetry form."""

    data_source: str | None = None
    otel_trace_id: str | None = None
    otel_trace_data: OtelData | None = None
