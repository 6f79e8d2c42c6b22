"""Schedules: which there are, and when one of them starts its workflow."""

from collections.abc import Iterator
from datetime import datetime

from bot.blocks import header, section, small_print
from bot.message import Block
from bot.mrkdwn import code, date
from bot.render import rich, states
from bot.render.dispatch import page
from bot.render.executions import fewer, pages
from bot.render.files import shown_json
from bot.render.offers import Offer, delete_schedule, offer, overflow
from bot.render.page import Page, View
from bot.render.rich import Piece
from bot.render.words import dotted, many, span
from shared.results import ScheduleDetail, ScheduleRow, Schedules

_SHOWN = 5


@page.register
def _(result: Schedules, view: View) -> Page:
    count = len(result.schedules)
    if not count:
        words = "No schedules match." if view.arguments else "There are no schedules."
        return Page(
            text=words,
            head=[section(words)],
            offers=[*pages(view, result.cursor), offer("list_workflows")],
        )
    paused = sum(row.paused for row in result.schedules)
    told = dotted([f"▶️ {count - paused} active", f"⏸️ {paused} paused" if paused else ""])
    return Page(
        text=f"{many(count, 'schedule')}: {told}.",
        head=[section(f"*{many(count, 'schedule')}*\n{told}")],
        rows=[[_row(row, view)] for row in result.schedules],
        offers=pages(view, result.cursor),
        rest=lambda shown: fewer(shown, count, view),
    )


@page.register
def _(result: ScheduleDetail, view: View) -> Page:
    state = _state(result.paused)
    shown, files = (
        ([], [])
        if result.input is None
        else shown_json("Input", f"schedule-{result.schedule_id}-input", result.input, 800)
    )
    note = rich.paragraph(rich.faint("Note: "), rich.prose(result.note)) if result.note else None
    options = dotted(_options(result))
    return Page(
        text=f"{states.emoji(state)} {code(result.schedule_id)} is {state}; it starts "
        f"{code(result.workflow, 80)}: {code(result.times, 200)}.",
        head=[
            _started(result),
            header(f"{states.emoji(state)} {result.schedule_id[:100]} · {state}"),
            section(fields=list(_fields(result))),
            note,
            rich.lines(map(_next, result.next_times[:_SHOWN]), _coming(result.paused)),
            rich.lines(_recent(result), "Started last"),
            *shown,
            small_print(options) if options else None,
        ],
        offers=_offers(result.schedule_id, result.paused),
        files=files,
    )


def _row(row: ScheduleRow, view: View) -> Block:
    state = _state(row.paused)
    upcoming = f"next {date(row.next_at)}" if row.next_at else ""
    small = dotted([code(row.workflow, 80), code(row.times, 120), upcoming])
    options = [
        offer("get_schedule", {"schedule_id": row.schedule_id}),
        *_offers(row.schedule_id, row.paused),
    ]
    allowed = [each for each in options if each.allowed(view.offers)]
    return section(
        f"{states.emoji(state)} *{state}* · {code(row.schedule_id)}\n{small}",
        accessory=overflow(allowed),
    )


def _offers(schedule_id: str, paused: bool) -> list[Offer]:
    me = {"schedule_id": schedule_id}
    return [
        offer("resume_schedule", me, style="primary") if paused else offer("pause_schedule", me),
        offer("trigger_schedule", me),
        offer("update_schedule", me),
        delete_schedule(schedule_id),
    ]


def _fields(result: ScheduleDetail) -> Iterator[str]:
    yield f"*Workflow*\n{code(result.workflow)}"
    yield f"*Starts*\n{code(result.times, 300)}"
    if result.timezone:
        yield f"*Time zone*\n{code(result.timezone, 60)}"
    if result.start_at:
        yield f"*From*\n{date(result.start_at)}"
    if result.end_at:
        yield f"*Until*\n{date(result.end_at)}"
    if result.deployment:
        yield f"*Deployment*\n{code(result.deployment, 80)}"
    if result.remaining_executions is not None:
        yield f"*Left*\n{many(result.remaining_executions, 'start')}"


def _options(result: ScheduleDetail) -> Iterator[str]:
    if result.jitter:
        yield f"spread by up to {result.jitter}"
    if result.overlap:
        yield f"when one still runs: {result.overlap.replace('_', ' ')}"
    if result.catchup_window_seconds is not None:
        yield f"catches up {span(result.catchup_window_seconds * 1_000)} after an outage"
    if result.pause_on_failure:
        yield "pauses itself when an execution fails"


def _started(result: ScheduleDetail) -> Block | None:
    if result.started is None:
        return None
    me = {"execution_id": result.started.execution_id}
    return section(
        f"🚀 Started {code(result.started.execution_id)}.",
        accessory=Offer("Watch", "watch", me, "primary").button(),
    )


def _coming(paused: bool) -> str:
    return "Would start, were it not paused" if paused else "Next starts"


def _next(moment: datetime) -> list[Piece]:
    return [rich.text("• "), rich.date(moment, "{date_long_pretty} {time}")]


def _recent(result: ScheduleDetail) -> Iterator[list[Piece]]:
    for start in result.recent[-_SHOWN:][::-1]:
        moment = start.started_at or start.scheduled_at
        when = [rich.date(moment), rich.text(" · ")] if moment else []
        yield [rich.text("• "), *when, rich.code(start.execution_id)]


def _state(paused: bool) -> str:
    return "paused" if paused else "active"
