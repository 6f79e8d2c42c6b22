"""What looks like a secret is not shown."""

from typing import Any

import pytest

from shared.secrets import HIDDEN, redact, redact_text, safe_json


@pytest.mark.parametrize(
    "given",
    [
        {"password": "x"},
        {"db": {"PASSWD": "x"}},
        {"api_key": "x"},
        {"apiKey": "x"},
        {"Authorization": "x"},
        {"client_secret": "x"},
        {"access_token": "x"},
        {"credentials": {"user": "u", "key": "x"}},
        [{"private-key": "x"}],
    ],
)
def test_texts_under_a_telling_name_are_hidden(given: Any) -> None:
    assert '"x"' not in str(redact(given)).replace("'", '"')
    assert HIDDEN in str(redact(given))


@pytest.mark.parametrize(
    "given",
    [
        {"max_tokens": 100, "tokens": ["a"], "token_count": "3", "prompt_tokens": "x"},
        {"password": None, "secret": "", "token": 7, "has_token": True},
        {"key": "value", "author": "ana"},
        "a bearer of news: see https://example.com/a:b",
    ],
)
def test_what_is_no_secret_stays(given: Any) -> None:
    assert redact(given) == given


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abc123.def", f"Authorization: Bearer {HIDDEN}"),
        ("postgresql://u:hunter2pass@host/db", f"postgresql://u:{HIDDEN}@host/db"),
        ("with xoxb-1234567890-abc it works", f"with {HIDDEN} it works"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig", f"jwt {HIDDEN}"),
    ],
)
def test_texts_of_a_telling_form_are_hidden(text: str, shown: str) -> None:
    assert redact_text(text) == shown


def test_a_long_value_is_redacted_before_it_is_cut() -> None:
    shown = safe_json({"password": "hunter2", "rest": "x" * 500}, 100)

    assert "hunter2" not in shown
    assert len(shown) <= 100


def test_invisible_characters_do_not_hide_a_secret() -> None:
    assert "abc123" not in str(safe_json("Bear\u200ber abc123.def", 100))
