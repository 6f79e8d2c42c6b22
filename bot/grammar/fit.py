"""Loose values given the types that a JSON Schema asks for."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.grammar.json_text import scalar
from bot.grammar.schema_shape import Shape, shape_of
from bot.grammar.values import Quoted, Word, is_loose, settled
from shared.errors import InvalidArguments
from shared.text import one_line

_TRUE = ("true", "yes", "on")
_FALSE = ("false", "no", "off")
_INTEGER = re.compile(r"[+-]?[0-9]{1,400}(?:\.0+)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_WANTS = {
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list, such as a,b",
    "object": 'JSON such as {"key": "value"}, or keys with dots',
    "null": "null",
    "string": "text",
}


class DoesNotFit(InvalidArguments):
    """Values that cannot be what the schema asks for; `fields` says why, by dotted name."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        lines = [f"- {one_line(name, 80)} {problem}" for name, problem in fields.items()]
        super().__init__("The input does not fit; nothing was sent.\n" + "\n".join(lines[:10]))
        self.fields = dict(fields)


def fit(values: Mapping[str, Any], schema: Mapping[str, Any] | None) -> dict[str, Any]:
    """The values typed by the schema, or as JSON has them where it says nothing.

    What was written as JSON stays as it is. Raises DoesNotFit with every field that cannot be read.
    """
    problems: dict[str, str] = {}
    fitted = _Fitting(dict(schema or {}), problems).members(values, shape_of(schema, schema), "")
    if problems:
        raise DoesNotFit(problems)
    return fitted


def is_text_everywhere(text: str) -> bool:
    """Whether it is text without quotes too, also where a schema allows other types beside."""
    word = Word(text)
    typed = any(convert(word) is not None for convert in _CONVERSIONS.values())
    return not typed and isinstance(_as_json(word), str)


class _Fitting:
    """One walk through values and schema, which notes what does not fit."""

    def __init__(self, root: Mapping[str, Any], problems: dict[str, str]) -> None:
        self._root = root
        self._problems = problems

    def members(self, values: Mapping[str, Any], shape: Shape, place: str) -> dict[str, Any]:
        """Each member by its own schema."""
        return {
            str(name): self._value(value, shape.member(name, self._root), _join(place, name))
            for name, value in values.items()
        }

    def _value(self, value: Any, shape: Shape, place: str) -> Any:
        match value:
            case Word():
                return self._word(value, shape, place)
            case Quoted():
                return self._quoted(value, shape, place)
            case dict() if is_loose(value):
                if shape.takes("object"):
                    return self.members(value, shape, place)
                return self._refuse(value, shape, place)
            case list() if is_loose(value):
                return self._several(value, shape, place)
        return settled(value)

    def _several(self, values: Sequence[Any], shape: Shape, place: str) -> Any:
        """A key that was given more than once."""
        if not shape.takes("array"):
            self._problems[place] = f"is given {len(values)} times; it takes one value"
            return settled(values)
        return self._items([part for each in values for part in _parts(each)], shape, place)

    def _items(self, values: Sequence[Any], shape: Shape, place: str) -> list[Any]:
        items = shape.items(self._root)
        return [self._value(each, items, f"{place}[{i}]") for i, each in enumerate(values)]

    def _word(self, word: Word, shape: Shape, place: str) -> Any:
        if shape.choices is not None:
            return self._choice(word, shape, place)
        if shape.is_open:
            return _as_json(word)
        for kind, convert in _CONVERSIONS.items():
            if kind in shape.kinds and (found := convert(word)) is not None:
                return found[0]
        if "string" in shape.kinds:
            return str(word)
        if "array" in shape.kinds:
            return self._items(_parts(word), shape, place)
        return self._refuse(word, shape, place)

    def _quoted(self, text: Quoted, shape: Shape, place: str) -> Any:
        """Text where that is allowed; where it is not, what is in the quotes may still do."""
        if shape.choices is not None and str(text) not in shape.choices:
            return self._choice(Word(text), shape, place)
        if shape.takes("string"):
            return str(text)
        if "array" in shape.kinds:
            return self._items([text], shape, place)
        return self._word(Word(text), shape, place)

    def _choice(self, word: Word, shape: Shape, place: str) -> Any:
        choices = shape.choices or ()
        exact = [each for each in choices if each == str(word) or _is_same(each, word)]
        alike = [each for each in choices if str(each).casefold() == word.casefold()]
        if exact or len(alike) == 1:
            return (exact or alike)[0]
        listed = ", ".join(_shown(each) for each in choices[:12])
        self._problems[place] = f"must be one of {listed}; '{one_line(word, 60)}' is none of them"
        return str(word)

    def _refuse(self, value: Any, shape: Shape, place: str) -> Any:
        wants = " or ".join(words for kind, words in _WANTS.items() if kind in shape.kinds)
        said = one_line(str(settled(value)), 60)
        self._problems[place] = f"wants {wants or 'something else'}; '{said}' is none"
        return settled(value)


def _parts(value: Any) -> list[Any]:
    if isinstance(value, Word):
        return [Word(part.strip()) for part in value.split(",") if part.strip()]
    return [value]


def _as_json(word: Word) -> Any:
    try:
        return scalar(word)
    except ValueError:
        return str(word)


def _is_same(choice: Any, word: Word) -> bool:
    try:
        value = scalar(word)
    except ValueError:
        return False
    return type(choice) is type(value) and bool(choice == value)


def _shown(choice: Any) -> str:
    return "null" if choice is None else one_line(str(choice), 40)


def _null(word: Word) -> tuple[None] | None:
    return (None,) if word == "null" else None


def _boolean(word: Word) -> tuple[bool] | None:
    lower = word.casefold()
    return (lower in _TRUE,) if lower in (*_TRUE, *_FALSE) else None


def _integer(word: Word) -> tuple[int] | None:
    return (int(word.partition(".")[0]),) if _INTEGER.fullmatch(word) else None


def _number(word: Word) -> tuple[int | float] | None:
    if _INTEGER.fullmatch(word) and "." not in word:
        return (int(word),)
    number = float(word) if _NUMBER.fullmatch(word) else math.inf
    return (number,) if math.isfinite(number) else None


def _join(place: str, name: str) -> str:
    return f"{place}.{name}" if place else str(name)


# In this order where a schema allows several.
_CONVERSIONS: dict[str, Callable[[Word], tuple[Any] | None]] = {
    "null": _null,
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
}
