"""Traces of executions: whether there is one, and three ways to see it."""

from typing import Any

from fastapi import APIRouter

from sandbox import executions, span_tree, spans, tempo, trace_events
from sandbox.executions import ExecutionView
from sandbox.gateway import CurrentGateway, Gateway
from sandbox.span_tree import Node
from sandbox.spans import Span

router = APIRouter(prefix="/v1/workflows/executions")


@router.get("/{execution_id}/trace/info")
async def trace_info(execution_id: str, gateway: CurrentGateway) -> dict[str, Any]:
    """Whether any span has arrived; they come every few seconds."""
    view = await executions.describe(gateway, execution_id, with_result=False)
    trace_id = view.otel_trace_id
    found = trace_id is not None and spans.has_trace(gateway.db, trace_id)
    return {"otel_trace_id": trace_id, "has_trace_data": found}


@router.get("/{execution_id}/trace/otel")
async def trace_otel(execution_id: str, gateway: CurrentGateway) -> dict[str, Any]:
    """Every span of the trace, in Tempo's JSON."""
    view, found = await _read(gateway, execution_id)
    data = {"batches": tempo.batches(found)} if found else None
    return view.body() | {
        "data_source": "sandbox",
        "otel_trace_id": view.otel_trace_id,
        "otel_trace_data": data,
    }


@router.get("/{execution_id}/trace/summary")
async def trace_summary(execution_id: str, gateway: CurrentGateway) -> dict[str, Any]:
    """The spans of the execution as a tree."""
    view, found = await _read(gateway, execution_id)
    tree = span_tree.grow(view, found)
    return view.body() | {"span_tree": _summary(tree) if tree else None}


@router.get("/{execution_id}/trace/events")
async def list_trace_events(
    execution_id: str,
    gateway: CurrentGateway,
    merge_same_id_events: bool = False,
    include_internal_events: bool = False,
) -> dict[str, Any]:
    """What happened in the execution, one record after the other."""
    view, found = await _read(gateway, execution_id)
    tree = span_tree.grow(view, found)
    records = (
        trace_events.records(
            view, tree, merged=merge_same_id_events, internal=include_internal_events
        )
        if tree
        else []
    )
    return view.body() | {"events": records}


async def _read(gateway: Gateway, execution_id: str) -> tuple[ExecutionView, list[Span]]:
    view = await executions.describe(gateway, execution_id)
    trace_id = view.otel_trace_id
    return view, spans.of_trace(gateway.db, trace_id) if trace_id else []


def _summary(node: Node) -> dict[str, Any]:
    span = node.span
    status = {"otel.status_code": span.status} if span.status != "UNSET" else {}
    if span.message:
        status["otel.status_description"] = span.message
    internal = {"wf.internal": True} if span.internal else {}
    return {
        "span_id": span.span_id,
        "name": span.name,
        "start_time_unix_nano": span.start_ns,
        "end_time_unix_nano": span.end_ns,
        "attributes": trace_events.attributes(span.attributes) | status | internal,
        "events": trace_events.of_span(span),
        "children": [_summary(child) for child in node.children],
    }
