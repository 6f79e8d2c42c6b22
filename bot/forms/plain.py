"""Modals without a form."""

from bot.blocks import cut, plain_text, section
from bot.message import Block

_TITLE = 24
_PARAGRAPH = 2_900


def loading_view(title: str) -> Block:
    """What is shown within the three seconds that a trigger lasts, while we look things up."""
    return _modal(title, [section("⏳ One moment…")], "Go back")


def message_view(title: str, text: str) -> Block:
    """Markup in the place of a form: what came of it, or what went wrong."""
    return _modal(title, [section(cut(text, _PARAGRAPH))], "Close")


def _modal(title: str, blocks: list[Block], close: str) -> Block:
    return {
        "type": "modal",
        "callback_id": "form:message",
        "title": plain_text(title, _TITLE),
        "close": plain_text(close, _TITLE),
        "blocks": blocks,
    }
