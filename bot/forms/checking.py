"""Values held against a schema, each complaint with the place it is about."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shared.operations.checks import problems, schema_errors
from shared.text import json_text, one_line

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

type Place = tuple[str | int, ...]

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_WORDS = {
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be more than {}",
    "exclusiveMaximum": "must be less than {}",
    "multipleOf": "must be a multiple of {}",
    "minLength": "must be at least {} characters long",
    "maxLength": "must be at most {} characters long",
    "minItems": "needs at least {}",
    "maxItems": "may have at most {}",
    "uniqueItems": "must not have the same twice",
    "pattern": "must match {}",
    "format": "must be a valid {}",
}
_SHOWN = 160


def violations(schema: dict[str, Any], value: Any) -> list[tuple[Place, str]]:
    """What is wrong and where; nothing where the schema itself cannot be used."""
    return [found for error in schema_errors(schema, value) for found in _found(error)]


def complaints(schema: dict[str, Any] | None, value: Mapping[str, Any]) -> list[tuple[Place, str]]:
    """As `violations`, with all that an operation would refuse."""
    if not schema:
        return []
    found = violations(schema, value)
    return found or [((), problem) for problem in problems(schema, value)]


def _found(error: "ValidationError") -> list[tuple[Place, str]]:
    place = tuple(error.absolute_path)
    if error.validator == "required" and isinstance(error.instance, dict):
        asked = error.schema.get("required") if isinstance(error.schema, dict) else None
        missing = [name for name in asked or [] if name not in error.instance]
        # One error for each missing name: the message alone says which.
        named = [name for name in missing if repr(name) in error.message]
        return [((*place, name), "is required") for name in named]
    inner = _meant(error)
    if inner:
        return [found for each in inner for found in _found(each)]
    return [(place, _words(error))]


def _meant(error: "ValidationError") -> list["ValidationError"]:
    """Of several ways, the only one whose type the value has: what is wrong with that one."""
    ways: dict[Any, list[ValidationError]] = {}
    for each in error.context or ():
        ways.setdefault(each.schema_path[0], []).append(each)
    own = [errors for errors in ways.values() if not any(map(_of_type, errors))]
    return own[0] if len(ways) > 1 and len(own) == 1 else []


def _of_type(error: "ValidationError") -> bool:
    return error.validator in ("type", "const") and not error.relative_path


def _words(error: "ValidationError") -> str:
    own = error.schema.get("errorMessage") if isinstance(error.schema, dict) else None
    if isinstance(own, str) and own:
        return one_line(own, _SHOWN)
    limit = error.validator_value
    constants = [each.validator_value for each in error.context or ()]
    if constants and all(each.validator == "const" for each in error.context or ()):
        return one_line("must be one of " + ", ".join(map(json_text, constants)), _SHOWN)
    if error.validator == "type":
        kinds = limit if isinstance(limit, list) else [limit]
        return "must be " + " or ".join(_TYPES.get(str(kind), str(kind)) for kind in kinds)
    if error.validator == "enum" and isinstance(limit, list):
        return one_line("must be one of " + ", ".join(map(json_text, limit)), _SHOWN)
    words = _WORDS.get(str(error.validator))
    return one_line(words.format(limit) if words else error.message, _SHOWN)
