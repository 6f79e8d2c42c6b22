"""What a person filled in, as values; a ValueError says in words what a field cannot be."""

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.forms.elements import LEAVE_OUT, VALUE
from bot.forms.fields import Field, Kind
from bot.forms.kinds import chat_part, secret_names
from bot.forms.resolved import Schema, resolve
from shared.text import one_line

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,300}(?:\.0*)?", re.ASCII)

type State = Mapping[str, Mapping[str, Mapping[str, Any]]]


def read_answer(field: Field, block_id: str, state: State, root: Schema) -> Any:
    """The value of a field; ABSENT where it is left out."""
    filled = (state.get(block_id) or {}).get(VALUE) or {}
    if field.kind is Kind.TICK:
        return bool(filled.get("selected_options"))
    if field.kind is Kind.CHOICE:
        return _chosen(field, filled.get("selected_option"))
    if field.kind is Kind.CHOICES:
        picked = [_chosen(field, each) for each in filled.get("selected_options") or []]
        return picked or field.blank
    if field.kind is Kind.MOMENT:
        return _moment(field, filled.get("selected_date_time"))
    names = {Kind.DATE: "selected_date", Kind.TIME: "selected_time"}
    text = filled.get(names.get(field.kind, "value"))
    return field.blank if text in (None, "") else _typed(field, str(text), root)


def read_json(text: str, *, words_allowed: bool = False) -> Any:
    """JSON a person typed; with `words_allowed`, what is none is the text itself."""
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        if words_allowed and not text.lstrip().startswith(("{", "[", '"')):
            return text
        place = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"is not valid JSON at {place}: {error.msg}") from None
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    refuse_secrets(value)
    return value


def refuse_secrets(value: Any) -> None:
    """Raise ValueError for JSON with something that looks like a secret."""
    found = sorted(secret_names(value))
    if found:
        named = one_line(", ".join(found), 100)
        raise ValueError(f"has something secret under {named}; Slack would keep it in plain text")


def _typed(field: Field, text: str, root: Schema) -> Any:
    match field.kind:
        case Kind.INTEGER:
            return _integer(text)
        case Kind.NUMBER:
            return _number(text)
        case Kind.TIME:
            return f"{text}:00"
        case Kind.LINES:
            return _lines(field, text, root)
        case Kind.CHAT:
            name, constant = chat_part(field.schema, root) or ("text", {})
            return [{**constant, name: text}]
        case Kind.JSON:
            return read_json(text, words_allowed=_takes_text(field.schema))
    return text


def _chosen(field: Field, option: Mapping[str, Any] | None) -> Any:
    number = str((option or {}).get("value", LEAVE_OUT))
    if number == LEAVE_OUT:
        return field.blank
    if not number.isdecimal() or int(number) >= len(field.options):
        raise ValueError("is not one of the options any more; open the form again")
    return field.options[int(number)].value


def _moment(field: Field, seconds: Any) -> Any:
    if not isinstance(seconds, int):
        return field.blank
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def _integer(text: str) -> int:
    written = text.strip()
    if not _INTEGER.fullmatch(written):
        raise ValueError("must be a whole number")
    return int(written.partition(".")[0])


def _number(text: str) -> int | float:
    written = text.strip()
    if not _NUMBER.fullmatch(written) or not math.isfinite(float(written)):
        raise ValueError("must be a number")
    return int(written) if written.lstrip("+-").isdigit() else float(written)


def _lines(field: Field, text: str, root: Schema) -> Any:
    kind = resolve(field.schema["items"], root).schema["type"]
    lines = [line.strip() for line in text.split("\n")]
    values = [_line(number, line, kind) for number, line in enumerate(lines, start=1) if line]
    return values or field.blank


def _line(number: int, line: str, kind: str) -> Any:
    try:
        return line if kind == "string" else _integer(line) if kind == "integer" else _number(line)
    except ValueError as error:
        raise ValueError(f"line {number} {error}") from None


def _takes_text(schema: Schema) -> bool:
    """Whether bare words can be meant: the schema names no type, or text among them."""
    ways = [schema, *(way for word in ("anyOf", "oneOf") for way in schema.get(word) or [])]
    if any("$ref" in way for way in ways if isinstance(way, dict)):
        return False
    types = [way.get("type") for way in ways if isinstance(way, dict)]
    named = {
        name for each in types for name in (each if isinstance(each, list) else [each]) if name
    }
    return not named or "string" in named


def _no_constant(name: str) -> Any:
    raise ValueError(f"has {name}, which JSON does not know")
