"""Markup: what others wrote stays text, whatever it was."""

import html
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks import cut, mrkdwn
from bot.mrkdwn import bold, code, date, escape, line, link, plain, unix_seconds, user
from shared.text import clean

MARKED = st.text(alphabet="ab1 *_~`<>&:!@#|\n-•\u2060é", max_size=40)
# Slack draws a format where a mark has something else than a letter or digit on its outer side.
FORMAT = re.compile(r"(?<![A-Za-z0-9])([*_~])(?=\S).*?\1(?![A-Za-z0-9])|`")


@given(st.text() | MARKED)
def test_nothing_that_slack_would_parse_comes_from_text(text: str) -> None:
    for written in (escape(text), line(text), code(text)[1:-1], bold(text)):
        assert "<" not in written
        assert ">" not in written
        assert not re.search(r"&(?!amp;|lt;|gt;)", written)


@given(st.text() | MARKED)
def test_no_mark_of_formatting_survives_at_the_edge_of_a_word(text: str) -> None:
    assert not FORMAT.search(escape(text))
    assert not any(row.lstrip().startswith(("&gt;", "＞")) for row in escape(text).split("\n"))  # noqa: RUF001


@given(st.text() | MARKED)
def test_the_length_and_the_lines_of_text_stay_the_same(text: str) -> None:
    shown = html.unescape(escape(text))

    assert len(shown) == len(clean(text))
    assert shown.count("\n") == clean(text).count("\n")


@pytest.mark.parametrize(
    "name", ["order_import_2", "a*b*c", "dp-7f3a", "at 10:30:00", "x < y & z", "v1~2"]
)
def test_ordinary_names_can_be_copied_as_they_are(name: str) -> None:
    assert html.unescape(escape(name)) == name


def test_an_emoji_code_of_others_stays_text() -> None:
    assert ":tada:" not in escape("it works :tada:")


def test_code_holds_what_it_was_given_but_a_backtick_cannot_leave_it() -> None:
    assert code("cron 0 9 * * MON") == "`cron 0 9 * * MON`"
    assert code("a`*b*`c") == "`a'*b*'c`"
    assert code("") == "`-`"


@given(st.text())
def test_code_is_always_one_span(text: str) -> None:
    assert code(text).count("`") == 2
    assert "\n" not in code(text)


def test_a_link_goes_only_to_the_web_and_its_label_cannot_become_another() -> None:
    assert link("javascript:alert(1)", "x") == "x"
    written = link("https://x.io/a?b=<c>|d", "Deployed> <https://evil.io|ok")
    assert written.startswith("<https://x.io/a?b=%3Cc%3E%7Cd|")
    assert written.count("<") == written.count(">") == written.count("|") == 1


def test_only_an_id_of_slack_becomes_a_mention() -> None:
    assert user("U012AB") == "<@U012AB>"
    assert "<" not in user("!channel> <@U1")


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
        datetime(2026, 11, 22, 10, 30, tzinfo=timezone(timedelta(hours=1))),
        datetime(2026, 11, 22, 9, 30),
    ],
)
def test_a_date_is_the_same_moment_in_every_zone(moment: datetime) -> None:
    assert date(moment) == ("<!date^1795339800^{date_short_pretty} {time}|2026-11-22 09:30 UTC>")


@given(st.datetimes(timezones=st.sampled_from([None, UTC, timezone(timedelta(hours=14))])))
def test_every_date_can_be_written(moment: datetime) -> None:
    written = date(moment)

    assert written.startswith("<!date^") == (unix_seconds(moment) >= 0)
    assert "UTC" in written


@given(st.text(), st.integers(1, 300))
def test_plain_text_is_never_empty_nor_too_long(text: str, limit: int) -> None:
    assert 1 <= len(plain(text, limit)) <= limit
    assert "\n" not in plain(text, limit)


@given(st.text() | MARKED, st.integers(2, 60))
def test_a_cut_never_leaves_half_an_entity(text: str, limit: int) -> None:
    shown = cut(escape(text), limit)

    assert len(shown) <= limit
    assert not re.search(r"&(?!amp;|lt;|gt;)", shown)


def test_slack_is_told_to_find_no_links_or_names_in_markup() -> None:
    assert mrkdwn("see https://x.io and #general")["verbatim"] is True
