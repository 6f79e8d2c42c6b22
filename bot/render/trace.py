"""The trace of an execution as a waterfall in a fixed width."""

from collections.abc import Iterator, Sequence

from bot.blocks import section
from bot.mrkdwn import code
from bot.render import rich, states
from bot.render.dispatch import page
from bot.render.listing import listing
from bot.render.offers import Offer, offer
from bot.render.page import Page, View
from bot.render.words import many, span
from shared.results import Bar, Trace
from shared.text import one_line

_NAME = 30
_WIDTH = 24
_DEEPEST = 8
_SLOWEST = 5
_VIEWS = {"summary": "Summary", "events": "Events", "spans": "Spans"}


@page.register
def _(result: Trace, view: View) -> Page:
    of = code(result.execution_id)
    if result.view == "info" or not result.bars:
        there = "There is trace data" if result.has_trace_data else "There is no trace data"
        named = f"; the trace id is {code(result.trace_id)}" if result.trace_id else ""
        words = f"{there} of {of}{named}."
        return Page(text=words, head=[section(words)], offers=_offers(result, view))
    title = f"{many(len(result.bars), 'span')} in the trace of {of}"
    shown, files = listing(
        f"trace-{result.execution_id}",
        waterfall_lines(result.bars),
        "Trace",
        "line",
        ending=False,
    )
    return Page(
        text=f"{title}; the whole took {span(_end(result.bars))}.",
        head=[
            section(f"*{title}*\n{_VIEWS[result.view].lower()}, {span(_end(result.bars))} in all"),
            *shown,
            rich.lines(map(slow_line, _slowest(result.bars)), "Slowest"),
        ],
        offers=_offers(result, view),
        files=files,
    )


def waterfall_lines(bars: Sequence[Bar]) -> list[str]:
    """A line for each bar: its name, where it lies in the whole, and how long it is."""
    whole = max(_end(bars), 1)
    return [_bar_line(bar, whole) for bar in bars]


def slow_line(bar: Bar) -> Iterator[rich.Piece]:
    """A bar in words."""
    yield rich.text(f"{states.emoji(bar.state)} " if bar.state else "• ")
    yield rich.code(bar.name, 80)
    yield rich.text(f" {span(bar.duration_ms) or 'not ended'}")
    if bar.queued_ms:
        yield rich.text(f", queued {span(bar.queued_ms)}")
    if bar.attempt and bar.attempt > 1:
        yield rich.text(f", attempt {bar.attempt}")
    if bar.message:
        yield rich.text(f" · {one_line(bar.message, 120)}")


def _bar_line(bar: Bar, whole: int) -> str:
    indent = "  " * min(max(bar.depth, 0), _DEEPEST)
    name = f"{indent}{one_line(bar.name, 80)}"
    shown = name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"
    start = min(max(bar.offset_ms, 0) * _WIDTH // whole, _WIDTH - 1)
    length = bar.duration_ms if bar.duration_ms is not None else whole - max(bar.offset_ms, 0)
    width = min(max(round(max(length, 0) * _WIDTH / whole), 1), _WIDTH - start)
    drawn = f"{' ' * start}{('█' if bar.duration_ms is not None else '░') * width}"
    trouble = f" {states.word(bar.state)}" if states.is_trouble(bar.state) else ""
    return f"{shown:<{_NAME}} |{drawn:<{_WIDTH}}| {span(bar.duration_ms) or 'open'}{trouble}"


def _end(bars: Sequence[Bar]) -> int:
    return max((max(bar.offset_ms, 0) + max(bar.duration_ms or 0, 0) for bar in bars), default=0)


def _slowest(bars: Sequence[Bar]) -> list[Bar]:
    """Of those that hold no others: that a parent takes long says nothing."""
    pairs = zip(bars, [*bars[1:], None], strict=True)
    leaves = [bar for bar, after in pairs if after is None or after.depth <= bar.depth]
    long = sorted(leaves, key=lambda bar: bar.duration_ms or 0, reverse=True)[:_SLOWEST]
    return long if len(leaves) > _SLOWEST else []


def _offers(result: Trace, view: View) -> list[Offer]:
    others = [name for name in _VIEWS if name != result.view and result.has_trace_data]
    me = {"execution_id": result.execution_id}
    shown = [view.again(_VIEWS[name], view=name) for name in others]
    return [*shown, *([] if view.thread else [offer("get_execution_logs", me)])]
