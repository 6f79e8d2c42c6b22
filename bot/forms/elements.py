"""A field as an input block of Slack."""

import math
from collections.abc import Sequence
from typing import Any

from bot.blocks import plain_text
from bot.forms.fields import ABSENT, Field, Kind, Option
from bot.forms.written import TEXT_LIMIT, write_number
from bot.message import Block
from shared.text import clean

VALUE = "value"
LEAVE_OUT = "-"
_RADIO_MOST = 10
_GROUP = 100
_LABEL, _HINT, _OPTION = 150, 400, 75
_JSON_HINT = 'JSON, such as {"a": 1} or [1, 2].'


def input_block(field: Field, block_id: str) -> Block:
    """The block; what a schema wrote is bounded and never markup."""
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain_text(field.label, _LABEL),
        "element": _element(field),
        "optional": not field.required,
    }
    hint = " ".join(filter(None, (clean(field.hint).strip(), _our_hint(field))))
    if hint:
        block["hint"] = plain_text(hint, _HINT)
    return block


def options_of(options: Sequence[Option], *, leave_out: bool) -> list[Block]:
    """The options of a menu, their values being their numbers."""
    first = [_option(Option(None, "(leave out)"), LEAVE_OUT)] if leave_out else []
    return [*first, *(_option(each, str(number)) for number, each in enumerate(options))]


def menu(options: Sequence[Block]) -> Block:
    """The options of a select, in groups where they are many."""
    if len(options) <= _GROUP:
        return {"options": list(options)}
    groups = [options[at : at + _GROUP] for at in range(0, len(options), _GROUP)]
    return {
        "option_groups": [
            {"label": plain_text(_span(group), _OPTION), "options": list(group)}
            for group in groups[:_GROUP]
        ]
    }


def _span(group: Sequence[Block]) -> str:
    first, last = (str(group[at]["text"]["text"])[:30] for at in (0, -1))
    return f"{first} … {last}"


def _element(field: Field) -> Block:
    match field.kind:
        case Kind.TICK:
            return _tick(field)
        case Kind.CHOICE:
            return _choice(field)
        case Kind.CHOICES:
            return _choices(field)
        case Kind.DATE:
            return _picker("datepicker", "initial_date", field)
        case Kind.TIME:
            return _picker("timepicker", "initial_time", field)
        case Kind.MOMENT:
            return _picker("datetimepicker", "initial_date_time", field)
        case Kind.EMAIL:
            return _picker("email_text_input", "initial_value", field)
        case Kind.URL:
            return _picker("url_text_input", "initial_value", field)
        case Kind.INTEGER | Kind.NUMBER:
            return _number(field)
    return _text(field)


def _picker(kind: str, initial: str, field: Field) -> Block:
    element: Block = {"type": kind, "action_id": VALUE}
    if field.initial is not ABSENT:
        element[initial] = field.initial
    return element


def _text(field: Field) -> Block:
    element = _picker("plain_text_input", "initial_value", field)
    element["multiline"] = field.kind is not Kind.TEXT
    if field.kind in (Kind.TEXT, Kind.LONG_TEXT):
        shown = len(field.initial) if isinstance(field.initial, str) else 0
        least, most = (_length(field, name) for name in ("minLength", "maxLength"))
        if most and max(shown, 1) <= most <= TEXT_LIMIT:
            element["max_length"] = most
        # An optional field may stay empty, whatever its least length is.
        if least and field.required and least <= min(most or TEXT_LIMIT, TEXT_LIMIT):
            element["min_length"] = least
    return element


def _length(field: Field, name: str) -> int | None:
    value = field.schema.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(field: Field) -> Block:
    element = _picker("number_input", "initial_value", field)
    element["is_decimal_allowed"] = field.kind is Kind.NUMBER
    least, most = (_bound(field, end) for end in ("minimum", "maximum"))
    if least is not None:
        element["min_value"] = least
    if most is not None:
        element["max_value"] = most
    return element


def _bound(field: Field, end: str) -> str | None:
    """A limit that Slack checks as the person types; finer ones are checked on sending."""
    limit = field.schema.get(end)
    if field.kind is Kind.INTEGER:
        limit = _whole_bound(limit, field.schema.get(f"exclusive{end.capitalize()}"), end)
    return write_number(limit)


def _whole_bound(limit: Any, beyond: Any, end: str) -> Any:
    if write_number(beyond) is not None:
        beyond = math.floor(beyond) + 1 if end == "minimum" else math.ceil(beyond) - 1
    if write_number(limit) is None:
        return beyond
    whole = math.ceil(limit) if end == "minimum" else math.floor(limit)
    if write_number(beyond) is None:
        return whole
    return max(whole, beyond) if end == "minimum" else min(whole, beyond)


def _tick(field: Field) -> Block:
    option = _option(Option(value=True, label="Yes"), "0")
    element: Block = {"type": "checkboxes", "action_id": VALUE, "options": [option]}
    if field.initial is True:
        element["initial_options"] = [option]
    return element


def _choice(field: Field) -> Block:
    options = options_of(field.options, leave_out=not field.required)
    radio = field.required and len(options) <= _RADIO_MOST
    chosen = {} if radio else {"placeholder": plain_text("Choose")}
    element: Block = {
        "type": "radio_buttons" if radio else "static_select",
        "action_id": VALUE,
        **chosen,
        **menu(options),
    }
    if field.initial is not ABSENT:
        element["initial_option"] = _at(options, str(field.initial))
    return element


def _choices(field: Field) -> Block:
    options = options_of(field.options, leave_out=False)
    element: Block = {
        "type": "multi_static_select",
        "action_id": VALUE,
        "placeholder": plain_text("Choose"),
        **menu(options),
    }
    if field.initial is not ABSENT and field.initial:
        element["initial_options"] = [_at(options, str(each)) for each in field.initial]
    most = field.schema.get("maxItems")
    if isinstance(most, int) and most >= max(1, len(element.get("initial_options", []))):
        element["max_selected_items"] = most
    return element


def _at(options: Sequence[Block], value: str) -> Block:
    return next(each for each in options if each["value"] == value)


def _option(option: Option, value: str) -> Block:
    made: Block = {"text": plain_text(option.label, _OPTION), "value": value}
    if option.description:
        made["description"] = plain_text(option.description, _OPTION)
    return made


def _our_hint(field: Field) -> str:
    match field.kind:
        case Kind.LINES:
            return "One per line."
        case Kind.JSON:
            return _JSON_HINT
        case Kind.MOMENT:
            return "In your own time zone."
    return ""
