"""Results of operations as messages, made by hand for each type of result."""

from bot.message import Message
from bot.render import (
    acts,
    alerts,
    diagnosis,
    events,
    execution,
    executions,
    history,
    inputs,
    logs,
    schedules,
    trace,
    workflows,
)
from bot.render.dispatch import page
from bot.render.page import View, message_of
from shared.results import Result

__all__ = ["RENDERERS", "View", "page", "render"]

# Each of them registers what it renders.
RENDERERS = (
    acts,
    alerts,
    diagnosis,
    events,
    execution,
    executions,
    history,
    inputs,
    logs,
    schedules,
    trace,
    workflows,
)


def render(result: Result, view: View) -> Message:
    """The message of a result, within Slack's limits."""
    return message_of(page(result, view), result, view)
