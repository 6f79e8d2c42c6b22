"""JSON Schemas in words: what an input asks for, a line for each field."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.message import Block
from bot.render import rich
from bot.render.words import short_json

_FIELDS = 15
_DEEP = ("object", "array", "value")


def fields_block(schema: Any, title: str) -> Block | None:
    """The fields of an input; None where the schema tells of none."""
    fields = _properties(schema)
    rows = [_field(name, field, name in _required(schema)) for name, field in fields[:_FIELDS]]
    if len(fields) > _FIELDS:
        rows.append([rich.text(f"and {len(fields) - _FIELDS} more")])
    return rich.lines(rows, title)


def names(schema: Any) -> str:
    """The names of the fields, where there are any."""
    return ", ".join(name for name, _ in _properties(schema)[:_FIELDS])


def is_whole_in_lines(schema: Any) -> bool:
    """Whether the lines say everything that matters, so that nobody needs the schema itself."""
    fields = _properties(schema)
    if len(fields) > _FIELDS or not isinstance(schema, Mapping):
        return False
    return all(_type(field) not in _DEEP for _, field in fields)


def _field(name: str, field: Mapping[str, Any], required: bool) -> list[rich.Piece]:
    told = [_type(field), "required" if required else ""]
    if "default" in field and field["default"] is not None:
        told.append(f"default {short_json(field['default'], 40)}")
    words = ", ".join(part for part in told if part)
    says = field.get("description")
    about = f" - {rich.prose(says, 140)['text']}" if isinstance(says, str) and says else ""
    return [rich.text("• "), rich.code(name, 60), rich.text(f" {words}{about}")]


def _type(field: Mapping[str, Any]) -> str:
    listed = field.get("enum")
    if isinstance(listed, list) and listed:
        return f"one of {short_json(listed, 80)}"
    if isinstance(field.get("oneOf"), list):
        return "one of " + short_json(list(_constants(field["oneOf"])), 80)
    kinds = [field.get("type"), *(each.get("type") for each in _options(field))]
    named = [str(kind) for kind in kinds if isinstance(kind, str) and kind != "null"]
    return str(field.get("format") or (named[0] if named else "value"))[:40]


def _options(field: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    options = field.get("anyOf")
    return (each for each in (options if isinstance(options, list) else ()) if _is_object(each))


def _constants(options: list[Any]) -> Iterator[Any]:
    return (each["const"] for each in options if _is_object(each) and "const" in each)


def _is_object(value: object) -> bool:
    return isinstance(value, Mapping)


def _properties(schema: Any) -> list[tuple[str, Mapping[str, Any]]]:
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    if not isinstance(properties, Mapping):
        return []
    return [(str(name), field) for name, field in properties.items() if isinstance(field, Mapping)]


def _required(schema: Any) -> list[Any]:
    required = schema.get("required") if isinstance(schema, Mapping) else None
    return required if isinstance(required, list) else []
