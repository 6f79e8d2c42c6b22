"""The arguments of an operation as JSON Schema, as short as a model's context deserves."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from shared.operation import Operation

# Limits of length are ours to explain when they are broken; to a caller they say nothing.
_DROPPED = ("title", "default", "minLength", "maxLength")


def input_schema(operation: Operation[Any, Any]) -> dict[str, Any]:
    """A flat object: no references, no titles, no unions with null, nothing unknown allowed."""
    schema = operation.params.model_json_schema(schema_generator=GenerateJsonSchema)
    properties = {
        name: _short(field, keep_default=True)
        for name, field in schema.get("properties", {}).items()
    }
    required = {"required": schema["required"]} if schema.get("required") else {}
    return {"type": "object", "properties": properties, **required, "additionalProperties": False}


def plain_schema(schema: Any) -> Any:
    """The schema without the `title` that pydantic writes on everything."""
    match schema:
        case dict():
            return {
                name: plain_schema(part)
                for name, part in schema.items()
                # A property may be called title; then its value is a schema and not a word.
                if name != "title" or not isinstance(part, str)
            }
        case list():
            return [plain_schema(part) for part in schema]
    return schema


def _short(field: dict[str, Any], *, keep_default: bool = False) -> dict[str, Any]:
    only = [option for option in field.get("anyOf", ()) if option.get("type") != "null"]
    merged = {**only[0], **field} if len(only) == 1 else dict(field)
    short = {name: value for name, value in merged.items() if name not in (*_DROPPED, "anyOf")}
    if short.get("additionalProperties") is True:
        del short["additionalProperties"]
    if keep_default and field.get("default") not in (None, False, []):
        short["default"] = field["default"]
    if "items" in short:
        short["items"] = _short(short["items"])
    return short
