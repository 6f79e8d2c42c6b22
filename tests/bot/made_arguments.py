"""Arguments for any command, made up from its parameters."""

import json
from collections.abc import Callable
from typing import Annotated, Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydantic import TypeAdapter, ValidationError

from shared.operation import Params

_HOSTILE = "\"'`\\={}[],;:#@!<>&|-\u2014\u2013\u201c\u201d\u2018\u2019\u00ab\u00bb \n\té中a1."
_ODD = (
    'say "hi"',
    "it's",
    "“curly”",
    "\u2018single\u2019",
    "a=b",
    "--flag",
    "—flag x",
    "--",
    "{oops",
    '{"a": 1}',
    "[1]",
    "a,b",
    "null",
    "true",
    "0042",
    "3",
    "&amp;",
    "&lt;@U1&gt;",
    "<@U123|ana>",
    "<https://x.io|y>",
    "C:\\new\\",
    '\\"',
    "*bold* _it_ `code`",
    "#3",
    "last",
    "help",
    "two\nlines",
)
_TIMES = ("2h", "15m", "PT1H", "1d12h", "22-07", "digest:15m", "Europe/Paris")

texts = st.one_of(
    st.sampled_from(_ODD), st.text(_HOSTILE, min_size=1, max_size=20), st.text(max_size=12)
)
_scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), texts
)
values = st.recursive(
    _scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)
objects = st.dictionaries(
    st.one_of(texts, st.from_regex(r"[a-z]{1,6}", fullmatch=True)), values, max_size=4
)


def arguments_of(params: type[Params]) -> SearchStrategy[dict[str, Any]]:
    """What a person could give: all that is required and some of the rest."""
    schema = params.model_json_schema()
    required = set(schema.get("required", ()))
    made = {name: _field(params, name, part) for name, part in schema.get("properties", {}).items()}
    return st.fixed_dictionaries(
        {name: made[name] for name in made if name in required},
        optional={name: made[name] for name in made if name not in required},
    )


def _field(params: type[Params], name: str, schema: dict[str, Any]) -> SearchStrategy[Any]:
    field = params.model_fields[name]
    kind: Any = Annotated[(field.annotation, "", *field.metadata)]
    fits = _accepting(TypeAdapter(kind))
    return _made(schema, fits).filter(fits)


def _made(schema: dict[str, Any], fits: Callable[[Any], bool]) -> SearchStrategy[Any]:
    if "anyOf" in schema:
        return st.one_of([_made(each, fits) for each in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema["type"]:
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(schema.get("minimum", -5), schema.get("maximum", 10**9))
        case "object":
            return objects
        case "array":
            item = _made(schema["items"], lambda value: fits([value]))
            return st.lists(item, min_size=schema.get("minItems", 0), max_size=3)
    return _text(fits)


def _text(fits: Callable[[Any], bool]) -> SearchStrategy[str]:
    if not fits("any"):
        return st.sampled_from(_TIMES)
    if not fits("any words"):
        return texts.map(lambda text: "".join(text.split())).filter(fits)
    return texts.filter(fits)


def _accepting(adapter: TypeAdapter[Any]) -> Callable[[Any], bool]:
    def accepts(value: Any) -> bool:
        try:
            adapter.validate_python(value)
        except (ValidationError, json.JSONDecodeError):
            return False
        return True

    return accepts
