"""What a JSON Schema says about the types of a value and of its parts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_MOST = 50
_TYPES = frozenset(("null", "boolean", "integer", "number", "string", "array", "object"))


@dataclass(frozen=True, slots=True)
class Shape:
    """The types that a value may have; `choices` where only some values will do."""

    kinds: frozenset[str]
    choices: tuple[Any, ...] | None
    schemas: tuple[Mapping[str, Any], ...]

    @property
    def is_open(self) -> bool:
        """Whether the schema says nothing about the type."""
        return not self.kinds

    def takes(self, kind: str) -> bool:
        """Whether a value of this type may do."""
        return self.is_open or kind in self.kinds

    def member(self, name: str, root: Mapping[str, Any]) -> "Shape":
        """The shape of a member of an object."""
        for schema in self.schemas:
            properties = schema.get("properties")
            if isinstance(properties, Mapping) and name in properties:
                return shape_of(properties[name], root)
        extra = [each.get("additionalProperties") for each in self.schemas]
        return shape_of(next((each for each in extra if isinstance(each, Mapping)), None), root)

    def items(self, root: Mapping[str, Any]) -> "Shape":
        """The shape of an item of an array."""
        found = [each.get("items") for each in self.schemas]
        return shape_of(next((each for each in found if isinstance(each, Mapping)), None), root)


def shape_of(schema: Any, root: Any) -> Shape:
    """The shape of a schema of a document, through its references and alternatives."""
    if not isinstance(schema, Mapping):
        return Shape(frozenset(), None, ())
    parts = tuple(_alternatives(schema, root if isinstance(root, Mapping) else {}))
    kinds = [_kinds(part) for part in parts]
    # An alternative that says nothing allows everything.
    known = frozenset[str]().union(*kinds) if all(kinds) else frozenset[str]()
    return Shape(known, _choices(parts), parts)


def _alternatives(
    schema: Mapping[str, Any], root: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """The plain schemas behind it; bounded, because references may go in circles."""
    waiting, count = [schema], 0
    while waiting and count < _MOST:
        count += 1
        found = waiting.pop(0)
        deeper = list(_behind(found, root))
        # `anyOf` beside properties narrows them; the properties are what matters here.
        if not deeper or "properties" in found:
            yield found
        waiting.extend(deeper)


def _behind(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    reference = schema.get("$ref")
    if isinstance(reference, str) and (target := _resolved(reference, root)) is not None:
        yield target
    for word in ("anyOf", "oneOf", "allOf"):
        options = schema.get(word)
        if isinstance(options, list):
            yield from (each for each in options if isinstance(each, Mapping))


def _resolved(reference: str, root: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The schema within the document; nothing is ever fetched."""
    if not reference.startswith("#"):
        return None
    found: Any = root
    for step in reference.removeprefix("#").strip("/").split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        if name:
            found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else None


def _kinds(schema: Mapping[str, Any]) -> frozenset[str]:
    stated = schema.get("type")
    named = stated if isinstance(stated, list) else [stated]
    found = frozenset(each for each in named if isinstance(each, str) and each in _TYPES)
    if not found and "properties" in schema:
        return frozenset(("object",))
    if not found and (values := _enumerated(schema)) is not None:
        return frozenset(_type_name(each) for each in values)
    return found


def _choices(parts: tuple[Mapping[str, Any], ...]) -> tuple[Any, ...] | None:
    """The values that will do, unless an alternative takes any value of its type."""
    found: list[Any] = []
    for part in parts:
        if part.get("type") == "null":
            found.append(None)
        elif (values := _enumerated(part)) is not None:
            found.extend(values)
        else:
            return None
    return tuple(found) if any(each is not None for each in found) else None


def _enumerated(schema: Mapping[str, Any]) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    values = schema.get("enum")
    return values if isinstance(values, list) else None


def _type_name(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
    return "object"
