"""Text from outside, made safe to show."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.text import (
    ago_words,
    bound_json,
    clean,
    clean_json,
    duration_words,
    json_text,
    one_line,
    truncate,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("plain words", "plain words"),
        ("na\u00efve \u65e5\u672c \U0001f680", "na\u00efve \u65e5\u672c \U0001f680"),
        ("a\x00b\x07c\x7fd\x9be", "abcde"),
        ("\x1b[31mred\x1b[0m and \x1b]0;title\x07done", "red and done"),
        ("pay\u202eevil\u2066x\u2069", "payevilx"),
        ("ig\u200bno\u200dre\ufeff", "ignore"),
        ("hidden\U000e0069\U000e0067\U000e006e", "hidden"),
        ("vs\ufe00\U000e0100", "vs"),
        ("heart \u2764\ufe0f", "heart \u2764\ufe0f"),
        ("half \ud83d pair", "half  pair"),
        ("one\r\ntwo\u2028three\x0bfour", "one\ntwo\nthree\nfour"),
        ("tab\tstays", "tab\tstays"),
        ("blank\u3164filler\u115f", "blankfiller"),
    ],
)
def test_what_nobody_can_see_is_removed(given_text: str, shown: str) -> None:
    assert clean(given_text) == shown


@given(st.text())
def test_cleaning_twice_changes_nothing_more_and_always_fits_utf8(text: str) -> None:
    once = clean(text)

    assert clean(once) == once
    assert once.encode().decode() == once


def test_a_line_has_no_breaks_and_a_length() -> None:
    assert one_line("  first\n\nsecond\tthird  ") == "first second third"
    assert len(one_line("x" * 1_000, 50)) <= 50


def test_a_cut_says_how_much_is_missing() -> None:
    assert truncate("a" * 1_300, 100) == "a" * 79 + "\u2026 (+1,221 characters)"


@given(st.text(max_size=200), st.integers(min_value=0, max_value=120))
def test_a_cut_is_never_longer_than_its_limit(text: str, limit: int) -> None:
    cut = truncate(text, limit)

    assert len(cut) <= limit
    assert len(text) > limit or cut == text


def test_json_is_cleaned_in_keys_and_depth() -> None:
    assert clean_json({"a\u200b": ["x\x00", {"b": "\u202ey"}], "n": 1.5, "z": None}) == {
        "a": ["x", {"b": "y"}],
        "n": 1.5,
        "z": None,
    }


def test_short_json_stays_json_and_long_json_becomes_cut_text() -> None:
    assert bound_json({"a": [1, 2]}, 20) == {"a": [1, 2]}

    cut = bound_json({"a": "x" * 500}, 60)
    assert cut.startswith('{"a":"xxx')
    assert cut.endswith("characters)")
    assert len(cut) <= 60


def test_json_text_is_one_line_whatever_the_value() -> None:
    text = json_text({"a": "line\nline", "when": NOW, "\u00e9": 1})

    assert "\n" not in text
    assert json.loads(text) == {"a": "line\nline", "when": str(NOW), "\u00e9": 1}


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [
        (-5, "0 ms"),
        (0, "0 ms"),
        (999, "999 ms"),
        (1_000, "1 s"),
        (1_500, "1.5 s"),
        (9_999, "10 s"),
        (59_600, "1 min"),
        (119_600, "2 min"),
        (192_000, "3 min 12 s"),
        (3_600_000, "1 h"),
        (7_384_000, "2 h 3 min"),
        (90_061_000, "1 d 1 h"),
        (86_461_000, "1 d"),
    ],
)
def test_lengths_of_time_have_at_most_two_units(milliseconds: float, words: str) -> None:
    assert duration_words(milliseconds) == words


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(milliseconds=300), "now"),
        (timedelta(seconds=45), "45 s ago"),
        (timedelta(minutes=5, seconds=59), "5 min ago"),
        (timedelta(hours=30), "1 d ago"),
        (timedelta(hours=-2, minutes=-10), "in 2 h"),
    ],
)
def test_moments_are_told_by_their_distance(distance: timedelta, words: str) -> None:
    assert ago_words(NOW - distance, NOW) == words
