"""The log lines of an execution."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from shared.arguments import Cursor, Id, Limit, Moment
from shared.call import Effect
from shared.context import Context
from shared.operation import Params, operation
from shared.operations.live import listen
from shared.operations.log_lines import log_row
from shared.operations.parts import Parts
from shared.operations.target import Target, find
from shared.results import Logs
from shared.times import parse_moment

if TYPE_CHECKING:
    from shared.models import LogPage, LogRecord


class GetExecutionLogs(Params):
    """The arguments of get_execution_logs."""

    execution_id: Id
    activity_id: Id | None = None
    since: Moment | None = None
    until: Moment | None = None
    order: Literal["asc", "desc"] = "desc"
    limit: Limit = 50
    cursor: Cursor | None = None
    follow_seconds: Annotated[int, Field(ge=0, le=50, description="Wait for new lines.")] = 0


@operation(
    command="logs {execution_id}",
    effect=Effect.READ,
    idempotent=True,
    examples=lambda: (GetExecutionLogs(execution_id="order-41", since="15m"),),
)
async def get_execution_logs(context: Context, params: GetExecutionLogs) -> Logs:
    """Show log lines of an execution, the last ones by default."""
    target = await find(context.api, params.execution_id)
    page = await _page(context, target, params)
    records = page.results[::-1] if params.order == "desc" else page.results
    parts = Parts()
    fresh = await _new_lines(context, target, params, records, parts)
    return Logs(
        execution_id=target.id,
        records=tuple(log_row(record) for record in [*records, *fresh]),
        cursor=page.next_cursor or None,
        notes=tuple(parts.notes),
    )


async def _page(context: Context, target: Target, params: GetExecutionLogs) -> "LogPage":
    now = context.clock()
    return await context.api.get_execution_logs(
        target.id,
        run_id=target.run_id,
        activity_id=params.activity_id,
        after=parse_moment(params.since, now) if params.since else None,
        before=parse_moment(params.until, now) if params.until else None,
        order=params.order,
        cursor=params.cursor,
        limit=params.limit,
    )


async def _new_lines(
    context: Context,
    target: Target,
    params: GetExecutionLogs,
    known: "Sequence[LogRecord]",
    parts: Parts,
) -> "list[LogRecord]":
    """What is logged while we wait, until the end of the execution, the limit or the time."""
    if not params.follow_seconds or params.cursor or params.until:
        return []
    from shared.stream import LogFrame, follow_logs

    fresh: list[LogRecord] = []
    seen = {_identity(record) for record in known}

    def is_enough(line: LogFrame) -> bool:
        # The bound is inclusive: the last line that is known comes once more.
        if _identity(line.record) not in seen:
            fresh.append(line.record)
        return len(fresh) >= params.limit

    lines = follow_logs(
        context.api,
        target.id,
        run_id=target.run_id,
        activity_id=params.activity_id,
        after=known[-1].timestamp if known else None,
    )
    await listen(parts, "New lines", lines, params.follow_seconds, is_enough)
    return fresh


def _identity(record: "LogRecord") -> tuple[object, ...]:
    return record.timestamp, record.body, record.log_attributes.get("temporalActivityID")
