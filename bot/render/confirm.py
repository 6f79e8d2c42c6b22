"""Asking before something is done that cannot be undone."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.blocks import actions, section
from bot.buttons import button
from bot.message import Message
from bot.mrkdwn import code
from bot.render import rich
from bot.render.page import View
from bot.render.words import many

_SHOWN = 10
_QUESTIONS = {
    "acknowledge_alert": (
        "▫️",
        "Close",
        "alert",
        "It is not followed any more; what happens next is a new alert.",
    ),
    "cancel_executions": ("⛔", "Cancel", "execution", "{} asked to stop, and may clean up first."),
    "terminate_executions": (
        "🛑",
        "Terminate",
        "execution",
        "{} stopped at once, without a chance to clean up.",
    ),
    "delete_schedule": (
        "🗑️",
        "Delete",
        "schedule",
        "It will start nothing any more and cannot be brought back; running executions go on.",
    ),
    "delete_alert_subscription": (
        "🔕",
        "Unsubscribe",
        "subscription",
        "It will bring no alerts any more; those that are shown stay.",
    ),
    "reset_execution": (
        "↩️",
        "Reset",
        "execution",
        "A new run begins at that event; an open run is terminated.",
    ),
}


def render_confirm(
    name: str, arguments: Mapping[str, Any], targets: Sequence[str], view: View
) -> Message:
    """The question before an act, with the number of what it touches and the first of them."""
    sign, verb, noun, meaning = _QUESTIONS.get(
        name, ("⚠️", name.replace("_", " ").capitalize(), "target", "This cannot be undone.")
    )
    count = len(targets)
    what = f"this {noun}" if count == 1 else many(count, noun)
    listed = " ".join(code(each, 120) for each in targets[:_SHOWN])
    more = f" and {count - _SHOWN} more" if count > _SHOWN else ""
    yes = button(
        f"{verb} {'it' if count == 1 else f'all {count}'}",
        name,
        arguments,
        style="danger",
        confirmed=True,
    )
    return Message(
        text=f"{sign} {verb} {what}? {listed}{more}",
        blocks=(
            section(f"{sign} *{verb} {what}?*\n{listed}{more}"),
            rich.paragraph(rich.text(meaning.format("It is" if count == 1 else "Each is"))),
            actions(yes, button("Never mind", "dismiss")),
        ),
    )
