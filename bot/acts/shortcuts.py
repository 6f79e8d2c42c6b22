"""Shortcuts as requests."""

import json
import re
from collections.abc import Mapping
from typing import Any

from bot.grammar import normalise
from bot.request import Origin, Request
from shared.errors import InvalidArguments

# Ids as they stand in messages, the likeliest first: in code marks, in links, or as bare words.
_MARKED = re.compile(r"`([^`\s]{6,300})`")
_LINK = re.compile(r"https?://[^\s<>|`]+")
_WORD = re.compile(r"(?<![\w/.:-])(?=[\w.:-]*\d)\w[\w.:-]{4,298}\w(?![\w/-])")
_MOST_SHOWN = 12
_JSON = re.compile(r"\{.*\}", re.DOTALL)


def shortcut_request(origin: Origin, callback_id: str, message: Mapping[str, Any]) -> Request:
    """What a shortcut asks for; raises InvalidArguments when a message does not have it."""
    match callback_id:
        case "start_workflow":
            return Request("open_launcher", {}, origin)
        case "pending_inputs":
            return Request("list_pending_inputs", {}, origin)
        case "watch_message":
            return Request("watch_message", {"shown": _shown(message)}, origin)
        case "start_from_message":
            return Request("open_launcher", {"input": _input(message)}, origin)
    raise InvalidArguments("This shortcut is from an older version of the app.")


def _shown(message: Mapping[str, Any]) -> list[str]:
    """What may be an id in the message, wherever in its blocks."""
    texts = _texts(message)
    ways = (_MARKED, _LINK, _WORD)
    found = (match for way in ways for text in texts for match in way.finditer(text))
    return list(dict.fromkeys(match[match.re.groups] for match in found))[:_MOST_SHOWN]


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
