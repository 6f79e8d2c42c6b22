"""The engine's history of a run."""

from bot.blocks import section
from bot.mrkdwn import code, date
from bot.render import rich
from bot.render.dispatch import page
from bot.render.files import json_file
from bot.render.listing import listing
from bot.render.offers import Offer, offer
from bot.render.page import Page, View
from bot.render.words import clock, many
from shared.results import History, HistoryRow
from shared.text import one_line

_NAME = 34
_POINTS = 12
_POINT = "↩"


@page.register
def _(result: History, view: View) -> Page:
    title = f"{many(result.total, 'event')} in the history of {code(result.execution_id)}"
    first = next((row.time for row in result.events if row.time), None)
    small = f"times in UTC, from {date(first)}" if first else "no times are known"
    points = set(result.reset_points)
    lines = [_line(row, row.event_id in points) for row in result.events]
    name = f"history-{result.execution_id}"
    shown, files = listing(name, lines, "History", "event", ending=False) if lines else ([], [])
    details = {str(row.event_id): row.details for row in result.events if row.details is not None}
    if details:
        files = [*files, json_file(f"{name}-details", details, "Details of the events")]
    return Page(
        text=f"{title}.",
        head=[
            section(f"*{title}*\n{small}" if lines else f"*{title}*"),
            *shown,
            rich.paragraph(rich.text(_points(result))) if points else None,
        ],
        offers=_offers(result, view),
        files=files,
    )


def _line(row: HistoryRow, is_point: bool) -> str:
    mark = _POINT if is_point else " "
    says = one_line(row.summary, 140)
    return (
        f"{row.event_id:>5}{mark} {clock(row.time)}  {row.type[:_NAME]:<{_NAME}}  {says}".rstrip()
    )


def _points(result: History) -> str:
    shown = ", ".join(map(str, result.reset_points[-_POINTS:]))
    earlier = len(result.reset_points) - _POINTS
    before = f"{earlier} earlier ones, then " if earlier > 0 else ""
    return f"{_POINT} A reset may go back to: {before}{shown}."


def _offers(result: History, view: View) -> list[Offer]:
    me = {"execution_id": result.execution_id}
    start = result.next_event_id
    return [
        *([view.again("Next events", from_event_id=start)] if start is not None else []),
        *([view.again("With details", details=True)] if not view.arguments.get("details") else []),
        *([offer("reset_execution", me)] if result.reset_points else []),
    ]
