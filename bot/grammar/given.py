"""Arguments as they come together: fields of a command, and the input of a workflow."""

from collections.abc import Mapping
from typing import Any

from bot.grammar.errors import NotUnderstood
from bot.grammar.fields import Field
from bot.grammar.nearest import nearest
from bot.grammar.routes import Route
from bot.grammar.scan import Token
from bot.grammar.values import Word, settled
from shared.text import one_line

_DEEPEST = 12


def known_name(key: str, route: Route) -> str | None:
    """The field that a key means; where a workflow's input takes the rest, only the exact one."""
    if key in route.fields:
        return key
    if route.is_loose:
        return None
    plain = key.casefold().replace("-", "_")
    found = route.aliases.get(plain, plain)
    return found if found in route.fields else None


class Given:
    """Arguments as they come together."""

    def __init__(self, text: str, route: Route) -> None:
        self._text = text
        self._route = route
        self._fields: dict[str, Any] = {}
        self._input: dict[str, Any] = {}

    @property
    def names(self) -> set[str]:
        """The fields that have a value."""
        return {*self._fields, *(("input",) if self._input else ())}

    def add(self, token: Token, value: Any) -> None:
        """A value with a key."""
        key = str(token.key)
        if (name := known_name(key, self._route)) is not None:
            self._set(name, _value(self._route.fields[name], value))
            return
        first, _, rest = key.partition(".")
        field = self._route.fields.get(first)
        if rest and field is not None and field.kind == "object":
            self._nest(first, rest, value)
        elif self._route.is_loose:
            self._nest("input", key, value)
        else:
            raise self._unknown(token)

    def place(self, name: str, value: Any) -> None:
        """A value by position."""
        if name in self._fields:
            raise NotUnderstood(f"{self._route.verb}: {name} is given twice; give it once.")
        self._fields[name] = _value(self._route.fields[name], value)

    def arguments(self) -> dict[str, Any]:
        """All of it, with the parts of an input put together."""
        fields = {
            name: value if name == "input" else settled(value)
            for name, value in self._fields.items()
        }
        if not self._input:
            return fields
        whole = fields.get("input", {})
        if not isinstance(whole, dict):
            raise NotUnderstood(
                f"{self._route.verb}: the input is given both whole and by key; "
                "give it as JSON or as key=value."
            )
        return fields | {"input": _merged(whole, self._input, self._route)}

    def _set(self, name: str, value: Any) -> None:
        if name not in self._fields:
            self._fields[name] = value
            return
        earlier = self._fields[name]
        several = earlier if isinstance(earlier, list) else [earlier]
        self._fields[name] = [*several, *(value if isinstance(value, list) else [value])]

    def _nest(self, name: str, key: str, value: Any) -> None:
        inside = self._input if name == "input" else self._fields.setdefault(name, {})
        *parents, last = key.split(".")
        if len(parents) > _DEEPEST:
            raise NotUnderstood(f"{one_line(key, 60)} has too many dots; give that part as JSON.")
        for parent in parents:
            inside = inside.setdefault(parent, {}) if isinstance(inside, dict) else inside
        if not isinstance(inside, dict) or isinstance(inside.get(last), dict):
            raise _both(self._route, key)
        inside[last] = _repeated(inside, last, value)

    def _unknown(self, token: Token) -> NotUnderstood:
        key = str(token.key)
        if key == "help":
            return NotUnderstood(f"Write `help {self._route.verb}`.", (f"help {self._route.verb}",))
        near = nearest(key.replace("-", "_"), [*self._route.fields, *self._route.aliases])
        begin, end = token.key_span
        meant = tuple(f"{self._text[:begin]}{each}{self._text[end:]}" for each in near[:3])
        hint = f"did you mean {' or '.join(near[:3])}?" if near else self._known()
        return NotUnderstood(
            f"{self._route.verb}: {one_line(key, 60)} is no argument of it; {hint}", meant
        )

    def _known(self) -> str:
        names = [name for name in self._route.fields if name != "cursor"]
        return f"its arguments are {', '.join(names)}." if names else "it takes no arguments."


def _value(field: Field, value: Any) -> Any:
    if isinstance(value, Word) and value == "null" and field.nullable:
        return None
    return value


def _repeated(inside: Mapping[str, Any], name: str, value: Any) -> Any:
    if name not in inside:
        return value
    earlier = inside[name]
    return [*(earlier if isinstance(earlier, list) else [earlier]), value]


def _merged(whole: Mapping[str, Any], parts: Mapping[str, Any], route: Route) -> dict[str, Any]:
    merged = dict(whole)
    for name, value in parts.items():
        if name not in merged:
            merged[name] = value
        elif isinstance(merged[name], dict) and isinstance(value, dict):
            merged[name] = _merged(merged[name], value, route)
        else:
            raise _both(route, name)
    return merged


def _both(route: Route, name: str) -> NotUnderstood:
    return NotUnderstood(f"{route.verb}: {one_line(name, 60)} of the input is given twice.")
