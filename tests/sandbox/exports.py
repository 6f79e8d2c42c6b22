"""Telemetry as a worker's exporter sends it, made up for one test."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, SeverityNumber
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Span

from tests.sandbox.world import World


def new_trace() -> str:
    return uuid4().hex


def new_span() -> str:
    return uuid4().hex[:16]


def value(given: Any) -> AnyValue:
    """A Python value in OTLP's words."""
    match given:
        case bool():
            return AnyValue(bool_value=given)
        case int():
            return AnyValue(int_value=given)
        case float():
            return AnyValue(double_value=given)
        case bytes():
            return AnyValue(bytes_value=given)
        case list():
            found = AnyValue()
            found.array_value.values.extend(value(each) for each in given)
            return found
        case Mapping():
            found = AnyValue()
            found.kvlist_value.values.extend(pairs(given))
            return found
        case None:
            return AnyValue()
    return AnyValue(string_value=given)


def pairs(given: Mapping[str, Any]) -> list[KeyValue]:
    return [KeyValue(key=key, value=value(each)) for key, each in given.items()]


def span(
    trace_id: str,
    name: str,
    *,
    parent: str = "",
    span_id: str | None = None,
    start_ns: int = 1_800_000_000_000_000_000,
    length_ns: int = 0,
    **attributes: Any,
) -> Span:
    """One span; attribute names are written with `__` for a dot."""
    return Span(
        trace_id=bytes.fromhex(trace_id),
        span_id=bytes.fromhex(span_id or new_span()),
        parent_span_id=bytes.fromhex(parent),
        name=name,
        kind=Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=start_ns,
        end_time_unix_nano=start_ns + length_ns,
        attributes=pairs({key.replace("__", "."): each for key, each in attributes.items()}),
    )


def traces(*spans: Span, scope: str = "tests") -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.extend(pairs({"service.name": "tests"}))
    scoped = group.scope_spans.add()
    scoped.scope.name = scope
    scoped.spans.extend(spans)
    return request


def log(execution_id: str, body: Any, time_ns: int, **attributes: Any) -> LogRecord:
    """One record, as written inside an execution."""
    return LogRecord(
        time_unix_nano=time_ns,
        severity_number=SeverityNumber.SEVERITY_NUMBER_INFO,
        body=value(body),
        attributes=pairs({"workflowExecutionID": execution_id, **attributes}),
    )


def logs(*records: LogRecord) -> ExportLogsServiceRequest:
    request = ExportLogsServiceRequest()
    request.resource_logs.add().scope_logs.add().log_records.extend(records)
    return request


def send(
    world: World, request: ExportTraceServiceRequest | ExportLogsServiceRequest
) -> httpx.Response:
    """Export as the worker does."""
    kind = "traces" if isinstance(request, ExportTraceServiceRequest) else "logs"
    return world.http.post(
        f"/telemetry/v1/{kind}",
        content=request.SerializeToString(),
        headers={"content-type": "application/x-protobuf"},
    )
