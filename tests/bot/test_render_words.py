"""Errors, help and the rest of what the bot says of its own."""

from datetime import UTC, datetime

import pytest

from bot.grammar import NotUnderstood, Route, all_routes
from bot.people import Person
from bot.render import View
from bot.render.confirm import render_confirm
from bot.render.errors import render_error
from bot.render.help import render_help, render_verb_help
from bot.render.people import render_audit, render_whoami
from shared.call import Effect
from shared.errors import (
    InvalidArguments,
    NotAllowed,
    OpsError,
    RateLimited,
    Rejected,
    Unavailable,
)
from shared.policy import Policy
from tests.bot.reading import check, labels, offered, words

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def view(name: str = "list_executions", allow: Effect = Effect.DESTRUCTIVE) -> View:
    return View(NOW, Policy(allow).offers, name, {"limit": 3})


def test_a_command_that_was_not_understood_comes_with_buttons_of_what_may_be_meant() -> None:
    message = render_error(NotUnderstood("No 'cancle'.", ("cancel order-41",)), view())

    [shown] = offered(message)
    assert shown.label == "cancel order-41"
    assert (shown.request.name, shown.request.arguments) == ("type", {"text": "cancel order-41"})


def test_wrong_arguments_come_with_the_way_the_command_is_written() -> None:
    message = render_error(InvalidArguments("list_executions: limit must be at most 100."), view())

    assert "list: limit must be at most 100." in words(message)
    assert "[limit=N]" in words(message)
    assert offered(message)[0].request.arguments == {"words": ["list"]}


@pytest.mark.parametrize(
    ("error", "name", "again"),
    [
        (RateLimited("Too many requests.", retry_after=12), "cancel_executions", True),
        (Unavailable("No answer.", maybe_done=True), "start_workflow", False),
        (Unavailable("No answer.", maybe_done=True), "list_executions", True),
        (OpsError("It is gone."), "list_executions", False),
    ],
)
def test_trying_again_is_offered_only_where_it_does_nothing_twice(
    error: OpsError, name: str, again: bool
) -> None:
    message = render_error(error, view(name))

    assert ("Try again" in labels(message)) is again


def test_an_act_that_may_have_happened_says_so() -> None:
    message = render_error(Unavailable("No answer.", maybe_done=True), view("start_workflow"))

    assert "look before you try again" in words(message)


def test_what_the_api_said_is_shown_as_it_is() -> None:
    message = render_error(Rejected("Refused.", detail="pages: *must* be < 500"), view())

    assert "pages: *must* be < 500" in words(message)


def test_a_refusal_leads_to_who_one_is() -> None:
    assert labels(render_error(NotAllowed("You may not."), view())) == ["Who am I?"]


def test_help_shows_every_command_that_the_person_may_use() -> None:
    everything = render_help(all_routes(), view(), "/wf")
    reading = render_help(all_routes(), view(allow=Effect.READ), "/wf")

    check(everything)
    assert all(route.verb in words(everything) for route in all_routes())
    assert "terminate" not in words(reading)
    assert "need more rights than you have" in words(reading)
    assert "/wf help VERB" in words(reading)


@pytest.mark.parametrize("route", list(all_routes()), ids=lambda route: route.name)
def test_the_help_of_each_command_shows_how_it_is_written_and_an_example(route: Route) -> None:
    message = render_verb_help(route, all_routes(), view())

    check(message)
    assert f"/workflows {route.verb}" in words(message)
    assert "Examples" in words(message)


def test_who_one_is_says_what_is_denied() -> None:
    message = render_whoami(Person("U012AB", "Ana Lee", Effect.WRITE), view())

    check(message)
    assert message.text == "You are Ana Lee; your level is write."
    assert "🔒 destructive" in words(message).replace("\n", "")
    assert "WORKFLOW_OPS_SLACK_ADMINS" in words(message)


def test_the_audit_trail_says_who_did_what_and_how_it_ended() -> None:
    row = {
        "started_at": NOW,
        "actor_kind": "slack",
        "actor_id": "U012AB",
        "actor_name": "Ana",
        "operation": "cancel_executions",
        "targets": ["order-41"],
        "arguments": {"execution_ids": ["order-41"], "reason": "bad deploy"},
        "outcome": "partly",
        "error": "1 of 2 failed",
    }
    message = render_audit([row], view("audit"))

    check(message)
    for part in ("partly", "U012AB", "cancel_executions", "order-41", "bad deploy", "1 of 2"):
        assert part in words(message)
    assert render_audit([], view("audit")).text == "The audit trail has no such rows."


def test_a_question_before_an_act_has_the_number_and_a_button_that_is_confirmed() -> None:
    arguments = {"execution_ids": ["a", "b"], "reason": "x"}
    message = render_confirm("cancel_executions", arguments, ["a", "b"], view())

    check(message)
    assert "Cancel 2 executions?" in message.text
    yes = offered(message)[0]
    assert yes.label == "Cancel all 2"
    assert yes.request.confirmed
    assert yes.request.arguments == arguments
    assert yes.style == "danger"
