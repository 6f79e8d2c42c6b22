"""JSON Schemas made plain: references followed, trivial combinations merged, null set apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

type Schema = dict[str, Any]

_STEPS = 20
_NOTES = frozenset(
    {"title", "description", "default", "examples", "$comment", "deprecated", "errorMessage"}
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A schema without references at its top; `nullable` when it takes null besides."""

    schema: Schema
    nullable: bool = False


def resolve(schema: Any, root: Schema) -> Resolved:
    """The plain form of a schema; what cannot be made plain stays as it is."""
    found: Schema = schema if isinstance(schema, dict) else {}
    nullable = False
    for _ in range(_STEPS):
        if "$ref" in found:
            found = _referred(found, root)
        elif (merged := _all_merged(found, root)) is not None:
            found = merged
        elif (without_null := _without_null(found)) is not None:
            found, nullable = without_null, True
        else:
            break
    return Resolved(found, nullable)


def _referred(schema: Schema, root: Schema) -> Schema:
    target = pointed(root, schema["$ref"])
    rest = {key: value for key, value in schema.items() if key != "$ref"}
    return {**(target if isinstance(target, dict) else {}), **rest}


def pointed(root: Schema, reference: Any) -> Any:
    """What a reference inside the document names; None for any other."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        return None
    place: Any = root
    for step in reference.removeprefix("#").split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        place = place.get(name) if isinstance(place, Mapping) else None
    return place


def _all_merged(schema: Schema, root: Schema) -> Schema | None:
    parts = schema.get("allOf")
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        return None
    plain = [_referred(part, root) if "$ref" in part else part for part in parts]
    merged: Schema = {}
    for part in (*plain, {key: value for key, value in schema.items() if key != "allOf"}):
        for key, value in part.items():
            if key == "properties" and isinstance(value, dict):
                mine = merged.setdefault("properties", {})
                if any(name in mine and mine[name] != value[name] for name in value):
                    return None
                merged["properties"] = {**mine, **value}
            elif key == "required" and isinstance(value, list):
                merged["required"] = [*merged.get("required", []), *value]
            elif key in merged and key not in _NOTES and merged[key] != value:
                return None
            else:
                merged[key] = value
    return merged


def _without_null(schema: Schema) -> Schema | None:
    types = schema.get("type")
    if isinstance(types, list):
        if types == ["null"] or ("null" not in types and len(types) != 1):
            return None
        left = [each for each in types if each != "null"]
        return {**schema, "type": left[0] if len(left) == 1 else left} if "null" in types else None
    for word in ("anyOf", "oneOf"):
        ways = schema.get(word)
        if isinstance(ways, list) and any(_is_null(way) for way in ways):
            left = [way for way in ways if not _is_null(way)]
            rest = {key: value for key, value in schema.items() if key != word}
            if len(left) == 1 and isinstance(left[0], dict):
                return {**left[0], **rest}
            return {**rest, word: left} if left else None
    return None


def _is_null(way: Any) -> bool:
    return isinstance(way, dict) and way.get("type") == "null"
