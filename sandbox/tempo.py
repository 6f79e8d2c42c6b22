"""Spans in the JSON that Grafana Tempo speaks: long numbers as text, every value with its type."""

from collections.abc import Sequence
from typing import Any

from sandbox import otlp
from sandbox.spans import Span


def batches(spans: Sequence[Span]) -> list[dict[str, Any]]:
    """Spans grouped by the process that sent them, and by the code that made them."""
    found: dict[str, dict[str, list[Span]]] = {}
    resources = {}
    for span in spans:
        key = otlp.text(span.resource)
        resources[key] = span.resource
        found.setdefault(key, {}).setdefault(span.scope, []).append(span)
    return [
        {
            "resource": {"attributes": _attributes(resources[key])},
            "scopeSpans": [
                {"scope": {"name": scope}, "spans": [_span(each) for each in group]}
                for scope, group in scopes.items()
            ],
        }
        for key, scopes in found.items()
    ]


def _span(span: Span) -> dict[str, Any]:
    return {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "parentSpanId": span.parent_id or None,
        "name": span.name,
        "kind": span.kind,
        "startTimeUnixNano": str(span.start_ns),
        "endTimeUnixNano": str(span.end_ns),
        "attributes": _attributes(span.attributes),
        "events": [
            {
                "name": each.name,
                "timeUnixNano": str(each.time_ns),
                "attributes": _attributes(each.attributes),
            }
            for each in span.events
        ],
        "status": {"code": f"STATUS_CODE_{span.status}", "message": span.message},
    }


def _attributes(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(each)} for key, each in found.items()]


def _value(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case list():
            # A list inside a list has no form in this JSON.
            flat = [otlp.text(each) if isinstance(each, list) else each for each in value]
            return {"arrayValue": {"values": [_value(each) for each in flat]}}
        case None:
            return {"stringValue": ""}
    return {"stringValue": otlp.text(value)}
