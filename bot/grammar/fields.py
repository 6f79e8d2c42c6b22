"""What each argument of a command takes, read from its parameters."""

from dataclasses import dataclass
from typing import Any

from shared.operation import Params


@dataclass(frozen=True, slots=True)
class Field:
    """An argument; `kind` is its JSON type, `choices` are its words where only some will do."""

    name: str
    kind: str
    required: bool
    nullable: bool
    choices: tuple[str, ...] = ()


def fields_of(params: type[Params]) -> dict[str, Field]:
    """The arguments by name."""
    schema = params.model_json_schema()
    required = schema.get("required", ())
    return {
        name: _field(name, part, name in required)
        for name, part in schema.get("properties", {}).items()
    }


def _field(name: str, schema: dict[str, Any], required: bool) -> Field:
    options: list[dict[str, Any]] = schema.get("anyOf", [schema])
    real = [each for each in options if each.get("type") != "null"]
    taken = real[0] if real else {}
    items: dict[str, Any] = taken.get("items", {})
    return Field(
        name=name,
        kind=str(taken.get("type", "string")),
        required=required,
        nullable=len(real) < len(options),
        choices=tuple(str(each) for each in taken.get("enum", items.get("enum", ()))),
    )
