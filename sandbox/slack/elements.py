"""Interactive elements of blocks: where they are, and what Slack makes of a choice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.slack.model import Json
from sandbox.slack.refusals import Refusal

_KEYS = {
    "plain_text_input": "value",
    "number_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "rich_text_input": "rich_text_value",
    "file_input": "files",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "radio_buttons": "selected_option",
    "checkboxes": "selected_options",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
}
_OPTIONS = ("selected_option", "selected_options")
_SHOWN = ("text", "value", "style", "placeholder", "confirm", "url")


@dataclass(frozen=True, slots=True)
class Element:
    """An element in its block; `dispatches` says that using it is sent at once."""

    block_id: str
    body: Json
    dispatches: bool

    @property
    def type(self) -> str:
        """Its kind."""
        return str(self.body["type"])

    @property
    def action_id(self) -> str:
        """Its name within the block."""
        return str(self.body["action_id"])

    @property
    def holds(self) -> bool:
        """Whether it keeps what was picked, unlike a button or an overflow menu."""
        return self.type in _KEYS


def elements(blocks: Any) -> Iterator[Element]:
    """Every interactive element, however deep."""
    yield from _within(blocks, "", True)


def find_element(blocks: Any, action_id: str, block_id: str | None, value: Any) -> Element:
    """The element a person means; raises no_such_element or ambiguous_element."""
    there = list(elements(blocks))
    found = [
        each for each in there if each.action_id == action_id and block_id in (None, each.block_id)
    ]
    if len(found) > 1:
        found = [each for each in found if each.body.get("value") == value] or found
    if len(found) == 1:
        return found[0]
    known = ", ".join(sorted({each.action_id for each in there})) or "nothing"
    hint = f"Not exactly one element {action_id!r} is there; name its block_id. There is: {known}."
    raise Refusal("ambiguous_element" if found else "no_such_element", hint=hint)


def picked(element: Element, choice: Any, offered: Sequence[Json]) -> Json:
    """Slack's value object of a choice: the id, text, date or option that was picked."""
    if element.type == "overflow":
        return {"selected_option": _among(element, _options(element), choice)}
    if element.type == "feedback_buttons":
        sides = [element.body[f"{side}_button"] for side in ("positive", "negative")]
        side = _among(element, sides, choice)
        return {"text": side["text"], "value": side["value"]}
    if not element.holds:
        return {}
    key = _KEYS[element.type]
    if isinstance(choice, dict) and key in choice:
        choice = choice[key]
    return {"type": element.type, key: _converted(element, key, choice, offered)}


def state_of(blocks: Any, filled: dict[str, dict[str, Json]]) -> dict[str, dict[str, Json]]:
    """`state.values`: what was picked, else what the elements began with."""
    values: dict[str, dict[str, Json]] = {}
    for element in elements(blocks):
        if element.holds:
            given = filled.get(element.block_id, {}).get(element.action_id)
            values.setdefault(element.block_id, {})[element.action_id] = given or _initial(element)
    return values


def is_empty(value: Json) -> bool:
    """Whether a value object holds nothing."""
    return value.get(_KEYS.get(str(value.get("type")), "value")) in (None, "", [])


def action(element: Element, value: Json, action_ts: str) -> Json:
    """The entry of `actions` in a payload."""
    shown = {name: element.body[name] for name in _SHOWN if name in element.body}
    shown |= {name: each for name, each in element.body.items() if name.startswith("initial_")}
    named = {"type": element.type, "action_id": element.action_id, "block_id": element.block_id}
    return shown | value | named | {"action_ts": action_ts}


def _within(part: Any, block_id: str, dispatches: bool) -> Iterator[Element]:
    if isinstance(part, list):
        for each in part:
            yield from _within(each, block_id, dispatches)
    if not isinstance(part, dict):
        return
    block_id = str(part.get("block_id") or block_id)
    if part.get("type") == "input":
        dispatches = part.get("dispatch_action") is True
    if "action_id" in part and "type" in part:
        yield Element(block_id, part, dispatches)
        return
    for each in part.values():
        yield from _within(each, block_id, dispatches)


def _initial(element: Element) -> Json:
    key = _KEYS[element.type]
    name = "value" if key == "rich_text_value" else key.removeprefix("selected_")
    nothing: list[Json] | None = [] if key.endswith("s") else None
    value = element.body.get(f"initial_{name}", nothing)
    if key == "value" and value is not None:
        value = str(value)
    return {"type": element.type, key: value}


def _converted(element: Element, key: str, choice: Any, offered: Sequence[Json]) -> Any:
    if key.endswith("s"):
        several = choice if isinstance(choice, list) else [] if choice is None else [choice]
        if key not in _OPTIONS:
            return several
        return [_among(element, _options(element, offered), each) for each in several]
    if choice in (None, ""):
        return None
    if key == "selected_option":
        return _among(element, _options(element, offered), choice)
    if key == "selected_date_time":
        return _seconds(element, choice)
    return choice if key == "rich_text_value" else str(choice)


def _options(element: Element, offered: Sequence[Json] = ()) -> list[Json]:
    body = element.body
    grouped = [each for group in body.get("option_groups") or () for each in group["options"]]
    initial = [body["initial_option"]] if body.get("initial_option") else []
    initial += body.get("initial_options") or []
    return [*(body.get("options") or ()), *grouped, *offered, *initial]


def _among(element: Element, options: list[Json], choice: Any) -> Json:
    wanted = choice.get("value") if isinstance(choice, dict) else choice
    for option in options:
        if wanted in (option.get("value"), option["text"]["text"]):
            return option
    known = ", ".join(str(each.get("value")) for each in options) or "nothing"
    hint = f"{wanted!r} is not offered in {element.action_id!r}; there is: {known}."
    raise Refusal("no_such_option", hint=hint)


def _seconds(element: Element, choice: Any) -> int:
    try:
        return int(choice)
    except (TypeError, ValueError):
        hint = f"{element.action_id!r} takes seconds since the epoch, not {choice!r}."
        raise Refusal("invalid_value", hint=hint) from None
