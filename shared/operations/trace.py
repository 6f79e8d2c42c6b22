"""The trace of an execution."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Literal

from shared.arguments import Id, Limit
from shared.call import Effect
from shared.context import Context
from shared.operation import Params, operation
from shared.operations.rows import whole
from shared.operations.target import Target, find
from shared.operations.waterfall import event_bars, span_bars, tree_bars
from shared.results import Bar, Trace

if TYPE_CHECKING:
    from shared.models import TraceInfo


class GetExecutionTrace(Params):
    """The arguments of get_execution_trace."""

    execution_id: Id
    view: Literal["summary", "events", "spans", "info"] = "summary"
    limit: Limit = 100


@operation(
    command="trace {execution_id}",
    effect=Effect.READ,
    idempotent=True,
    examples=lambda: (GetExecutionTrace(execution_id="order-41"),),
)
async def get_execution_trace(context: Context, params: GetExecutionTrace) -> Trace:
    """Show where time went: span tree (summary), trace events, raw spans or trace id (info)."""
    target = await find(context.api, params.execution_id)
    info = await context.api.get_trace_info(target.id)
    if params.view == "info" or not info.has_trace_data:
        return _answer(target, params, info, [])
    bars = await _READERS[params.view](context, target)
    return _answer(target, params, info, bars)


async def _summary(context: Context, target: Target) -> list[Bar]:
    summary = await context.api.get_trace_summary(target.id)
    root = Bar(
        name=summary.workflow_name,
        kind="workflow",
        offset_ms=0,
        duration_ms=whole(summary.total_duration_ms),
        state=summary.status,
    )
    below = tree_bars(summary.span_tree, summary.start_time) if summary.span_tree else []
    # Spans of workflows have no length of their own: the execution's own times are their bar.
    return [root, *(bar.model_copy(update={"depth": bar.depth + 1}) for bar in below)]


async def _events(context: Context, target: Target) -> list[Bar]:
    trace = await context.api.get_trace_events(target.id, merge_same_id_events=True)
    return event_bars(trace.events, trace.start_time)


async def _spans(context: Context, target: Target) -> list[Bar]:
    trace = await context.api.get_trace_otel(target.id)
    data = trace.otel_trace_data
    return span_bars(data, trace.start_time) if data else []


_READERS: dict[str, Callable[[Context, Target], Awaitable[list[Bar]]]] = {
    "summary": _summary,
    "events": _events,
    "spans": _spans,
}


def _answer(target: Target, params: GetExecutionTrace, info: "TraceInfo", bars: list[Bar]) -> Trace:
    notes = []
    if not info.has_trace_data:
        notes.append("There is no trace yet; workers send it some seconds late, or not at all.")
    if len(bars) > params.limit:
        notes.append(f"{len(bars) - params.limit} more are left out; raise limit to see them.")
    return Trace(
        execution_id=target.id,
        view=params.view,
        trace_id=info.otel_trace_id,
        has_trace_data=bool(info.has_trace_data),
        bars=tuple(bars[: params.limit]),
        notes=tuple(notes),
    )
