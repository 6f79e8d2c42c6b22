"""Words of a command get the types that a workflow's schema asks for."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.grammar import DoesNotFit, fit, read, spell
from tests.bot.made_arguments import objects, texts
from tests.bot.typed import delivered

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "n": {"type": "integer"},
        "maybe": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "ratio": {"type": "number"},
        "ok": {"type": "boolean"},
        "text": {"type": "string"},
        "note": {"type": ["string", "null"]},
        "either": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "numbers": {"type": "array", "items": {"type": "integer"}},
        "size": {"enum": ["small", "large", 3]},
        "kind": {"$ref": "#/$defs/Kind"},
        "who": {"allOf": [{"$ref": "#/$defs/Who"}]},
        "tree": {"$ref": "#/$defs/Tree"},
        "anything": {},
    },
    "$defs": {
        "Kind": {"type": "string", "enum": ["Fast", "Slow"]},
        "Who": {"type": "object", "properties": {"age": {"type": "integer"}}},
        "Tree": {"anyOf": [{"$ref": "#/$defs/Tree"}, {"type": "integer"}]},
    },
}

VALID = st.fixed_dictionaries(
    {},
    optional={
        "n": st.integers(-(10**9), 10**9),
        "maybe": st.one_of(st.none(), st.integers(0, 99)),
        "ratio": st.one_of(st.integers(0, 99), st.floats(allow_nan=False, allow_infinity=False)),
        "ok": st.booleans(),
        "text": texts,
        "note": st.one_of(st.none(), texts),
        "either": st.one_of(st.integers(0, 99), texts),
        "tags": st.lists(texts, max_size=3),
        "size": st.sampled_from(["small", "large", 3]),
        "kind": st.sampled_from(["Fast", "Slow"]),
        "who": st.fixed_dictionaries({"age": st.integers(0, 99)}),
    },
)


def fitted(text: str, schema: dict[str, Any] | None = SCHEMA) -> dict[str, Any]:
    """The input of a start as typed."""
    return fit(read(f"start nightly {text}").arguments["input"], schema)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("n=3", {"n": 3}),
        ("n=3.0", {"n": 3}),
        ('n="3"', {"n": 3}),
        ("maybe=3", {"maybe": 3}),
        ("maybe=null", {"maybe": None}),
        ("ratio=3", {"ratio": 3}),
        ("ratio=.5", {"ratio": 0.5}),
        ("ok=yes", {"ok": True}),
        ("ok=False", {"ok": False}),
        ("--ok", {"ok": True}),
        ("text=3", {"text": "3"}),
        ("text=true", {"text": "true"}),
        ("text=null", {"text": "null"}),
        ("note=null", {"note": None}),
        ('note="null"', {"note": "null"}),
        ("either=3", {"either": 3}),
        ('either="3"', {"either": "3"}),
        ("either=x", {"either": "x"}),
        ("tags=a,b", {"tags": ["a", "b"]}),
        ("tags=a", {"tags": ["a"]}),
        ("tags=a tags=b,c", {"tags": ["a", "b", "c"]}),
        ('tags="a,b"', {"tags": ["a,b"]}),
        ('tags="a,b" tags=c', {"tags": ["a,b", "c"]}),
        ("numbers=1,2", {"numbers": [1, 2]}),
        ("numbers=[1,2]", {"numbers": [1, 2]}),
        ("size=LARGE", {"size": "large"}),
        ("size=3", {"size": 3}),
        ("kind=slow", {"kind": "Slow"}),
        ("who.age=30", {"who": {"age": 30}}),
        ('who={"age": 30}', {"who": {"age": 30}}),
        ("tree=3", {"tree": 3}),
        ("anything=3", {"anything": 3}),
        ("unknown=3 other=x", {"unknown": 3, "other": "x"}),
        ('{"n": "as it is"}', {"n": "as it is"}),
    ],
)
def test_a_value_gets_the_type_of_its_field(text: str, value: dict[str, Any]) -> None:
    found = fitted(text)
    assert found == value
    assert [type(each) for each in found.values()] == [type(each) for each in value.values()]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("n=three", "n", "wants a whole number; 'three' is none"),
        ("n=3.5", "n", "wants a whole number"),
        ("maybe=x", "maybe", "wants a whole number or null"),
        ("ratio=1e999", "ratio", "wants a number"),
        ("ok=maybe", "ok", "wants true or false"),
        ("n=1 n=2", "n", "is given 2 times"),
        ("numbers=1,x", "numbers[1]", "wants a whole number"),
        ("size=medium", "size", "must be one of small, large, 3; 'medium' is none of them"),
        ("kind=x", "kind", "must be one of Fast, Slow"),
        ("who=ana", "who", "wants JSON such as"),
        ("who.age=x", "who.age", "wants a whole number"),
        ("n.deep=1", "n", "wants a whole number"),
    ],
)
def test_what_cannot_be_the_type_is_named_with_what_is_wanted(
    text: str, place: str, words: str
) -> None:
    with pytest.raises(DoesNotFit) as refusal:
        fitted(text)
    assert words in refusal.value.fields[place]
    assert f"- {place} " in str(refusal.value)


def test_every_field_that_does_not_fit_is_named() -> None:
    with pytest.raises(DoesNotFit) as refusal:
        fitted("n=x ok=x ratio=0.5")
    assert set(refusal.value.fields) == {"n", "ok"}


@pytest.mark.parametrize(
    "schema",
    [
        None,
        {},
        {"properties": {"n": {"$ref": "#/nowhere"}}},
        {"properties": {"n": {"$ref": "https://x.io/schema"}}},
        {"properties": {"n": {"$ref": "#/properties/n"}}, "anyOf": [{"$ref": "#"}]},
        {"properties": {"n": {"type": "nonsense", "enum": 5}}},
        {"properties": {"n": True}},
        {"properties": "broken"},
        {"additionalProperties": {"type": "integer"}},
    ],
)
def test_a_schema_that_says_nothing_leaves_json(schema: dict[str, Any] | None) -> None:
    assert fitted("n=3", schema) == {"n": 3}


@settings(max_examples=30, deadline=None)
@given(objects, objects)
def test_what_was_json_already_stays_as_it_is(
    value: dict[str, Any], schema: dict[str, Any]
) -> None:
    assert fit(value, SCHEMA) == value
    assert fit(value, schema) == value


@settings(deadline=None)
@given(VALID)
def test_what_fits_a_schema_is_spelled_so_that_it_reads_back(value: dict[str, Any]) -> None:
    command = spell("start_workflow", {"workflow": "nightly", "input": value})
    back = fit(read(delivered(command)).arguments.get("input", {}), SCHEMA)
    assert back == value
    assert {name: type(each) for name, each in back.items()} == {
        name: type(each) for name, each in value.items()
    }
