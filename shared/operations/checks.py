"""Input held against the JSON Schema that a workflow states, before anything is sent."""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from shared.explain import did_you_mean
from shared.text import one_line

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_SHOWN = 8
# Where a schema says more than plain properties, only the schema knows which names it allows.
_OPEN = ("additionalProperties", "patternProperties", "anyOf", "oneOf", "allOf", "$ref", "if")


def problems(schema: dict[str, Any] | None, value: Mapping[str, Any]) -> list[str]:
    """What is wrong, a field each; nothing where the schema itself cannot be used."""
    if not schema:
        return []
    refused = [_words(error) for error in _sorted(schema_errors(schema, value))]
    found = [*refused, *_unknown_names(schema, value)]
    more = len(found) - _SHOWN
    return [*found[:_SHOWN], f"and {more} more"] if more > 0 else found


def schema_errors(schema: dict[str, Any], value: Any) -> list["ValidationError"]:
    """What the schema refuses; nothing where the schema itself cannot be used."""
    # jsonschema costs 90 ms, and most calls check nothing.
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    checker = validator_for(schema)
    try:
        checker.check_schema(schema)
        # An empty registry: a reference to an address must never make us fetch it.
        return list(checker(schema, registry=Registry()).iter_errors(value))
    except (SchemaError, Unresolvable, re.error, RecursionError, TypeError):
        return []


def _sorted(errors: Iterable["ValidationError"]) -> list["ValidationError"]:
    return sorted(errors, key=lambda error: [str(step) for step in error.absolute_path])


def _words(error: "ValidationError") -> str:
    place = "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path
    )
    message = one_line(error.message, 160)
    return f"{one_line(place.removeprefix('.'), 80)}: {message}" if place else message


def _unknown_names(schema: dict[str, Any], value: Mapping[str, Any]) -> list[str]:
    # Workers drop what they do not know (mistralai-workflows 3.16.0), so that a typo would start
    # an execution with the default.
    known = schema.get("properties")
    if not isinstance(known, dict) or not known or any(name in schema for name in _OPEN):
        return []
    listed = f"; the fields are {one_line(', '.join(known), 200)}"
    return [
        f"{one_line(name, 60)} is not a field of it{did_you_mean(name, list(known)) or listed}"
        for name in value
        if name not in known
    ]
