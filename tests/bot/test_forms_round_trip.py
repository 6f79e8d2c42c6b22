"""Forms give back what was put into them, for schemas and values of every kind they can hold."""

import string
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.forms import Draft, Submitted, submitted
from bot.forms.checking import violations
from tests.bot.filling import shown, untouched

type Sample = tuple[dict[str, Any], Any]

ABSENT = object()
NAMES = st.text(string.ascii_lowercase + "_-/~. é", min_size=1, max_size=12).filter(
    lambda name: not any(word in name for word in ("pass", "secret", "token", "cookie", "auth"))
)
TEXT = st.text(min_size=1, max_size=40)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "{"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def of_choice(draw: st.DrawFn) -> Sample:
    values = draw(st.lists(TEXT | st.integers(), min_size=1, max_size=120, unique=True))
    form = draw(st.sampled_from(["enum", "oneOf", "anyOf"]))
    ways = values if form == "enum" else [{"const": v, "description": "d" * 90} for v in values]
    return {form: ways}, draw(st.sampled_from(values))


@st.composite
def of_choices(draw: st.DrawFn) -> Sample:
    values = draw(st.lists(TEXT, min_size=1, max_size=12, unique=True))
    picked = draw(st.lists(st.sampled_from(values), unique=True))
    schema = {"type": "array", "items": {"enum": values}, "uniqueItems": True}
    return schema, picked


@st.composite
def of_integer(draw: st.DrawFn) -> Sample:
    value = draw(st.integers())
    least = draw(st.none() | st.integers(max_value=value))
    beyond = draw(st.none() | st.integers(max_value=value - 1))
    bounds = {"minimum": least, "exclusiveMinimum": beyond}
    return {"type": "integer"} | {k: v for k, v in bounds.items() if v is not None}, value


def fixed(schema: dict[str, Any], values: st.SearchStrategy[Any]) -> st.SearchStrategy[Sample]:
    """A schema with values it takes."""
    return values.map(lambda value: (schema, value))


MOMENTS = st.datetimes().map(lambda moment: f"{moment:%Y-%m-%dT%H:%M}:00Z")
LEAVES = st.one_of(
    fixed({"type": "string"}, st.text(max_size=40)),
    fixed({"type": "string", "format": "text"}, st.text(max_size=4_000)),
    fixed({"type": "string", "maxLength": 50}, TEXT),
    fixed({"type": "number"}, NUMBERS),
    fixed({"type": "boolean"}, st.booleans()),
    fixed({"type": "boolean", "default": True}, st.booleans()),
    fixed({"type": "string", "format": "date"}, st.dates().map(str)),
    fixed({"type": "string", "format": "time"}, st.times().map(lambda t: f"{t:%H:%M}:00")),
    fixed({"type": "string", "format": "time"}, st.times().map(str)),
    fixed({"type": "string", "format": "date-time"}, MOMENTS),
    fixed({"type": "string", "format": "email"}, st.emails() | TEXT),
    fixed({"type": "string", "format": "uri"}, st.just("https://example.com/a?b") | TEXT),
    fixed({"type": "array", "items": {"type": "string"}}, st.lists(st.text(max_size=9))),
    fixed({"type": "array", "items": {"type": "integer"}}, st.lists(st.integers())),
    fixed({"type": "array", "items": {"type": "number"}}, st.lists(NUMBERS)),
    fixed({"const": "always"}, st.just("always")),
    fixed({"anyOf": [{"type": "string"}, {"type": "null"}]}, st.none() | TEXT),
    fixed({"type": ["integer", "null"]}, st.none() | st.integers()),
    fixed({"type": ["boolean", "null"]}, st.none() | st.booleans()),
    fixed({}, ANYTHING),
    fixed({"type": ["string", "integer"]}, st.integers() | st.text(max_size=9)),
    fixed({"allOf": [{"$ref": "#/$defs/Size"}], "description": "d"}, st.sampled_from("SML")),
    of_choice(),
    of_choices(),
    of_integer(),
)


@st.composite
def objects(draw: st.DrawFn, leaves: st.SearchStrategy[Sample]) -> Sample:
    properties, required, value = {}, [], {}
    for name in draw(st.lists(NAMES, min_size=1, max_size=5, unique=True)):
        schema, held = draw(leaves)
        properties[name] = {**schema, **draw(st.sampled_from([{}, {"title": "<@U1> *T*" * 30}]))}
        if draw(st.booleans()):
            required.append(name)
            value[name] = held
        elif draw(st.booleans()):
            value[name] = held
    return {"type": "object", "properties": properties, "required": required}, value


SIZE = {"Size": {"enum": ["S", "M", "L"]}}
SCHEMAS = objects(LEAVES | objects(LEAVES)).map(lambda pair: ({**pair[0], "$defs": SIZE}, pair[1]))


def draft_of(schema: dict[str, Any], value: dict[str, Any], **more: Any) -> Draft:
    return Draft(
        name="test",
        title="Test",
        submit="Go",
        takes_input=True,
        schema_=schema,
        given=value,
        exact=True,
        **more,
    )


def sent_untouched(draft: Draft) -> Any:
    answer = submitted(draft, untouched(shown(draft)))
    assert isinstance(answer, Submitted), answer
    return answer.arguments.get("input", {})


@settings(deadline=None, max_examples=60)
@given(SCHEMAS)
def test_a_form_sent_as_it_was_opened_gives_what_it_was_filled_in_with(
    sample: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    schema, value = sample
    assert not violations(schema, value)
    assert sent_untouched(draft_of(schema, value)) == value


@settings(deadline=None, max_examples=20)
@given(SCHEMAS)
def test_the_json_of_a_form_gives_the_same_value(
    sample: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    schema, value = sample
    assert sent_untouched(draft_of(schema, value, raw=True)) == value


@settings(deadline=None, max_examples=40)
@given(ANYTHING, ANYTHING)
def test_no_schema_breaks_a_form(schema: Any, piece: Any) -> None:
    odd = {"type": "object", "properties": {"a": schema, "b": {"enum": piece, "oneOf": schema}}}
    shown(draft_of(odd, {}))
    shown(draft_of({"properties": schema, "required": piece, "$ref": piece}, {}))
