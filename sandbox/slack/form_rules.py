"""What Slack's clients ask of a form before they send it."""

import re
from collections.abc import Iterator

from sandbox.slack.checks import every_block
from sandbox.slack.elements import is_empty, state_of
from sandbox.slack.model import Json, View

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URL = re.compile(r"https?://[^\s/]+\S*")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def unready(view: View) -> dict[str, str]:
    """What keeps a person from submitting, by block_id; empty when the form may go."""
    found: dict[str, str] = {}
    values = state_of(view.body["blocks"], view.state)
    for block, _ in every_block(view.body["blocks"]):
        if block["type"] == "input":
            value = values[block["block_id"]][block["element"]["action_id"]]
            for complaint in _complaints(block, value):
                found.setdefault(block["block_id"], complaint)
    return found


def _complaints(block: Json, value: Json) -> Iterator[str]:
    element = block["element"]
    if is_empty(value):
        if not block.get("optional"):
            yield "Please complete this required field."
        return
    written = value.get("value")
    if isinstance(written, str):
        yield from _words(element, written)
    most = element.get("max_selected_items")
    for each in value.values():
        if isinstance(each, list) and most is not None and len(each) > most:
            yield f"Choose at most {most}."


def _words(element: Json, written: str) -> Iterator[str]:
    if element["type"] == "number_input":
        yield from _amount(element, written)
    elif element["type"] == "email_text_input" and not _EMAIL.fullmatch(written):
        yield "Please enter a valid email address."
    elif element["type"] == "url_text_input" and not _URL.fullmatch(written):
        yield "Please enter a valid URL."
    elif len(written) < element.get("min_length", 0):
        yield f"Please enter at least {element['min_length']} characters."
    elif len(written) > element.get("max_length", 3_000):
        yield f"Please enter at most {element.get('max_length', 3_000)} characters."


def _amount(element: Json, written: str) -> Iterator[str]:
    if not _NUMBER.fullmatch(written):
        yield "Please enter a number."
    elif "." in written and not element["is_decimal_allowed"]:
        yield "Please enter a whole number."
    elif "min_value" in element and float(written) < float(element["min_value"]):
        yield f"Please enter a number of at least {element['min_value']}."
    elif "max_value" in element and float(written) > float(element["max_value"]):
        yield f"Please enter a number of at most {element['max_value']}."
