"""Questions that a button answers."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from bot.buttons import Style
from bot.forms.checking import complaints
from bot.forms.kinds import is_secret, options_of
from bot.forms.resolved import Schema, resolve
from shared.results import PendingInput

_MOST = 4
_LABEL = 75
_YES = re.compile(r"accept|approv|confirm|agree|allow|\byes\b|\bok\b|proceed|continue", re.I)
_NO = re.compile(r"declin|reject|den(?:y|ied)|refus|disallow|\bno\b|cancel|abort|stop", re.I)


class Choice(NamedTuple):
    """A button, and what it answers."""

    label: str
    input: dict[str, Any]
    style: Style | None = None


def choices(pending: PendingInput) -> list[Choice] | None:
    """The buttons of a question; None where it takes a form."""
    schema = pending.input_schema
    if not isinstance(schema, dict):
        return None
    asked = _asked(schema)
    found = _of_field(*asked, schema) if asked else None
    fits = found and not any(complaints(schema, each.input) for each in found)
    return found if fits else None


def _asked(schema: Schema) -> tuple[str, Schema] | None:
    """The only thing that must be told, where a comment is all that may be told besides."""
    root = resolve(schema, schema).schema
    properties, required = root.get("properties"), root.get("required")
    if not isinstance(properties, dict) or not isinstance(required, list):
        return None
    plain = {name: resolve(each, schema).schema for name, each in properties.items()}
    needed = [name for name in required if "const" not in plain.get(name, {})]
    others = [each for name, each in plain.items() if name not in required]
    comments = [each for each in others if each.get("type") == "string" and "enum" not in each]
    if len(required) != 1 or len(needed) != 1 or len(others) > 1 or len(comments) != len(others):
        return None
    name = needed[0]
    return None if name not in plain or is_secret(name, plain[name]) else (name, plain[name])


def _of_field(name: str, schema: Schema, root: Schema) -> list[Choice] | None:
    options = options_of(schema, root)
    if not options or len(options) > _MOST:
        return None
    if schema.get("type") == "boolean":
        return _yes_no(name)
    found = [
        Choice(each.label[:_LABEL], {name: each.value}, _style(f"{each.value} {each.label}"))
        for each in options
    ]
    # The one that agrees goes first; schemas may list it last.
    return sorted(found, key=lambda each: each.style != "primary")


def _yes_no(name: str) -> list[Choice]:
    decides = _YES.search(name)
    yes, no = ("Approve", "Reject") if decides else ("Yes", "No")
    return [Choice(yes, {name: True}, "primary"), Choice(no, {name: False}, "danger")]


def _style(words: str) -> Style | None:
    if _NO.search(words):
        return "danger"
    return "primary" if _YES.search(words) else None


def decided(pending: PendingInput, answer: Mapping[str, Any]) -> str | None:
    """The label of the button that gives this answer."""
    found = choices(pending) or []
    return next((each.label for each in found if each.input.items() <= answer.items()), None)
