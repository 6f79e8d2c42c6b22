"""A request written as the command that reads back as the same request."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.grammar.fields import Field
from bot.grammar.fit import is_text_everywhere
from bot.grammar.routes import Route, Routes, all_routes

# What reads as itself: nothing that could be a quote, a dash, JSON, a pair, a list or an entity.
_PLAIN = re.compile(r"[A-Za-z0-9_@#./:+*][A-Za-z0-9_@#./:+*-]*")
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_MOST_PAIRS = 6


def spell(name: str, arguments: Mapping[str, Any], routes: Routes | None = None) -> str:
    """The command as plain text; Slack escapes it when a person sends it."""
    route = (all_routes() if routes is None else routes).named(name)
    given = {key: _plain_json(value) for key, value in arguments.items()}
    placed = _by_position(route, given)
    values = [part for key in placed for part in _positional(route.fields.get(key), given[key])]
    pairs = [
        pair
        for key, value in given.items()
        if key not in placed
        for pair in _keyed(route, key, value)
    ]
    return " ".join([*route.words, *values, *pairs])


def _by_position(route: Route, given: Mapping[str, Any]) -> list[str]:
    """The fields that need no key: those before a gap, and none where a needed one is missing."""
    needed = [key for key in route.positional if route.fields[key].required]
    if any(key not in given for key in needed if key != "input"):
        return []
    placed: list[str] = []
    for key in route.positional:
        if given.get(key) in (None, [], ""):
            break
        if key == "input" and (not isinstance(given[key], dict) or _as_pairs(route, given[key])):
            break
        placed.append(key)
    return placed


def _positional(field: Field | None, value: Any) -> Iterator[str]:
    if isinstance(value, list):
        yield from (_text(each) for each in value)
    else:
        yield _text(value)


def _keyed(route: Route, key: str, value: Any) -> Iterator[str]:
    if key == "input" and isinstance(value, dict) and _as_pairs(route, value):
        yield from (f"{name}={_typed(each)}" for name, each in value.items())
    elif isinstance(value, list) and value and _are_choices(route.fields[key], value):
        yield f"{key}={','.join(value)}"
    elif isinstance(value, list) and _as_repetition(value):
        yield from (f"{key}={_text(each)}" for each in value)
    else:
        yield f"{key}={_text(value)}"


def _are_choices(field: Field, value: Sequence[Any]) -> bool:
    return bool(field.choices) and all(each in field.choices for each in value)


def _as_pairs(route: Route, value: Mapping[str, Any]) -> bool:
    """Whether an input reads better, and the same, as pairs than as JSON."""
    return 0 < len(value) <= _MOST_PAIRS and all(
        _KEY.fullmatch(name) and name not in route.fields and _is_short(each)
        for name, each in value.items()
    )


def _is_short(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= 200 and "\n" not in value
    return value is None or isinstance(value, bool | int)


def _as_repetition(value: Sequence[Any]) -> bool:
    """Lists of text; a single one of them only where no reader could split it or parse it."""
    if not all(isinstance(each, str) for each in value):
        return False
    return len(value) > 1 or (len(value) == 1 and _is_whole(value[0]))


def _is_whole(text: str) -> bool:
    # Python's strip takes more characters than that of the parameters.
    return text == text.strip() and not re.search(r"[,\[{]", text)


def _typed(value: Any) -> str:
    """A value of an input, in quotes where a bare one would be read as a number or the like."""
    if not isinstance(value, str):
        return _json(value)
    return _text(value) if is_text_everywhere(value) else _quoted(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        return _json(value)
    return value if _PLAIN.fullmatch(value) and value != "null" else _quoted(value)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _plain_json(value: Any) -> Any:
    """As JSON has it: parameters keep tuples."""
    if isinstance(value, tuple | list):
        return [_plain_json(each) for each in value]
    if isinstance(value, Mapping):
        return {str(key): _plain_json(each) for key, each in value.items()}
    return str(value) if isinstance(value, str) else value
