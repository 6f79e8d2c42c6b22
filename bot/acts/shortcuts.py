"""Shortcuts as requests."""

import json
import re
from collections.abc import Mapping
from typing import Any

from bot.grammar import normalise
from bot.request import Origin, Request
from shared.errors import InvalidArguments

# Ids as they stand in messages: in code marks or in a link.
_MARKED = re.compile(r"`([^`\s]{6,300})`")
_JSON = re.compile(r"\{.*\}", re.DOTALL)


def shortcut_request(origin: Origin, callback_id: str, message: Mapping[str, Any]) -> Request:
    """What a shortcut asks for; raises InvalidArguments when a message does not have it."""
    match callback_id:
        case "start_workflow":
            return Request("open_launcher", {}, origin)
        case "pending_inputs":
            return Request("list_pending_inputs", {}, origin)
        case "watch_message":
            return Request("watch", {"execution_id": _execution(message)}, origin)
        case "start_from_message":
            return Request("open_launcher", {"input": _input(message)}, origin)
    raise InvalidArguments("This shortcut is from an older version of the app.")


def _execution(message: Mapping[str, Any]) -> str:
    """The first id that the message shows, wherever in its blocks."""
    for text in _texts(message):
        found = _MARKED.search(text)
        if found is not None:
            return found[1]
    raise InvalidArguments("This message shows no execution id. Type `watch ID` instead.")


def _input(message: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON object in the message, or its whole text as `text`."""
    text = normalise(str(message.get("text", ""))).strip()
    written = _JSON.search(text)
    try:
        value = json.loads(written[0]) if written else None
    except ValueError:
        value = None
    if isinstance(value, dict):
        return value
    if not text:
        raise InvalidArguments("This message has no text to start a workflow with.")
    return {"text": text}


def _texts(value: Any) -> list[str]:
    """Every text of a message; rich text marks code by a style, here it gets its ticks back."""
    match value:
        case {"type": "text", "text": str(text), "style": {"code": True}}:
            return [f"`{text}`"]
        case str():
            return [value]
        case Mapping():
            return [text for part in value.values() for text in _texts(part)]
        case list():
            return [text for part in value for text in _texts(part)]
    return []
