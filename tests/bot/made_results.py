"""Strategies that make any result of any type, with text that means harm."""

from datetime import UTC, datetime, timedelta, timezone
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import BaseModel

from shared.operations import OPERATIONS
from shared.results import NextStep

HARM = (
    "<!channel>",
    "<!date^0^{time}|now>",
    "<@U0123ABC>",
    "<#C0123ABC|general>",
    "<https://evil.example|Deployed>",
    "https://evil.example/?a=<b>&c",
    "*bold* _it_ ~no~ `code` ```pre```",
    "> quoted\n• listed\n1. first",
    "&lt;!here&gt; &amp;",
    "\x1b[31m\u202e\u200b\x00 ",
    "<&>`*_~" * 120,
    "word " * 900,
    "é✅中\U0001f468\u200d\U0001f469" * 60,
    "CANCELED",
    "RUNNING",
)
TEXT = st.sampled_from(HARM) | st.text(max_size=30)
NUMBERS = st.sampled_from([0, 1, -5, 12, 61_000, 10**12]) | st.integers(-5, 10**9)
MOMENTS = st.datetimes(timezones=st.sampled_from([None, UTC, timezone(timedelta(hours=-12))]))
_FIELD = st.fixed_dictionaries({"enum": st.lists(TEXT, max_size=3)})
CHOICE = st.fixed_dictionaries({"properties": st.dictionaries(TEXT, _FIELD, max_size=2)})
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: NUMBERS,
    float: st.floats(0, 10**7),
    bool: st.booleans(),
    datetime: MOMENTS,
    NoneType: st.none(),
    Any: JSON | CHOICE,
}


def results[M: BaseModel](model: type[M]) -> st.SearchStrategy[M]:
    """Any value of a model, its lists sometimes as long as a page."""
    fields = {name: _values(field.annotation) for name, field in model.model_fields.items()}
    if issubclass(model, NextStep):
        fields["operation"] = st.sampled_from([each.name for each in OPERATIONS])
    return st.builds(model, **fields)


def _values(kind: Any) -> st.SearchStrategy[Any]:
    if kind in _PLAIN:
        return _PLAIN[kind]
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _values(parts[0])
    if origin is Literal:
        return st.sampled_from(parts)
    if origin in (Union, UnionType):
        return st.one_of(*map(_values, parts))
    if origin is tuple:
        some = _values(parts[0])
        return st.lists(some, max_size=3).map(tuple) | some.map(lambda one: (one,) * 20)
    if origin is dict:
        return st.dictionaries(_values(parts[0]), _values(parts[1]), max_size=3)
    if issubclass(kind, BaseModel):
        return results(kind)
    raise TypeError(f"no strategy for {kind}")


__all__ = ["HARM", "JSON", "TEXT", "results"]
