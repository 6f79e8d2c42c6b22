"""What a message says and offers, read as a person would."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.buttons import Pressed, pressed
from bot.message import Block, Message
from sandbox.slack.checks import check_message

_OWN_DATE = re.compile(r"<!date\^-?\d+\^(?:\{[a-z_]+\} ?){1,2}\|[\d: -]+UTC>")
_BUTTON, _OPTION = 2_000, 150


@dataclass(frozen=True, slots=True)
class Shown:
    """A button or an option."""

    label: str
    request: Pressed
    asks: bool
    style: str | None = None


def words(message: Message) -> str:
    """Everything that can be read in the blocks."""
    return "\n".join(_texts(list(message.blocks)))


def markup(message: Message) -> list[str]:
    """Every text that Slack parses, without the dates that we write ourselves."""
    parsed = [part["text"] for part in _objects(list(message.blocks), "mrkdwn")]
    return [_OWN_DATE.sub("", text) for text in (message.text, *parsed)]


def offered(message: Message) -> list[Shown]:
    """The buttons and the options of menus, from top to bottom."""
    return [
        shown
        for kind in (*_objects(list(message.blocks), "button", "overflow"),)
        for shown in _pressables(kind)
    ]


def labels(message: Message) -> list[str]:
    """What can be pressed."""
    return [shown.label for shown in offered(message)]


def check(message: Message) -> None:
    """As Slack would: raises what it would refuse."""
    check_message(message.text, _as_sent(message), None)


def _as_sent(message: Message) -> list[Block]:
    """The bot keeps arguments that are too long for Slack, and sends an id (bot/drafts.py)."""
    blocks: list[Block] = json.loads(json.dumps(list(message.blocks)))
    for element in _objects(blocks, "button", "overflow"):
        limit = _BUTTON if element["type"] == "button" else _OPTION
        for each in element.get("options", [element]):
            each["value"] = each["value"] if len(each["value"]) <= limit else '{"d":"0"}'
    return blocks


def _pressables(element: Block) -> Iterator[Shown]:
    options = element.get("options")
    for each in [element] if options is None else options:
        action = {"action_id": element["action_id"], "value": each["value"]}
        request = pressed(action)
        assert request is not None
        yield Shown(each["text"]["text"], request, "confirm" in element, element.get("style"))


def _objects(value: Any, *kinds: str) -> Iterator[Block]:
    if isinstance(value, list):
        for each in value:
            yield from _objects(each, *kinds)
    elif isinstance(value, dict):
        if value.get("type") in kinds:
            yield value
        for each in value.values():
            yield from _objects(each, *kinds)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            if name in ("text", "fallback", "user_id") and isinstance(each, str):
                yield each
            else:
                yield from _texts(each)
