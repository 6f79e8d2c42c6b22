"""Schedules: which there are, and when one of them starts its workflow."""

from collections.abc import Iterator

from mcp_server.render.dispatch import render
from mcp_server.render.page import Page, View
from mcp_server.render.words import cells, data, joined, quoted, span, stamp, when, word
from shared.results import ScheduleDetail, ScheduleRow, Schedules

_HEADER = "schedule_id|workflow|state|times|next|last execution"
_MANY = 5


@render.register
def _(result: Schedules, view: View) -> Page:
    if not result.schedules:
        return Page(["No schedules match."], tail=view.more(result.cursor))
    count = len(result.schedules)
    return Page(
        head=[f"{count} schedule{'s' * (count != 1)}:", _HEADER],
        rows=[_row(row, view) for row in result.schedules],
        tail=view.more(result.cursor),
    )


@render.register
def _(result: ScheduleDetail, view: View) -> Page:
    return Page(head=[*_about(result), *_starts(result, view)])


def _row(row: ScheduleRow, view: View) -> str:
    return cells(
        word(row.schedule_id),
        word(row.workflow),
        "paused" if row.paused else "active",
        quoted(row.times, 200),
        when(row.next_at, view.now),
        word(row.last_execution_id),
    )


def _about(result: ScheduleDetail) -> Iterator[str]:
    state = "paused" if result.paused else "active"
    yield f"schedule {word(result.schedule_id)}: {state} | workflow {word(result.workflow)}"
    yield joined(f"times {quoted(result.times)}", f"timezone {word(result.timezone or 'UTC')}")
    if result.note:
        yield f"note: {quoted(result.note)}"
    options = joined(*_options(result))
    if options:
        yield options
    if result.input is not None:
        yield f"input: {data(result.input)}"


def _options(result: ScheduleDetail) -> Iterator[str]:
    if result.start_at:
        yield f"from {stamp(result.start_at)}"
    if result.end_at:
        yield f"until {stamp(result.end_at)}"
    if result.jitter:
        yield f"jitter {word(result.jitter)}"
    if result.overlap:
        yield f"overlap {word(result.overlap)}"
    if result.catchup_window_seconds is not None:
        yield f"catches up {span(result.catchup_window_seconds * 1_000)}"
    if result.pause_on_failure:
        yield "pauses on failure"
    if result.remaining_executions is not None:
        yield f"{result.remaining_executions} executions remain"
    if result.deployment:
        yield f"deployment {word(result.deployment)}"


def _starts(result: ScheduleDetail, view: View) -> Iterator[str]:
    if result.started:
        execution_id = result.started.execution_id
        yield f"started execution {word(execution_id)}"
        yield f"next: {view.call('wait_for_execution', execution_id=execution_id)}"
    for coming in result.next_times[:_MANY]:
        yield f"next {when(coming, view.now)}{' if resumed' if result.paused else ''}"
    for start in result.recent[:_MANY]:
        started = when(start.started_at or start.scheduled_at, view.now)
        yield f"recent {started} execution {word(start.execution_id)}"
