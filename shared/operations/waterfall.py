"""The three forms of a trace as lines of a waterfall, offsets in milliseconds from one start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.results import Bar

if TYPE_CHECKING:
    from shared.models import OtelData, TraceEvent, TraceSpan

# The spans of mistralai-workflows 3.16.0 that say something of their own; those around them only
# mark that something began, was received or was reported.
_KINDS = {
    "ExecuteActivity": "activity",
    "ExecuteSignal": "signal",
    "ExecuteQuery": "query",
    "ExecuteUpdate": "update",
    "StartChildWorkflow": "child",
    "Task": "task",
    "CustomEvent": "event",
}
_AROUND = {
    "StartWorkflow",
    "RunWorkflow",
    "CompleteWorkflow",
    "WorkflowInit",
    "WorkflowReport",
    "StartActivity",
    "RunActivity",
}
_NANOS = 1_000_000


def tree_bars(root: TraceSpan, start: datetime) -> list[Bar]:
    """The spans that matter, in the order of time; states of one task become one bar."""
    spans = list(_walk(root, 0))
    tasks: dict[Any, Bar] = {}
    bars = []
    for depth, span in spans:
        bar = _bar(span, depth, start)
        task = span.attributes.get("task.id") if bar.kind == "task" else None
        if task is None:
            bars.append(bar)
        elif task in tasks:
            tasks[task] = _longer(tasks[task], bar)
        else:
            tasks[task] = bar
    return sorted([*bars, *tasks.values()], key=lambda bar: bar.offset_ms)


def event_bars(events: list[TraceEvent], start: datetime) -> list[Bar]:
    """The events of a trace: points, and bars of those with a length."""
    bars = []
    for event in events:
        began, ended = event.start_time_unix_ms, event.end_time_unix_ms
        at = event.timestamp_unix_nano / _NANOS if began is None else began
        bars.append(
            Bar(
                name=event.name,
                kind="event" if began is None else "progress",
                offset_ms=round(at - _unix_ms(start)),
                duration_ms=None if began is None or ended is None else round(ended - began),
                state=event.status,
                message=event.error,
            )
        )
    return sorted(bars, key=lambda bar: bar.offset_ms)


def span_bars(data: OtelData, start: datetime) -> list[Bar]:
    """Every span as it was recorded, each below its parent, in the order of time."""
    spans = [span for span in _otel_spans(data) if isinstance(span.get("spanId"), str)]
    parents = {span["spanId"]: span.get("parentSpanId") for span in spans}
    bars = [_otel_bar(span, _depth(span["spanId"], parents), start) for span in spans]
    return sorted(bars, key=lambda bar: bar.offset_ms)


def _walk(span: TraceSpan, depth: int) -> Iterator[tuple[int, TraceSpan]]:
    prefix, _, subject = span.name.partition(":")
    # Activities of the worker itself begin with two underscores.
    hidden = subject.startswith("__")
    visible = prefix not in _AROUND and not hidden
    if visible:
        yield depth, span
    if not hidden:
        for child in span.children:
            yield from _walk(child, depth + visible)


def _bar(span: TraceSpan, depth: int, start: datetime) -> Bar:
    prefix, _, subject = span.name.partition(":")
    failure = _failure(span)
    end = span.end_time_unix_nano
    return Bar(
        name=subject or span.name,
        kind=_KINDS.get(prefix, "span"),
        depth=depth,
        offset_ms=round(span.start_time_unix_nano / _NANOS - _unix_ms(start)),
        duration_ms=None if end is None else round((end - span.start_time_unix_nano) / _NANOS),
        state="failed" if failure is not None else _text(span.attributes.get("task.lifecycle")),
        attempt=_whole(span.attributes.get("wf.activity.attempt")),
        queued_ms=_whole(span.attributes.get("wf.activity.schedule_to_start.ms")),
        message=failure,
    )


def _failure(span: TraceSpan) -> str | None:
    for event in span.events:
        if event.name == "exception":
            return str(event.attributes.get("exception.message") or "exception")
    return None


def _longer(bar: Bar, later: Bar) -> Bar:
    first, last = sorted((bar, later), key=lambda each: each.offset_ms)
    end = last.offset_ms + (last.duration_ms or 0)
    return first.model_copy(update={"duration_ms": end - first.offset_ms, "state": last.state})


def _otel_spans(data: OtelData) -> Iterator[dict[str, Any]]:
    for batch in data.batches:
        for scope in batch.get("scopeSpans") or []:
            yield from (span for span in scope.get("spans") or [] if isinstance(span, dict))


def _otel_bar(span: Mapping[str, Any], depth: int, start: datetime) -> Bar:
    began, ended = _whole(span.get("startTimeUnixNano")), _whole(span.get("endTimeUnixNano"))
    return Bar(
        name=str(span.get("name") or ""),
        kind=str(span.get("kind") or "").removeprefix("SPAN_KIND_").lower() or "span",
        depth=depth,
        offset_ms=round((began or 0) / _NANOS - _unix_ms(start)) if began else 0,
        duration_ms=round((ended - began) / _NANOS) if began and ended else None,
    )


def _depth(span_id: str, parents: Mapping[str, Any]) -> int:
    seen = {span_id}
    parent = parents.get(span_id)
    while isinstance(parent, str) and parent in parents and parent not in seen:
        seen.add(parent)
        parent = parents[parent]
    return len(seen) - 1


def _unix_ms(moment: datetime) -> float:
    return moment.timestamp() * 1_000


def _whole(value: Any) -> int | None:
    try:
        return round(float(value)) if not isinstance(value, str) else int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
