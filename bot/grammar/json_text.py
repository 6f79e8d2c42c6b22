"""JSON inside a line of text, also when a phone has curled its quotes."""

import contextlib
import json
import math
from typing import Any

from bot.grammar.errors import NotUnderstood
from shared.text import one_line

_DEEPEST = 40
_STRAIGHT = str.maketrans(dict.fromkeys("“”„‟", '"'))
_ALL_STRAIGHT = str.maketrans(dict.fromkeys("“”„‟'\u2018\u2019\u201a\u201b", '"'))
_HINT = "If it is meant as text, put it in quotes."


def read_json(text: str, position: int) -> tuple[Any, int]:
    """The value that begins there and where it ends; raises NotUnderstood."""
    value, end = _lenient(text, position)
    if end < len(text) and not text[end].isspace() and text[end] != "`":
        raise NotUnderstood(
            f"Something follows the JSON at {one_line(text[end:], 40)}; put a space there. {_HINT}"
        )
    return value, end


def scalar(text: str) -> Any:
    """The number, boolean or null that the text is in JSON; raises ValueError for anything else."""
    value = _DECODER.decode(text)
    if isinstance(value, dict | list | str):
        raise ValueError("not a scalar")
    return value


def _lenient(text: str, position: int) -> tuple[Any, int]:
    """Straightens quotes only where it is broken as it stands: inside strings they are text."""
    try:
        return _decoded(text, position)
    except ValueError as error:
        for table in (_STRAIGHT, _ALL_STRAIGHT):
            with contextlib.suppress(ValueError):
                return _decoded(text.translate(table), position)
        raise NotUnderstood(_broken(text, position, error)) from None


def _decoded(text: str, position: int) -> tuple[Any, int]:
    try:
        value, end = _DECODER.raw_decode(text, position)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if _depth(value) > _DEEPEST:
        raise ValueError("it is nested too deeply")
    return value, end


def _depth(value: Any) -> int:
    layer, depth = [value], 0
    while layer:
        depth += 1
        layer = [
            part
            for each in layer
            if isinstance(each, dict | list)
            for part in (each.values() if isinstance(each, dict) else each)
        ]
    return depth


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{one_line(text, 20)} is too large a number")
    return number


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _broken(text: str, position: int, error: ValueError) -> str:
    begin = one_line(text[position:], 30)
    if isinstance(error, json.JSONDecodeError):
        place = one_line(text[error.pos :], 20) or "its end"
        return f"The JSON {begin} is broken at {place}: {error.msg}. {_HINT}"
    return f"The JSON {begin} cannot be taken: {one_line(str(error), 100)}. {_HINT}"


_DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_no_constant)
