"""What was written down about an execution: history, logs, events."""

from mcp_server.render.dispatch import render
from mcp_server.render.page import Page, View
from mcp_server.render.words import cells, clock, data, numbers, quoted, squeezed, stamp, word
from shared.results import EventRow, Events, History, HistoryRow, LogRow, Logs

_FEW = 10
_MANY_POINTS = 30


@render.register
def _(result: History, view: View) -> Page:
    of = f"history of {word(result.execution_id)}" + (
        f" (run {word(result.run_id)})" if result.run_id else ""
    )
    first = next((row.time for row in result.events if row.time), None)
    return Page(
        head=[f"{of}: {result.total} events, times from {stamp(first)}", "id|time|type|summary"],
        rows=map(_history_row, result.events),
        tail=[*_reset_points(result), *_rest(result, view)],
    )


@render.register
def _(result: Logs, view: View) -> Page:
    of = word(result.execution_id)
    if not result.records:
        return Page([f"No log lines of {of} here."], tail=view.more(result.cursor))
    start = stamp(min(row.time for row in result.records))
    longest = 1_000 if len(result.records) <= _FEW else 300
    return Page(
        head=[f"{len(result.records)} log lines of {of}, times from {start}:"],
        rows=[log_row(row, longest) for row in result.records],
        tail=view.more(result.cursor),
    )


@render.register
def _(result: Events, view: View) -> Page:
    of = word(result.execution_id)
    if not result.events:
        return Page([f"No events of {of} here."], tail=view.more(result.cursor))
    start = stamp(result.events[0].time)
    return Page(
        head=[f"{len(result.events)} events of {of}, times from {start}:", "time|type|of|says"],
        rows=map(_event_row, result.events),
        tail=view.more(result.cursor),
    )


def log_row(row: LogRow, longest: int = 300) -> str:
    """A log line."""
    activity = word(row.activity_id) if row.activity_id else "-"
    return cells(clock(row.time), word(row.level), activity, squeezed(row.message, longest))


def _history_row(row: HistoryRow) -> str:
    details = f" {data(row.details, 1_500)}" if row.details is not None else ""
    summary = quoted(row.summary, 200) if row.summary else "-"
    return cells(str(row.event_id), clock(row.time), word(row.type), summary + details)


def _event_row(row: EventRow) -> str:
    child = f" of {word(row.execution_id)}" if row.execution_id else ""
    says = quoted(row.summary, 200) if row.summary else "-"
    return cells(clock(row.time), word(row.type), word(row.subject) + child, says)


def _reset_points(result: History) -> list[str]:
    points = result.reset_points
    more = f" and {len(points) - _MANY_POINTS} earlier" if len(points) > _MANY_POINTS else ""
    return [f"reset points: {numbers(points[-_MANY_POINTS:])}{more}"] if points else []


def _rest(result: History, view: View) -> list[str]:
    start = result.next_event_id
    return [] if start is None else [f"more: {view.again(from_event_id=start)}"]
