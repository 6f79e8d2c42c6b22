"""A validation error of arguments in words for the caller, without the validator's jargon."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from shared.text import one_line

_SHOWN = 5
_QUOTED = re.compile(r"'([^']*)'")
_WORDS = {
    "missing": "is required",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "is too large",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be a JSON object",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "too_short": "needs at least {min_length}",
    "too_long": "may have at most {max_length}, not {actual_length}",
    "string_too_short": "must not be empty",
    "string_too_long": "may have at most {max_length} characters",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "value_error": "{error}",
}


def explain(operation: str, model: type[BaseModel], error: ValidationError) -> str:
    """One line that names each field and what is wrong with it, five of them at most."""
    complaints = [_complaint(model, detail) for detail in error.errors(include_url=False)]
    more = len(complaints) - _SHOWN
    shown = "; ".join(complaints[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")
    return sentence(f"{operation}: {shown}")


def sentence(text: str) -> str:
    """The text with a mark at its end."""
    return text if text.endswith((".", "?", "!")) else f"{text}."


def did_you_mean(word: str, known: list[str]) -> str:
    """`, did you mean X?` for the nearest known word, else nothing."""
    near = nearest(word, known)
    return f", did you mean {near[0]}?" if near else ""


def nearest(word: str, known: list[str], most: int = 1) -> list[str]:
    """The known words that are like it, the likeliest first."""
    names = {each.casefold(): each for each in known}
    near = get_close_matches(word[:100].casefold(), names, n=most, cutoff=0.5)
    return [names[each] for each in near]


def problem(detail: ErrorDetails) -> str:
    """One field and what is wrong with it."""
    words = _WORDS.get(detail["type"], "does not fit")
    known = _QUOTED.findall(str(detail.get("ctx", {}).get("expected", "")))
    hint = did_you_mean(str(detail["input"]), known) if known else ""
    return f"{_place(detail['loc'])} {words.format_map(_values(detail.get('ctx', {})))}{hint}"


def _complaint(model: type[BaseModel], detail: ErrorDetails) -> str:
    if detail["type"] == "extra_forbidden":
        return _unknown(model, one_line(str(detail["loc"][-1]), 60))
    return problem(detail)


def _unknown(model: type[BaseModel], name: str) -> str:
    known = list(model.model_fields)
    hint = did_you_mean(name, known) or f"; the arguments are {', '.join(known)}"
    return f"{name} is not an argument{hint}"


def _place(location: tuple[int | str, ...]) -> str:
    if not location:
        return "the arguments"
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in location]
    return one_line("".join(steps).removeprefix("."), 60)


def _values(context: Mapping[str, Any]) -> dict[str, str]:
    return {name: one_line(str(value), 200) for name, value in context.items()}
