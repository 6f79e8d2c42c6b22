"""The message of a question in each of its states, whatever the question says."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.message import Message
from bot.questions import Asked, Stand, question_card
from sandbox.slack.checks import check_message
from tests.shared.happenings import second

ASKED = Asked(
    id="q1",
    execution_id="expense-9",
    task_id="t1",
    workflow="expense-approval",
    label="Manager approval",
    schema=None,
    state=Stand.OPEN,
    answered_by=None,
    answered_name=None,
    answered_at=None,
    answer=None,
    note=None,
    created_at=second(0),
)
OURS = re.compile(r"<@U01ANA>|<!date\^\d+\^\{[^|>]*\|[^|>]*>")
hostile = st.text(max_size=60) | st.sampled_from(
    ["<!channel>", "<@U01BEN>", "<https://evil.test|Approve>", "`<!here>`", "a&b", "x" * 4_000]
)
answers = st.dictionaries(hostile, hostile | st.integers() | st.booleans(), max_size=5)


@pytest.mark.parametrize("state", list(Stand))
@given(label=hostile, workflow=hostile, note=hostile, answer=answers)
def test_no_text_of_a_question_becomes_markup_in_any_state(
    state: Stand, label: str, workflow: str, note: str, answer: dict[str, Any]
) -> None:
    schema = {"description": label, "properties": {note: {"description": workflow}}}
    asked = replace(
        ASKED,
        state=state,
        label=label,
        workflow=workflow,
        note=note,
        answer=answer,
        schema=schema,
        input=answer,
        answered_by="U01ANA",
        answered_at=second(9),
    )

    message = question_card(asked)

    check_message(message.text, list(message.blocks), None)
    written = "".join([message.text, *mrkdwns(list(message.blocks))])
    assert not re.search("[<>]", OURS.sub("", written))


def test_a_secret_in_an_answer_is_hidden() -> None:
    answer = {"api_key": "abcdef-123456", "comment": "done"}
    asked = replace(ASKED, state=Stand.ANSWERED, answered_by="U01ANA", answer=answer)

    shown = "".join(mrkdwns(list(question_card(asked).blocks)))

    assert "abcdef-123456" not in shown
    assert "comment: done" in shown


def test_a_question_without_choices_opens_a_form() -> None:
    message = question_card(ASKED)

    assert [each["text"]["text"] for each in buttons(message)] == ["Answer…"]


def buttons(message: Message) -> list[dict[str, Any]]:
    """What can be pressed."""
    return [
        each for block in message.blocks if block["type"] == "actions" for each in block["elements"]
    ]


def mrkdwns(value: Any) -> list[str]:
    """Every text that Slack parses."""
    match value:
        case {"type": "mrkdwn", "text": str(text)}:
            return [text]
        case dict():
            return [text for each in value.values() for text in mrkdwns(each)]
        case list():
            return [text for each in value for text in mrkdwns(each)]
    return []
