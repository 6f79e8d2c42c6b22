"""What people type, read as requests."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.grammar import LAUNCHER, NotUnderstood, all_routes, read, verbs, without_mention
from tests.bot.typed import delivered, reading


@pytest.mark.parametrize(
    ("text", "name", "arguments"),
    [
        (
            "list nightly status=FAILED limit=5",
            "list_executions",
            {"workflow": "nightly", "status": "FAILED", "limit": "5"},
        ),
        (
            "list “nightly report” —status FAILED",
            "list_executions",
            {"workflow": "nightly report", "status": "FAILED"},
        ),
        ("list status = failed", "list_executions", {"status": "failed"}),
        (
            "terminate reason=stuck a b",
            "terminate_executions",
            {"execution_ids": ["a", "b"], "reason": "stuck"},
        ),
        ("List Status=failed", "list_executions", {"status": "failed"}),
        (
            "list --status=failed \u2013limit 3",
            "list_executions",
            {"status": "failed", "limit": "3"},
        ),
        ("list --waiting status=failed", "list_executions", {"waiting": True, "status": "failed"}),
        ("list --waiting nightly", "list_executions", {"waiting": True, "workflow": "nightly"}),
        ("list --waiting false", "list_executions", {"waiting": "false"}),
        ("list --root-execution-id x", "list_executions", {"root_execution_id": "x"}),
        ("list status=failed status=running", "list_executions", {"status": ["failed", "running"]}),
        ("list status=failed,running", "list_executions", {"status": "failed,running"}),
        ("list key=customer==:acme", "list_executions", {"search_key": "customer==:acme"}),
        ("list workflow=null", "list_executions", {"workflow": None}),
        ('list workflow="null"', "list_executions", {"workflow": "null"}),
        ("list -- a=b", "list_executions", {"workflow": "a=b"}),
        ("list — --x", "list_executions", {"workflow": "--x"}),
        ("list it's", "list_executions", {"workflow": "it's"}),
        ("list a&amp;b", "list_executions", {"workflow": "a&b"}),
        ("list &amp;lt;", "list_executions", {"workflow": "&lt;"}),
        ("list &lt;@U1&gt;", "list_executions", {"workflow": "<@U1>"}),
        ("list <https://x.io/a|label>", "list_executions", {"workflow": "https://x.io/a"}),
        ("list <http://x.io|x.io>", "list_executions", {"workflow": "x.io"}),
        ("list <mailto:a@x.io|a@x.io>", "list_executions", {"workflow": "a@x.io"}),
        ("list <#C123|ops>", "list_executions", {"workflow": "C123"}),
        ("audit by=<@U123|ana> since=7d", "audit", {"by": "U123", "since": "7d"}),
        ("`status order-41`", "get_execution", {"execution_id": "order-41"}),
        ("status `order-41`", "get_execution", {"execution_id": "order-41"}),
        ("status \u200border-41\u2060", "get_execution", {"execution_id": "order-41"}),
        ("status\n\norder-41", "get_execution", {"execution_id": "order-41"}),
        ("cancel a b c", "cancel_executions", {"execution_ids": ["a", "b", "c"]}),
        ("cancel a,b c", "cancel_executions", {"execution_ids": ["a", "b", "c"]}),
        ('cancel "a,b"', "cancel_executions", {"execution_ids": ["a,b"]}),
        (
            "terminate a reason='it's stuck'",
            "terminate_executions",
            {"execution_ids": ["a"], "reason": "it's stuck"},
        ),
        (
            'terminate a reason="say \\"hi\\" to C:\\temp"',
            "terminate_executions",
            {"execution_ids": ["a"], "reason": 'say "hi" to C:\\temp'},
        ),
        ("reset order-1 4", "reset_execution", {"execution_id": "order-1", "event_id": "4"}),
        ("reset order-1 to=4", "reset_execution", {"execution_id": "order-1", "event_id": "4"}),
        ("watch order-1 in=dm", "watch", {"execution_id": "order-1", "where": "dm"}),
        ("schedules", "list_schedules", {}),
        ("schedules status=paused", "list_schedules", {"status": "paused"}),
        ("schedules list nightly", "list_schedules", {"workflow": "nightly"}),
        ("inputs", "list_pending_inputs", {}),
        ("inputs order-41", "list_pending_inputs", {"execution_id": "order-41"}),
        ("approvals", "list_pending_inputs", {}),
        ("help schedules create", "help", {"words": ["schedules", "create"]}),
        ("schedules create --help", "help", {"words": ["schedules", "create"]}),
        ("", LAUNCHER, {}),
        ("  \n", LAUNCHER, {}),
    ],
)
def test_a_line_is_read_as_it_was_meant(text: str, name: str, arguments: dict[str, Any]) -> None:
    assert reading(text) == (name, arguments)


@pytest.mark.parametrize(
    ("text", "given_input"),
    [
        ("start nightly", None),
        ('start nightly {"pages": 3}', {"pages": 3}),
        ('start nightly input={"a": [1, 2]}', {"a": [1, 2]}),
        ("start nightly {“a”: “b”}", {"a": "b"}),
        ('start nightly {"a": "“b” it\u2019s"}', {"a": "“b” it\u2019s"}),
        ("start nightly {'a': 'b'}", {"a": "b"}),
        ('start nightly {"u": "<https://x.io/a>"}', {"u": "https://x.io/a"}),
        ('start nightly ```{"a": 1}```', {"a": 1}),
        ('start nightly ```json\n{"a": 1}\n```', {"a": 1}),
        (
            "start nightly n=3 ok=true x=null s=abc f=0.5",
            dict(n=3, ok=True, x=None, s="abc", f=0.5),
        ),
        ('start nightly ref="0042" n="3"', {"ref": "0042", "n": "3"}),
        ("start nightly a.b=1 a.c=x", {"a": {"b": 1, "c": "x"}}),
        ('start nightly {"a": {"b": 1}} a.c=2', {"a": {"b": 1, "c": 2}}),
        ("start nightly tags=a tags=2", {"tags": ["a", 2]}),
        ("start nightly größe=5 max-size=2", {"größe": 5, "max-size": 2}),
        ("start nightly --urgent", {"urgent": True}),
        ("start nightly input.wait_seconds=3", {"wait_seconds": 3}),
        ("start nightly n=1e999 m=NaN", {"n": "1e999", "m": "NaN"}),
    ],
)
def test_what_is_no_argument_of_a_start_is_its_input(
    text: str, given_input: dict[str, Any] | None
) -> None:
    name, arguments = reading(text)
    assert name == "start_workflow"
    assert arguments == {"workflow": "nightly"} | ({"input": given_input} if given_input else {})


def test_arguments_of_a_start_are_not_its_input() -> None:
    _, arguments = reading("start nightly execution_id=n-1 wait_seconds=3 deployment=d x=1")
    assert arguments == {
        "workflow": "nightly",
        "execution_id": "n-1",
        "wait_seconds": "3",
        "deployment": "d",
        "input": {"x": 1},
    }


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        (
            'signal e-1 approve {"ok": true}',
            dict(execution_id="e-1", name="approve", input={"ok": True}),
        ),
        ("signal e-1 approve", {"execution_id": "e-1", "name": "approve"}),
        ('signal approve {"ok": true}', {"name": "approve", "input": {"ok": True}}),
        ("signal approve ok=true", {"name": "approve", "input": {"ok": True}}),
        ("signal approve", {"name": "approve"}),
        ("query progress", {"name": "progress"}),
        ("reset 12", {"event_id": "12"}),
        ('inputs answer {"ok": true}', {"input": {"ok": True}}),
        ("inputs answer ok=true", {"input": {"ok": True}}),
        ("inputs answer e-1 ok=true", {"execution_id": "e-1", "input": {"ok": True}}),
        ("logs", {}),
        ("cancel", {}),
    ],
)
def test_the_execution_may_go_without_saying(text: str, arguments: dict[str, Any]) -> None:
    assert reading(text)[1] == arguments


@pytest.mark.parametrize(
    ("text", "suggestions"),
    [
        ("cancle order-1 reason=“it\u2019s late”", ("cancel order-1 reason=“it\u2019s late”",)),
        ("lsit status=failed", ("list status=failed",)),
        ("schedules pasue nightly", ("schedules pause nightly",)),
        ("schedule create nightly", ("schedules create nightly",)),
        ("inputs anwser x", ("inputs answer x",)),
        ("list stauts=failed nightly", ("list status=failed nightly",)),
        ("list --limti 3", ("list --limit 3",)),
        ("stop order-1", ("cancel order-1", "terminate order-1")),
        ("diag order-1", ("diagnose order-1",)),
        ("lsit a&amp;b", ("list a&b",)),
        ("terminate x reason=it is stuck", ('terminate x reason="it is stuck"',)),
        ("reset x 4 reason=bad deploy", ('reset x 4 reason="bad deploy"',)),
        ("start x note=two words", ('start x note="two words"',)),
        ("frobnicate it", ()),
    ],
)
def test_a_typo_brings_complete_corrected_commands(text: str, suggestions: tuple[str, ...]) -> None:
    with pytest.raises(NotUnderstood) as refusal:
        read(text)
    assert refusal.value.suggestions[: len(suggestions)] == suggestions
    assert bool(refusal.value.suggestions) == bool(suggestions)
    for suggestion in suggestions:
        read(suggestion, plain=True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("list nightly workflow=x", "workflow is given twice"),
        ("status a b", "'b' is one value too many. Use: `status EXECUTION"),
        ('list search="abc', 'begins at "abc is not closed'),
        ('list search="abc"d', 'space after the closing quote of "abc"'),
        ("list search=[urgent]", "broken at urgent]: Expecting value. If it is meant as text, put"),
        ('start x {"a": 1', "broken at its end"),
        (
            'start x {"a": b' + "b" * 2_000,
            f"""{{"a": {"b" * 23}… is broken at {"b" * 19}…: Expect""",
        ),
        ('start x {"a": 1}b', "Something follows the JSON at b"),
        ('start x {"a": NaN}', "NaN is not JSON"),
        ('start x {"a": 1e999}', "too large a number"),
        ("start x " + "[" * 5_000, "nested too deeply"),
        ('start x {"a": 1} a=2', "a of the input is given twice"),
        ("start x a=1 a.b=2", "a.b of the input is given twice"),
        ("start x a.b=2 a=1", "a of the input is given twice"),
        ("start x " + ".".join("abcdefghijklmnopq") + "=1", "too many dots"),
        ("list " + "'a " * 600, "more than 500 parts"),
        ("start x 12", "'12' is neither JSON nor key=value"),
        ("list frobnicate=1", "no argument of it; its arguments are workflow, status,"),
        ("schedules frobnicate", "There are: create, delete, list"),
        ("--status=failed", "Begin with a command"),
        ('{"a": 1}', "Begin with a command"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_to_do(text: str, words: str) -> None:
    with pytest.raises(NotUnderstood) as refusal:
        read(text)
    assert words in str(refusal.value)
    assert len(str(refusal.value)) < 600


PIECES = st.sampled_from(
    ["list", "start", "signal", "x", " ", " ", "=", "--", "—", '"', "“", "”", "'", "{", "}", "[",
     "`", "```", ".", ",", "<", ">", "&amp;", "&", "|", "@", "\n", "a.b", "input", "status", "\\"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=25).map("".join)))
def test_any_text_at_all_is_a_request_or_a_refusal_in_words(text: str) -> None:
    try:
        assert read(text).name in (*(route.name for route in all_routes()), LAUNCHER)
    except NotUnderstood as refusal:
        for suggestion in refusal.suggestions:
            assert suggestion.strip() != text.strip()


@settings(deadline=None)
@given(st.text(max_size=60))
def test_entities_are_undone_exactly_once(text: str) -> None:
    from bot.grammar import normalise

    if "`" not in text:
        assert normalise(delivered(text)) == text


@pytest.mark.parametrize("text", ["<@U0BOT> list", "<@U0BOT|ops>: list", " <@U0BOT>\nlist", "list"])
def test_the_mention_of_the_bot_is_no_part_of_the_command(text: str) -> None:
    assert read(without_mention(text)).name == "list_executions"


def test_no_route_hides_another_one() -> None:
    paths = [path.words for path in all_routes().paths]
    assert len(paths) == len(set(paths))
    for route in all_routes():
        assert set(route.positional) <= set(route.fields)
        assert set(route.aliases.values()) <= set(route.fields)
        assert not set(route.aliases) & set(route.fields)


def test_commands_can_be_completed_from_their_beginning() -> None:
    assert [verb.words for verb in verbs("schedules p")] == ["schedules pause"]
    assert {verb.name for verb in verbs()} == {route.name for route in all_routes()}
    assert all(verb.summary for verb in verbs())
