"""Log lines of an execution."""

from bot.blocks import section
from bot.message import Block
from bot.mrkdwn import code, date, in_utc
from bot.render.dispatch import page
from bot.render.listing import listing
from bot.render.offers import Offer
from bot.render.page import Page, View
from bot.render.words import clock, many, squeezed
from shared.results import LogRow, Logs

_FEW = 12
_LEVELS = {"WARNING": "WARN", "CRITICAL": "FATAL"}


@page.register
def _(result: Logs, view: View) -> Page:
    of = code(result.execution_id)
    if not result.records:
        words = f"No log lines of {of} here."
        return Page(text=words, head=[section(words)], offers=_offers(result, view))
    title = f"{many(len(result.records), 'log line')} of {of}"
    first = min(in_utc(row.time) for row in result.records)
    longest = 600 if len(result.records) <= _FEW else 240
    lines = [log_line(row, longest) for row in result.records]
    whole = [log_line(row, None) for row in result.records]
    shown, files = listing(f"logs-{result.execution_id}", lines, "Logs", "line", whole=whole)
    return Page(
        text=f"{title}.",
        head=[_title(title, f"{date(first)}, times in UTC", view), *shown],
        offers=_offers(result, view),
        files=files,
    )


def log_line(row: LogRow, longest: int | None = 240) -> str:
    """A log line with its message on one line, or as it is without a limit."""
    level = row.level.upper()
    message = row.message if longest is None else squeezed(row.message, longest)
    return f"{clock(row.time)} {_LEVELS.get(level, level)[:5]:<5} {message}"


def _title(title: str, small: str, view: View) -> Block:
    return section(f"*{title}*\nfrom {small}" if not view.thread else f"Logs from {small}")


def _offers(result: Logs, view: View) -> list[Offer]:
    newest_first = view.arguments.get("order", "desc") == "desc"
    label = "Earlier lines" if newest_first else "Later lines"
    more = [view.again(label, cursor=result.cursor)] if result.cursor else []
    return [*more, view.again("Refresh", cursor=None)]
