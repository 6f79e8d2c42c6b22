"""Results of operations as short text for a model, made by hand for each type of result."""

from mcp_server.render import (
    acts,
    alerts,
    diagnosis,
    execution,
    executions,
    inputs,
    records,
    schedules,
    trace,
    workflows,
)
from mcp_server.render.dispatch import render
from mcp_server.render.page import Page, View, page_text
from shared.results import Result

__all__ = ["RENDERERS", "Page", "View", "render", "result_text"]

# Each of them registers what it renders.
RENDERERS = (
    acts,
    alerts,
    diagnosis,
    execution,
    executions,
    inputs,
    records,
    schedules,
    trace,
    workflows,
)


def result_text(result: Result, view: View) -> str:
    """The text of a result, bounded."""
    return page_text(render(result, view), result, view)
