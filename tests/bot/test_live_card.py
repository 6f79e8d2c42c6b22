"""The card of an execution, painted from what a real worker sent."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.buttons import pressed
from bot.live import Notes, card
from bot.live.card import Links
from bot.live.starter import Starter
from bot.message import Message
from shared.call import Effect
from shared.timeline import Failure, Picture, Question, Run, State, Step, build
from tests.shared.happenings import START, Happenings, recorded, second, seen

NOTES = Notes(requested_by="U01ANA", updated_at=second(100))


def test_a_running_execution_shows_its_steps_and_what_can_be_done() -> None:
    happenings = Happenings()
    happenings.starts()
    happenings.activity("STARTED", "1")
    happenings.activity("COMPLETED", "1")
    happenings.activity("STARTED", "2")

    message = card(build(happenings.events).picture, NOTES)

    assert title(message) == "⏳ orders · running"
    assert message.text == "⏳ orders `order-41` is running"
    shown = texts(message)
    assert "✅ `step-1` · 1 s" in shown
    assert "⏳ `step-2` · running · since <!date^" in shown
    assert "<@U01ANA>" in shown
    assert labels(message) == ["Logs", "Trace", "Cancel…", "Stop watching", "More"]


def test_nothing_in_a_card_changes_by_the_passing_of_time() -> None:
    events, _ = recorded("progress")
    picture = build(events[:6]).picture

    assert card(picture, NOTES) == card(picture, NOTES)
    later = card(picture, replace(NOTES, updated_at=second(500)))
    assert [
        a for a, b in zip(card(picture, NOTES).blocks, later.blocks, strict=True) if a != b
    ] == [context_of(card(picture, NOTES))]


def test_a_task_that_reports_how_far_it_is_gets_a_bar() -> None:
    events, _ = recorded("progress")

    assert "▰▰▰▰▰▱▱▱▱▱ 50 % · `ocr` · page 1" in texts(card(build(events[:6]).picture, NOTES))


def test_an_open_question_is_shown_as_a_wait() -> None:
    events, _ = recorded("approval-timeout")

    message = card(build(events[:8]).picture, NOTES)

    assert title(message) == "🟡 approval-timeout · waiting"
    assert "🟡 *Waiting for an answer:* Manager" in texts(message)
    assert "waits for an answer" in message.text
    assert "Answer in the thread of this message." in texts(message)


def test_a_wait_leads_to_the_message_that_asks() -> None:
    events, _ = recorded("approval-timeout")
    picture = build(events[:8]).picture
    [asked] = picture.pending_inputs
    place, url = (asked.execution_id, asked.task_id), "https://acme.slack.com/archives/C1/p17"

    shown = texts(card(picture, replace(NOTES, links=Links(questions={place: url}))))

    assert f"Manager · <{url}|answer it>" in shown
    assert "Answer in the thread" not in shown


def test_whoever_started_an_execution_elsewhere_is_named() -> None:
    starter = Starter("deploy <!channel> bot")

    shown = texts(card(build([], seen("RUNNING")).picture, replace(NOTES, started_by=starter)))

    assert "*Started by* deploy &lt;!channel&gt; bot" in shown
    assert "*Watched by* <@U01ANA>" in shown


def test_a_failure_shows_where_and_why_and_offers_the_diagnosis() -> None:
    message = card(build(*recorded("act-fails")).picture, NOTES)

    assert title(message) == "❌ act-fails · failed in 1.8 s"
    assert message.text.endswith("failed after 1.8 s: boom 2")
    assert "`\nn: 2" in texts(message), "what it was started with"
    assert "*Failed in* `always_fails`" in texts(message)
    [quoted] = [block for block in message.blocks if block["type"] == "rich_text"]
    assert quoted["elements"][0]["elements"][0]["text"] == "boom 2"
    assert labels(message) == ["Diagnose", "Logs", "Trace", "Start again…", "Reset…"]


def test_an_end_that_only_an_event_tells_is_not_painted() -> None:
    events, _ = recorded("progress")

    assert title(card(build(events).picture, NOTES)) == "⏳ progress · running"


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("COMPLETED", "✅ orders · completed in 1 min"),
        ("CANCELED", "⛔ orders · cancelled in 1 min"),
        ("TERMINATED", "🛑 orders · terminated in 1 min"),
        ("TIMED_OUT", "⏱️ orders · timed out in 1 min"),
    ],
)
def test_each_end_has_its_sign_and_its_word(status: str, shown: str) -> None:
    picture = build([], seen(status, end_time=second(60))).picture

    assert title(card(picture, NOTES)) == shown
    assert labels(card(picture, NOTES))[1:3] == ["Logs", "Trace"]


def test_code_that_fails_for_ever_is_told_apart_from_running() -> None:
    happenings = Happenings()
    happenings.starts()
    happenings.fails("no rates")
    happenings.fails("no rates")

    message = card(build(happenings.events).picture, NOTES)

    assert title(message) == "🔁 orders · retrying"
    assert "2 attempts so far; it is tried again for ever" in texts(message)


def test_a_card_says_that_its_stream_is_interrupted() -> None:
    picture = build([], seen("RUNNING")).picture

    message = card(picture, replace(NOTES, trouble=START))

    assert "⚠️ The stream is interrupted since <!date^" in texts(message)


def test_a_card_that_is_no_longer_watched_says_so_and_offers_to_watch_again() -> None:
    picture = build([], seen("RUNNING")).picture

    message = card(picture, replace(NOTES, live=False))

    assert "No longer watched" in texts(message)
    assert labels(message) == ["Status", "Logs", "Trace", "Watch again"]


def test_an_execution_that_the_api_no_longer_knows_has_a_card_without_buttons() -> None:
    message = card(build([], seen("RUNNING")).picture, replace(NOTES, gone=True))

    assert title(message) == "❔ orders · gone"
    assert "no longer knows this execution" in texts(message)
    assert labels(message) == []


def test_only_what_the_policy_offers_has_a_button() -> None:
    running = build([], seen("RUNNING")).picture

    message = card(running, NOTES, lambda effect: effect <= Effect.READ)

    assert labels(message) == ["Logs", "Trace", "Stop watching", "More"]
    assert options(message) == ["History", "Query…"]


def test_every_button_carries_its_request() -> None:
    running = card(build([], seen("RUNNING")).picture, NOTES)
    failed = card(build([], seen("FAILED", end_time=second(60))).picture, NOTES)

    requests = [pressed(each) for message in (running, failed) for each in buttons(message)]

    assert {(each.name, each.confirmed) for each in requests if each} == {
        ("get_execution_logs", False),
        ("get_execution_trace", False),
        ("cancel_executions", True),
        ("unwatch", False),
        ("diagnose_execution", False),
        ("open_start", False),
        ("open_reset", False),
    }
    assert options(running) == ["History", "Query…", "Signal…", "Update…", "Terminate…"]


def test_children_are_counted_and_those_that_need_a_look_are_named() -> None:
    happenings = Happenings()
    happenings.starts()
    for number in range(8):
        below: dict[str, Any] = {
            "workflow_exec_id": f"order-41-{number}",
            "workflow_run_id": f"child-run-{number}",
            "workflow_name": "order",
            "parent_workflow_exec_id": "order-41",
        }
        happenings.starts(**below)
        if number:
            happenings.completes(**below)

    shown = texts(card(build(happenings.events).picture, NOTES))

    assert "*8 children:* ⏳ 1 running, ✅ 7 completed" in shown
    assert "↳ ⏳ `order` `order-41-0` · running" in shown


def test_secrets_in_errors_are_hidden() -> None:
    happenings = Happenings()
    happenings.starts()
    happenings.fails("the token xoxb-123456789012-abcdefghij was refused")

    picture = build(happenings.events, seen("FAILED", end_time=second(9))).picture

    assert "xoxb-123456789012" not in json.dumps(card(picture, NOTES).blocks)
    assert "xoxb-123456789012" not in card(picture, NOTES).text


hostile = st.text(max_size=60) | st.sampled_from(
    ["<!channel>", "<@U01BEN>", "<https://evil.test|Deploy>", "`<!here>`", "a&b", "x" * 4_000]
)


@given(name=hostile, failure=hostile, label=hostile, execution_id=hostile)
def test_no_text_of_an_execution_becomes_markup_and_no_block_is_too_long(
    name: str, failure: str, label: str, execution_id: str
) -> None:
    step = Step("1", name, State.FAILED, failure=failure)
    question = Question("q", execution_id, "r", name, State.RUNNING, label=label)
    runs = (Run("r", "RUNNING", steps=(step,) * 30, questions=(question,) * 9),)
    running = Picture(execution_id, name, "RUNNING", True, runs=runs)
    failed = Picture(execution_id, name, "FAILED", True, failure=Failure(failure, name), runs=runs)

    for picture in (running, failed):
        message = card(picture, NOTES)
        written = [message.text, *mrkdwns(message)]
        ours = re.compile(r"<@U01ANA>|<!date\^\d+\^\{[^|>]*\|[^|>]*>")
        assert not re.search("[<>]", "".join(ours.sub("", text) for text in written))
        assert all(len(text) <= 3_000 for text in mrkdwns(message))
        assert len(title(message)) <= 150
        assert len(message.blocks) <= 50


def title(message: Message) -> str:
    """The header."""
    text: str = message.blocks[0]["text"]["text"]
    return text


def mrkdwns(value: Any) -> list[str]:
    """Every text that Slack parses."""
    blocks = list(value.blocks) if isinstance(value, Message) else value
    match blocks:
        case {"type": "mrkdwn", "text": str(text)}:
            return [text]
        case dict():
            return [text for each in blocks.values() for text in mrkdwns(each)]
        case list():
            return [text for each in blocks for text in mrkdwns(each)]
    return []


def texts(message: Message) -> str:
    """All of it, as one text."""
    return "\n".join(mrkdwns(message))


def buttons(message: Message) -> list[dict[str, Any]]:
    """The buttons, without the menu."""
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return [each for row in rows for each in row if each["type"] == "button"]


def labels(message: Message) -> list[str]:
    """What can be pressed."""
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return [
        each["text"]["text"] if each["type"] == "button" else "More" for row in rows for each in row
    ]


def options(message: Message) -> list[str]:
    """What the menu offers."""
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    [menu] = [each for row in rows for each in row if each["type"] == "overflow"]
    return [option["text"]["text"] for option in menu["options"]]


def context_of(message: Message) -> dict[str, Any]:
    """The small print."""
    [found] = [block for block in message.blocks if block["type"] == "context"]
    return found
