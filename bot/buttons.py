"""Buttons that carry a request: the name of a command and its arguments."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.blocks import plain_text
from bot.message import Block

PREFIX = "run:"
type Style = Literal["primary", "danger"]


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a press asks for; `draft` names the stored arguments of a button that had too many."""

    name: str
    arguments: dict[str, Any]
    confirmed: bool = False
    draft: str | None = None


def button(
    label: str,
    name: str,
    arguments: Mapping[str, Any] | None = None,
    *,
    style: Style | None = None,
    confirm: Block | None = None,
    tag: str = "",
    confirmed: bool = False,
) -> Block:
    """A button for a command; `tag` keeps two of the same command in one block apart.

    A press counts as `confirmed` where the button says so or has a confirmation of its own.
    """
    value: Block = {"a": dict(arguments or {})}
    if confirmed or confirm is not None:
        value["c"] = True
    element: Block = {
        "type": "button",
        "text": plain_text(label, 75, emoji=True),
        "action_id": f"{PREFIX}{name}:{tag}"[:255],
        "value": json.dumps(value, separators=(",", ":")),
    }
    if style is not None:
        element["style"] = style
    if confirm is not None:
        element["confirm"] = confirm
    return element


def confirmation(title: str, text: str, yes: str, no: str = "Go back") -> Block:
    """The dialog of a button that asks first."""
    return {
        "title": plain_text(title, 100),
        "text": plain_text(text, 300),
        "confirm": plain_text(yes, 30),
        "deny": plain_text(no, 30),
    }


def pressed(action: Mapping[str, Any]) -> Pressed | None:
    """The request of a button or an overflow option; None for one that is not ours."""
    name, _, _ = str(action.get("action_id", "")).removeprefix(PREFIX).partition(":")
    written = action.get("value") or (action.get("selected_option") or {}).get("value")
    if not str(action.get("action_id", "")).startswith(PREFIX) or not written:
        return None
    try:
        value = json.loads(str(written))
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    chosen = str(value.get("n") or name)
    arguments = value.get("a")
    return Pressed(
        name=chosen,
        arguments=arguments if isinstance(arguments, dict) else {},
        confirmed=bool(value.get("c")),
        draft=value.get("d"),
    )


def choose(
    label: str, options: Mapping[str, tuple[str, Mapping[str, Any]]], tag: str = ""
) -> Block:
    """A select under a label of its own, whose choices are commands like those of a menu."""
    return {
        "type": "static_select",
        "action_id": f"{PREFIX}choose:{tag}"[:255],
        "placeholder": plain_text(label, 150, emoji=True),
        "options": _options(options),
    }


def menu(options: Mapping[str, tuple[str, Mapping[str, Any]]], tag: str = "") -> Block:
    """An overflow menu of one to five commands: label to (name, arguments)."""
    return {
        "type": "overflow",
        "action_id": f"{PREFIX}menu:{tag}"[:255],
        "options": _options(dict(list(options.items())[:5])),
    }


def _options(options: Mapping[str, tuple[str, Mapping[str, Any]]]) -> list[Block]:
    return [
        {
            "text": plain_text(label, 75, emoji=True),
            "value": json.dumps({"n": name, "a": dict(given)}, separators=(",", ":")),
        }
        for label, (name, given) in options.items()
    ]
