"""Which kind of field a schema asks for."""

import re
from typing import Any

from bot.forms.fields import Kind, Option
from bot.forms.resolved import Schema, resolve
from shared.secrets import redact
from shared.text import json_text

_FORMATS = {
    "date": Kind.DATE,
    "time": Kind.TIME,
    "date-time": Kind.MOMENT,
    "email": Kind.EMAIL,
    "idn-email": Kind.EMAIL,
    "uri": Kind.URL,
    "url": Kind.URL,
    "text": Kind.LONG_TEXT,
    "textarea": Kind.LONG_TEXT,
    "markdown": Kind.LONG_TEXT,
}
_LONG = re.compile(
    r"comment|content|\btext\b|body|message|notes?\b|prompt|reason|description|summary|query",
    re.IGNORECASE,
)
_LONG_FROM = 80
SCALARS = {"string": str, "integer": int, "number": float}
_YES_NO = (Option(value=True, label="Yes"), Option(value=False, label="No"))


def kind_of(name: str, schema: Schema, root: Schema) -> Kind:
    """The kind of a schema that `resolve` made plain."""
    if options_of(schema, root):
        return Kind.CHOICE
    match schema.get("type"):
        case "string":
            return _text_kind(name, schema)
        case "integer":
            return Kind.INTEGER
        case "number":
            return Kind.NUMBER
        case "array":
            return _array_kind(schema, root)
    return Kind.JSON


def options_of(schema: Schema, root: Schema) -> tuple[Option, ...]:
    """The values to choose from, where the schema lists them all."""
    if schema.get("type") == "boolean" and "enum" not in schema:
        return _YES_NO
    if isinstance(schema.get("enum"), list):
        return tuple(Option(value, _label(value)) for value in schema["enum"])
    for word in ("oneOf", "anyOf"):
        ways = schema.get(word)
        if isinstance(ways, list) and ways:
            plain = [resolve(way, root).schema for way in ways]
            if all("const" in way for way in plain):
                return tuple(_option(way) for way in plain)
    return ()


def item_options(schema: Schema, root: Schema) -> tuple[Option, ...]:
    """The values that a list may hold, where the schema lists them all."""
    return options_of(resolve(schema.get("items"), root).schema, root)


def chat_part(schema: Schema, root: Schema) -> tuple[str, dict[str, Any]] | None:
    """Of a list whose parts hold one text each: the name of the text and what is constant."""
    part = resolve(schema.get("items"), root).schema
    properties = part.get("properties")
    if part.get("type") != "object" or not isinstance(properties, dict):
        return None
    plain = {name: resolve(each, root).schema for name, each in properties.items()}
    constant = {name: each["const"] for name, each in plain.items() if "const" in each}
    texts = [name for name in plain if name not in constant]
    if not constant or len(texts) != 1 or plain[texts[0]].get("type") != "string":
        return None
    return texts[0], constant


def is_secret(name: str, schema: Schema) -> bool:
    """Whether a person would type a secret into it, which Slack shows and keeps."""
    if schema.get("format") == "password" or schema.get("writeOnly") is True:
        return True
    typed = schema.get("type") not in ("integer", "number", "boolean")
    return typed and "const" not in schema and redact({name: "x"}) != {name: "x"}


def secret_names(value: Any) -> set[str]:
    """The names in a JSON value under which something secret would stand."""
    match value:
        case dict():
            mine = {str(key) for key, item in value.items() if redact({key: item}) != {key: item}}
            return mine.union(*(secret_names(item) for item in value.values()))
        case list():
            return set[str]().union(*(secret_names(item) for item in value))
    return set()


def _text_kind(name: str, schema: Schema) -> Kind:
    by_format = _FORMATS.get(str(schema.get("format")))
    if by_format is not None:
        return by_format
    longest = schema.get("maxLength")
    if isinstance(longest, int):
        return Kind.LONG_TEXT if longest > _LONG_FROM and not _is_a_word(schema) else Kind.TEXT
    return Kind.LONG_TEXT if _LONG.search(name.replace("_", " ")) else Kind.TEXT


def _array_kind(schema: Schema, root: Schema) -> Kind:
    if "prefixItems" in schema or not isinstance(schema.get("items"), dict):
        return Kind.JSON
    items = resolve(schema["items"], root)
    if items.nullable:
        return Kind.JSON
    if item_options(schema, root) and items.schema.get("type") != "boolean":
        return Kind.CHOICES
    if chat_part(schema, root):
        return Kind.CHAT
    return Kind.LINES if items.schema.get("type") in SCALARS else Kind.JSON


def _option(way: Schema) -> Option:
    title, described = way.get("title"), way.get("description")
    label = title or described or _label(way["const"])
    return Option(way["const"], str(label), str(described) if title and described else "")


def _label(value: Any) -> str:
    if value is None:
        return "(none)"
    return value if isinstance(value, str) else json_text(value)


def _is_a_word(schema: Schema) -> bool:
    """Whether the text has no spaces, however long it may be."""
    return str(schema.get("pattern", "")).strip("^$") == r"\S+"
