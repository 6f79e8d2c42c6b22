"""Why an execution failed, hangs or waits."""

import asyncio

from shared.arguments import Id
from shared.call import Effect
from shared.context import Context
from shared.errors import ApiError
from shared.operation import Params, operation
from shared.operations.diagnosis import Case, headline, next_steps
from shared.operations.history import read_history
from shared.operations.log_lines import log_row
from shared.operations.parts import Parts
from shared.operations.rows import whole
from shared.operations.snapshot import child_rows, pending_inputs, read_picture
from shared.operations.target import Target, find
from shared.operations.waterfall import tree_bars
from shared.results import Bar, Diagnosis, LogRow
from shared.text import truncate

_LINES = 10
_LINE = 250
_POINTS = 10
_SLOWEST = 3
_STEPS = 5


class DiagnoseExecution(Params):
    """The arguments of diagnose_execution."""

    execution_id: Id


@operation(
    command="diagnose {execution_id}",
    effect=Effect.READ,
    idempotent=True,
    examples=lambda: (DiagnoseExecution(execution_id="order-41"),),
)
async def diagnose_execution(context: Context, params: DiagnoseExecution) -> Diagnosis:
    """Say why an execution failed, hangs or waits, and what to do next.

    Start here when something is wrong.
    """
    target = await find(context.api, params.execution_id, search_keys=True)
    parts = Parts()
    picture, history, logs, bars, served = await asyncio.gather(
        read_picture(context, target, parts),
        parts.have("The history", read_history(context, target), []),
        parts.have("The logs", _logs(context, target), []),
        parts.have("The trace", _slowest(context, target), []),
        _is_served(context, target),
    )
    pending, children = await asyncio.gather(
        pending_inputs(context, target, picture, parts),
        child_rows(context, target, picture, parts),
    )
    case = Case(target, picture, context.clock(), pending, children, history, served)
    return _diagnosis(case, logs, bars, parts)


def _diagnosis(case: Case, logs: list[LogRow], bars: list[Bar], parts: Parts) -> Diagnosis:
    execution = case.target.execution
    points = [event.number for event in case.history if event.is_reset_point]
    return Diagnosis(
        execution_id=case.target.id,
        run_id=execution.run_id or case.target.run_id,
        workflow=execution.workflow_name,
        status=execution.status,
        headline=headline(case),
        started_at=execution.start_time,
        duration_ms=whole(execution.total_duration_ms),
        failed_step=case.failed_step,
        error=case.error,
        stuck=case.stuck,
        attempts=case.picture.code_error.attempt if case.picture.code_error else None,
        running=tuple(case.open_steps[-_STEPS:]),
        pending_inputs=tuple(case.pending),
        failed_children=tuple(case.failed_children[-_STEPS:]),
        logs=tuple(logs),
        slowest=tuple(bars),
        reset_points=tuple(points[-_POINTS:]),
        notes=tuple(parts.notes),
        next_steps=tuple(next_steps(case)),
    )


async def _logs(context: Context, target: Target) -> list[LogRow]:
    page = await context.api.get_execution_logs(
        target.id, run_id=target.run_id, order="desc", limit=_LINES
    )
    rows = (log_row(record) for record in reversed(page.results))
    return [row.model_copy(update={"message": truncate(row.message, _LINE)}) for row in rows]


async def _slowest(context: Context, target: Target) -> list[Bar]:
    trace = await context.api.get_trace_summary(target.id)
    bars = tree_bars(trace.span_tree, trace.start_time) if trace.span_tree else []
    timed = [bar for bar in bars if bar.duration_ms and bar.kind in ("activity", "child")]
    return sorted(timed, key=lambda bar: bar.duration_ms or 0, reverse=True)[:_SLOWEST]


async def _is_served(context: Context, target: Target) -> bool | None:
    """Whether a worker is there; no answer is no reason to complain."""
    if target.ended:
        return None
    try:
        return (await context.api.get_workflow(target.execution.workflow_name)).active
    except ApiError:
        return None
