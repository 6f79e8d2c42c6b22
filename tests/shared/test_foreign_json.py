"""Foreign JSON is read without carrying anything on that cannot be written again."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.foreign_json import load_json


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": "\\ud800"}', {"a": "\ufffd"}),
        (b'"\\udfff\\ud83d\\ude00\\ud83d"', "\ufffd\U0001f600\ufffd"),
        (b'"\\\\ud800"', "\\ud800"),
        (b'"\\\\\\ud800"', "\\\ufffd"),
        (b'"\\u0041\\n"', "A\n"),
        (b'"\xff"', "\ufffd"),
        (b"\xef\xbb\xbf1", 1),
        (b"[NaN, -Infinity]", ["NaN", "-Infinity"]),
    ],
)
def test_what_cannot_be_written_again_is_replaced(body: bytes, value: Any) -> None:
    assert load_json(body) == value


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"1" * 5_000])
def test_what_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        load_json(body)


@given(st.recursive(st.text() | st.integers() | st.none(), st.lists), st.booleans())
def test_ordinary_json_stays_as_it_is(value: Any, ascii_only: bool) -> None:
    assert load_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value
