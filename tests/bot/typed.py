"""What the reader is given, as Slack would deliver it."""

from typing import Any

from bot.grammar import Asked, fit, read


def delivered(text: str) -> str:
    """Typed text as Slack sends it: three characters become entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def understood(asked: Asked) -> dict[str, Any]:
    """The arguments of a request whose workflow states no schema."""
    if not asked.loose:
        return asked.arguments
    return asked.arguments | {"input": fit(asked.arguments["input"], None)}


def reading(text: str) -> tuple[str, dict[str, Any]]:
    """What a text as Slack sends it asks for."""
    asked = read(text)
    return asked.name, understood(asked)
