"""The trace of an execution as an indented waterfall."""

from mcp_server.render.dispatch import render
from mcp_server.render.page import Page, View
from mcp_server.render.words import joined, quoted, span, word
from shared.results import Bar, Trace

_DEEPEST = 12


@render.register
def _(result: Trace, view: View) -> Page:
    of = f"trace of {word(result.execution_id)}"
    named = f" (trace id {word(result.trace_id)})" if result.trace_id else ""
    if result.view == "info" or not result.bars:
        there = "there is trace data" if result.has_trace_data else "there is no trace data"
        return Page([f"{of}{named}: {there}."])
    return Page(
        head=[f"{of}{named}, {result.view}: +start, length, what"],
        rows=map(bar_line, result.bars),
    )


def bar_line(bar: Bar) -> str:
    """One line of a waterfall, indented by its depth."""
    indent = "  " * min(max(bar.depth, 0), _DEEPEST)
    attempt = f"attempt {bar.attempt}" if bar.attempt and bar.attempt > 1 else ""
    queued = f"queued {span(bar.queued_ms)}" if bar.queued_ms else ""
    return joined(
        f"{indent}+{span(bar.offset_ms)} {span(bar.duration_ms)} {word(bar.kind)} {word(bar.name)}",
        word(bar.state) if bar.state else "",
        attempt,
        queued,
        quoted(bar.message, 200) if bar.message else "",
    )
