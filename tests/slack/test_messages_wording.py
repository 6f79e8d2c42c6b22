"""How Slack rewrites what apps and people write."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.slack.wording import delivered, escaped, typed
from sandbox.slack.workspace import seeded
from tests.slack.calling import calling

WORKSPACE = seeded()
ANA = next(user for user in WORKSPACE.users.values() if user.name == "ana")
OPS = WORKSPACE.channel_named("ops")
ONCALL = next(group for group in WORKSPACE.groups.values() if group.handle == "oncall")

_TEXT = st.text(st.sampled_from("ab &<>|;@#!:/.`U1\n") | st.characters()) | st.sampled_from(
    ["a <b> & c", "&amp;lt;", "<@U1|x", "https://x.io/a?b=1&c=2 <!here>", "`https://x.io`"]
)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("a & b < c > d", "a &amp; b &lt; c &gt; d"),
        ("a &amp; b &lt;", "a &amp; b &lt;"),
        ("<@U1> <#C1|ops> <!here> <https://x.io|x>", "<@U1> <#C1|ops> <!here> <https://x.io|x>"),
        ("<script>", "&lt;script&gt;"),
        ("see https://x.io/a?b=1&c=2.", "see <https://x.io/a?b=1&amp;c=2>."),
        ("“smart” quotes — and dashes", "“smart” quotes — and dashes"),
    ],
)
def test_the_text_of_an_app_keeps_its_markup_and_nothing_else(written: str, kept: str) -> None:
    assert delivered(written) == kept


@pytest.mark.parametrize(
    ("said", "got"),
    [
        ("a & b <c>", "a &amp; b &lt;c&gt;"),
        ("<@U0000000001>", "&lt;@U0000000001&gt;"),
        ("hey @ana, see #ops", f"hey <@{ANA.id}>, see <#{OPS.id}|ops>"),
        ("@here and @oncall", f"<!here> and <!subteam^{ONCALL.id}>"),
        (
            "@Ana, @ana almeida and @Ana Almeidas",
            f"<@{ANA.id}>, <@{ANA.id}> and <@{ANA.id}> Almeidas",
        ),
        ("@Here and @OnCall", f"<!here> and <!subteam^{ONCALL.id}>"),
        ("@nobody #nowhere", "@nobody #nowhere"),
        ("https://x.io/a?b=1&c=2", "<https://x.io/a?b=1&amp;c=2>"),
        ("x.io and a@x.io", "<http://x.io|x.io> and <mailto:a@x.io|a@x.io>"),
        ("`https://x.io @ana <`", "`https://x.io @ana &lt;`"),
        ("key=“v” —flag", "key=“v” —flag"),
    ],
)
def test_the_text_of_a_person_is_wrapped_and_escaped(said: str, got: str) -> None:
    assert typed(WORKSPACE, said) == got


def test_mentions_in_a_command_carry_the_name() -> None:
    assert typed(WORKSPACE, "@ana", names=True) == f"<@{ANA.id}|ana>"


@given(_TEXT)
def test_what_slack_has_kept_it_keeps_again_unchanged(text: str) -> None:
    assert delivered(delivered(text)) == delivered(text)


@given(_TEXT)
def test_no_bare_bracket_or_ampersand_is_left(text: str) -> None:
    for kept in (delivered(text), typed(WORKSPACE, text), escaped(text)):
        without_markup = re.sub(r"<[^<>]+>", "", kept)
        assert not re.search(r"[<>]|&(?!(amp|lt|gt);)", without_markup)


@given(_TEXT)
def test_escaped_text_reads_as_it_was(text: str) -> None:
    plain = escaped(text)
    assert plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text
    assert unescape(escaped("<&>")) == "<&>"


async def test_links_stay_words_when_an_app_asks_for_no_parsing() -> None:
    async with calling() as caller:
        post = caller.client.chat_postMessage
        wrapped = await post(channel=caller.ops, text="https://x.io & more")
        plain = await post(channel=caller.ops, text="https://x.io & more", parse="none")

        assert wrapped["message"]["text"] == "<https://x.io> &amp; more"
        assert plain["message"]["text"] == "https://x.io &amp; more"
