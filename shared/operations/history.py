"""The engine's history of a run."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field

from shared.arguments import Id, Limit
from shared.call import Effect
from shared.context import Context
from shared.operation import Params, operation
from shared.operations.history_events import HistoryEvent, history_events, summaries
from shared.operations.target import Target, find
from shared.results import History, HistoryRow
from shared.secrets import safe_json
from shared.text import json_text

_DETAILS_LIMIT = 1_500
_ANSWER_LIMIT = 14_000
_ROW_FRAME = 80


class GetExecutionHistory(Params):
    """The arguments of get_execution_history."""

    execution_id: Id
    from_event_id: Annotated[int, Field(ge=1)] = 1
    limit: Limit = 50
    details: Annotated[bool, Field(description="With attributes and payloads.")] = False


@operation(
    command="history {execution_id}",
    effect=Effect.READ,
    idempotent=True,
    examples=lambda: (GetExecutionHistory(execution_id="order-41"),),
)
async def get_execution_history(context: Context, params: GetExecutionHistory) -> History:
    """Show the engine's event history of a run, with valid reset points."""
    target = await find(context.api, params.execution_id)
    events = await read_history(context, target, payloads=params.details)
    lines = summaries(events)
    later = [event for event in events if event.number >= params.from_event_id]
    rows = _bounded(
        _row(event, lines[event.number], params.details) for event in later[: params.limit]
    )
    rest = later[len(rows) :]
    return History(
        execution_id=target.id,
        run_id=target.run_id or target.execution.run_id,
        total=len(events),
        events=rows,
        reset_points=tuple(event.number for event in events if event.is_reset_point),
        next_event_id=rest[0].number if rest else None,
        notes=() if events else ("The API sent no history in a form that is known.",),
    )


async def read_history(
    context: Context, target: Target, *, payloads: bool = False
) -> list[HistoryEvent]:
    """The history of the run that was named, or else of the latest one."""
    if target.run_id is not None:
        raw = await context.api.get_run_history(target.run_id, decode_payloads=payloads)
    else:
        raw = await context.api.get_execution_history(target.id, decode_payloads=payloads)
    return history_events(raw)


def _bounded(rows: Iterable[HistoryRow]) -> tuple[HistoryRow, ...]:
    """As many rows as an answer should hold, at least one; the next page begins after them."""
    kept: list[HistoryRow] = []
    size = 0
    for row in rows:
        size += len(row.summary) + len(json_text(row.details)) + _ROW_FRAME
        if kept and size > _ANSWER_LIMIT:
            break
        kept.append(row)
    return tuple(kept)


def _row(event: HistoryEvent, line: str, details: bool) -> HistoryRow:
    return HistoryRow(
        event_id=event.number,
        type=event.type,
        time=event.time,
        summary=line,
        details=safe_json(_visible(event.attributes), _DETAILS_LIMIT) if details else None,
    )


def _visible(attributes: dict[str, Any]) -> dict[str, Any]:
    # Headers carry the tokens of the worker (mistralai-workflows 3.16.0), and nothing for readers.
    return {name: value for name, value in attributes.items() if name not in ("header", "memo")}
