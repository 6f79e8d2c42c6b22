"""Modals of real schemas, filled in and sent the way people do."""

from datetime import UTC, datetime
from typing import Any

import pytest
from mistralai.workflows.conversational import (
    AcceptDeclineConfirmation,
    ChatInput,
    ConfirmationInput,
    DateField,
    FormInput,
    MultiChoice,
    NumberField,
    SingleChoice,
    TextField,
)
from pydantic import BaseModel

from bot.forms import (
    Draft,
    answer_form,
    cancel_form,
    changed,
    choices,
    create_schedule_form,
    decided,
    launcher_draft,
    launcher_view,
    loading_view,
    message_view,
    picked,
    query_form,
    reset_form,
    signal_form,
    start_form,
    terminate_form,
    update_form,
    update_schedule_form,
)
from sandbox.demo.approvals import Approval, Expense, Note
from sandbox.slack.checks import check_view
from shared.errors import InvalidArguments
from shared.results import (
    ExecutionRow,
    Handler,
    History,
    HistoryRow,
    PendingInput,
    ScheduleDetail,
    WorkflowDetail,
    WorkflowRow,
)
from tests.bot.filling import inputs, refused, sent, shown, state, words


def workflow(schema: Any, *handlers: Handler) -> WorkflowDetail:
    return WorkflowDetail(
        name="expense-approval",
        workflow_id="w-1",
        display_name="Expense approval",
        description="Asks a manager.",
        input_schema=schema,
        handlers=handlers,
    )


def question(schema: Any, label: str | None = "Manager approval") -> PendingInput:
    return PendingInput(
        execution_id="expense-9", workflow="x", task_id="t-1", label=label, input_schema=schema
    )


EXPENSE = workflow(Expense.model_json_schema())


def test_a_start_form_shows_defaults_and_gives_typed_values() -> None:
    assert sent(start_form(EXPENSE), Amount="12.5") == {
        "workflow": "expense-approval",
        "input": {"amount": 12.5, "employee": "ana"},
    }


def test_what_was_typed_in_the_command_is_filled_in() -> None:
    draft = start_form(EXPENSE, {"input": {"amount": 7}, "execution_id": "e-1", "wait_seconds": 5})
    assert sent(draft) == {
        "workflow": "expense-approval",
        "input": {"amount": 7, "employee": "ana"},
        "execution_id": "e-1",
        "wait_seconds": 5,
    }


def test_each_mistake_stands_below_its_own_field() -> None:
    wrong = refused(start_form(EXPENSE), Amount="0", Execution_id="two words")
    assert wrong == {
        "Amount": "Must be more than 0.",
        "Execution id": "Must be one id, without spaces.",
    }


def test_a_value_that_does_not_fit_is_left_out_and_told() -> None:
    draft = start_form(EXPENSE, {"input": {"amount": "much"}})
    assert "much" in words(shown(draft))
    assert "initial_value" not in inputs(shown(draft))["Amount"]["element"]


def test_a_form_turns_to_json_and_back_with_what_was_typed() -> None:
    draft = start_form(EXPENSE)
    press = {"action_id": "form:toggle"}
    as_json = changed(draft, press, state(shown(draft), Amount="33", Execution_id="e-2"))
    assert "33" in inputs(shown(as_json))["Input as JSON"]["element"]["initial_value"]
    typed = state(shown(as_json), Input_as_JSON='{"amount": 44}')
    back = changed(as_json, press, typed)
    assert sent(back)["input"] == {"amount": 44}


def test_broken_json_stays_to_be_mended() -> None:
    draft = start_form(EXPENSE).model_copy(update={"raw": True})
    wrong = refused(draft, Input_as_JSON='{"amount": }')
    assert "not valid JSON at line 1, column 12" in wrong["Input as JSON"]
    typed = state(shown(draft), Input_as_JSON='{"amount": }')
    back = changed(draft, {"action_id": "form:toggle"}, typed)
    assert inputs(shown(back))["Input as JSON"]["element"]["initial_value"] == '{"amount": }'
    assert "not valid JSON" in words(shown(back))


def test_json_is_held_against_the_schema() -> None:
    draft = start_form(EXPENSE).model_copy(update={"raw": True})
    wrong = refused(draft, Input_as_JSON='{"amout": 3}')["Input as JSON"]
    assert "did you mean amount?" in wrong


def test_secrets_are_refused_in_words() -> None:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {"api_key": {"type": "string"}, "pages": {"type": "integer"}},
    }
    draft = start_form(workflow(schema))
    assert list(inputs(shown(draft))) == ["pages".capitalize(), "Execution id"]
    assert "looks like a secret" in words(shown(draft))
    raw = draft.model_copy(update={"raw": True})
    assert "secret" in refused(raw, Input_as_JSON='{"api_key": "abcdef"}')["Input as JSON"]
    needed = shown(start_form(workflow({**schema, "required": ["api_key"]})))
    assert "submit" not in needed
    assert "console" in words(needed)


def test_a_large_schema_and_one_without_names_are_json_only() -> None:
    many = {f"f{n}": {"type": "string"} for n in range(41)}
    odd: tuple[Any, ...] = (None, {"type": "array"}, {"anyOf": []})
    for schema in ({"type": "object", "properties": many}, *odd):
        draft = start_form(workflow(schema))
        assert list(inputs(shown(draft))) == ["Input as JSON", "Execution id"]
    assert sent(start_form(workflow(None)), Input_as_JSON='{"a": 1}')["input"] == {"a": 1}


def test_a_value_too_long_for_slack_is_kept_as_it_is() -> None:
    schema = {"type": "object", "properties": {"note": {"type": "string"}}}
    long = {"note": "x" * 5_000}
    draft = start_form(workflow(schema), {"input": long})
    assert sent(draft)["input"] == long
    as_json = changed(draft, {"action_id": "form:toggle"}, state(shown(draft)))
    assert sent(as_json)["input"] == long


def test_a_workflow_without_input_has_nothing_to_fill_in() -> None:
    draft = start_form(workflow({"type": "object", "properties": {}}))
    assert "It takes no input." in words(shown(draft))
    assert sent(draft) == {"workflow": "expense-approval", "input": {}}


def test_an_object_inside_is_shown_as_fields_of_its_own() -> None:
    class Address(BaseModel):
        city: str
        zip: int | None = None

    class Parcel(BaseModel):
        to: Address
        back_to: Address | None = None

    draft = start_form(workflow(Parcel.model_json_schema()))
    demanded = {label: not block["optional"] for label, block in inputs(shown(draft)).items()}
    assert demanded == {
        "To > City": True,
        "To > Zip": False,
        "Back to > City": False,
        "Back to > Zip": False,
        "Execution id": False,
    }
    typed: dict[str, str] = {"To_>_City": "Pau", "To_>_Zip": "64000"}
    assert sent(draft, **typed)["input"] == {"to": {"city": "Pau", "zip": 64000}}
    half = {**typed, "Back_to_>_Zip": "1"}
    assert refused(draft, **half) == {"Back to > City": "Is required."}


def test_a_confirmation_is_two_buttons_with_the_agreeing_one_first() -> None:
    found = choices(question(AcceptDeclineConfirmation(description="Pay it?").model_json_schema()))
    assert found is not None
    assert [(each.label, each.input, each.style) for each in found] == [
        ("Accept", {"choice": "accept"}, "primary"),
        ("Decline", {"choice": "decline"}, "danger"),
    ]


def test_a_decision_with_a_comment_is_two_buttons() -> None:
    pending = question(Approval.model_json_schema())
    found = choices(pending)
    assert found is not None
    assert [(each.label, each.input) for each in found] == [
        ("Approve", {"approved": True}),
        ("Reject", {"approved": False}),
    ]
    assert decided(pending, {"approved": False, "comment": "no"}) == "Reject"


def test_few_options_are_buttons_and_many_are_a_form() -> None:
    few = ConfirmationInput(
        [("eu", "Europe"), ("us", "America")], description="Where?"
    ).model_json_schema()
    found = choices(question(few))
    assert found is not None
    assert [each.label for each in found] == ["Europe", "America"]
    many = ConfirmationInput([str(n) for n in range(5)], description="How many?")
    assert choices(question(many.model_json_schema())) is None


class Trip(FormInput):
    reason: str = TextField(description="Why", pattern="^[a-z]+$", error_message="Letters only.")
    cost: float = NumberField(description="Euros", minimum=1, prefilled_value=20)
    kind: str = SingleChoice([("air", "By air"), ("rail", "By rail")], description="How")
    tags: list[str] = MultiChoice([("a", "Alpha"), ("b", "Beta")], description="Tags")
    day: str = DateField(description="When")


def test_a_question_with_a_form_is_answered_with_typed_values() -> None:
    draft = answer_form(question(Trip.model_json_schema()))
    assert choices(question(Trip.model_json_schema())) is None
    arguments = sent(draft, Reason="fun", Kind="1", Tags=["1", "0"], Day="2026-11-30")
    assert arguments == {
        "execution_id": "expense-9",
        "task_id": "t-1",
        "input": {
            "reason": "fun",
            "cost": 20.0,
            "kind": "rail",
            "tags": ["b", "a"],
            "day": "2026-11-30",
        },
    }
    wrong = refused(draft, Reason="Fun!", Kind="1", Tags=["1"], Day="2026-11-30")
    assert wrong == {"Reason": "Letters only."}


def test_a_chat_question_is_one_text() -> None:
    draft = answer_form(question(ChatInput("Anything else?").model_json_schema()))
    assert sent(draft, Message="No,\nthanks")["input"] == {
        "message": [{"type": "text", "text": "No,\nthanks"}]
    }


NOTE = Handler(kind="signal", name="note", input_schema=Note.model_json_schema())
PING = Handler(kind="signal", name="ping", description="Wakes it.")


def test_the_only_signal_is_chosen_and_of_several_one_picks() -> None:
    assert sent(signal_form("e-1", workflow(None, NOTE)), Text="hi") == {
        "execution_id": "e-1",
        "name": "note",
        "input": {"text": "hi"},
    }
    draft = signal_form("e-1", workflow(None, NOTE, PING))
    assert "submit" not in shown(draft)
    press = {"action_id": "form:handler", "selected_option": {"value": "1"}}
    ping = changed(draft, press, {})
    assert sent(ping) == {"execution_id": "e-1", "name": "ping"}
    assert "Wakes it." in words(shown(ping))


def test_an_unknown_signal_is_told_with_the_nearest() -> None:
    with pytest.raises(InvalidArguments, match="did you mean note"):
        signal_form("e-1", workflow(None, NOTE), {"name": "noet"})
    with pytest.raises(InvalidArguments, match="declares no queries"):
        query_form("e-1", workflow(None, NOTE))
    with pytest.raises(InvalidArguments, match="declares no updates"):
        update_form("e-1", workflow(None, NOTE))


def test_termination_shows_every_target_and_asks_for_a_reason() -> None:
    ids = [f"order-{n}-{'x' * 200}" for n in range(100)]
    rows = [ExecutionRow(execution_id=ids[0], workflow="order *b*", status="RUNNING")]
    draft = terminate_form(ids, rows)
    text = words(shown(draft))
    assert all(each in text for each in ids)
    assert inputs(shown(draft))["Reason"]["optional"] is False
    assert sent(draft, Reason="stuck") == {"execution_ids": ids, "reason": "stuck"}
    assert sent(cancel_form(ids)) == {"execution_ids": ids}


def history(*kinds: str) -> History:
    rows = tuple(
        HistoryRow(event_id=n, type=kind, time=datetime(2026, 11, 22, 9, n % 60, tzinfo=UTC))
        for n, kind in enumerate(kinds, start=1)
    )
    points = tuple(row.event_id for row in rows if row.type.startswith("WORKFLOW_TASK_COMP"))
    return History(execution_id="e-1", total=len(rows), events=rows, reset_points=points)


def test_a_reset_offers_only_its_points_and_begins_before_the_failure() -> None:
    done, failed = "WORKFLOW_TASK_COMPLETED", "ACTIVITY_TASK_FAILED"
    draft = reset_form(
        history("A", done, "ACTIVITY_TASK_SCHEDULED", failed, done, "WORKFLOW_EXECUTION_FAILED")
    )
    element = inputs(shown(draft))["Go back to"]["element"]
    assert [each["text"]["text"][:2] for each in element["options"]] == ["#5", "#2"]
    assert element["initial_option"]["text"]["text"].startswith("#2")
    assert sent(draft, Reason="again", Leave_out_signals_received_since=["0"]) == {
        "execution_id": "e-1",
        "event_id": 2,
        "reason": "again",
        "exclude_signals": True,
        "exclude_updates": False,
    }
    with pytest.raises(InvalidArguments, match="no point"):
        reset_form(history("A", "B"))


def test_a_long_history_offers_its_newest_points() -> None:
    draft = reset_form(history(*["WORKFLOW_TASK_COMPLETED"] * 500))
    element = inputs(shown(draft))["Go back to"]["element"]
    assert len(element["options"]) == 100
    assert element["initial_option"]["text"]["text"].startswith("#500")


def test_a_schedule_needs_a_time_and_a_zone_that_exists() -> None:
    draft = create_schedule_form(EXPENSE)
    assert refused(draft) == {"Cron": "Say when it starts: cron lines, or an interval."}
    wrong = refused(draft, Cron="0 9 * * *", Time_zone="Europe/Pariss")
    assert "Europe/Paris?" in wrong["Time zone"]
    assert "Every" in refused(draft, Every="soon")
    arguments = sent(draft, Cron="0 9 * * *\n0 12 * * *", Time_zone="Europe/Paris")
    assert arguments["cron"] == ["0 9 * * *", "0 12 * * *"]
    assert arguments["paused"] is False
    assert arguments["input"] == {"amount": 120.0, "employee": "ana"}


SCHEDULE = ScheduleDetail(
    schedule_id="nightly",
    workflow="expense-approval",
    paused=False,
    times="0 9 * * *",
    timezone="Europe/Paris",
    overlap="skip",
    input={"amount": 3},
)


def test_changing_a_schedule_sends_what_changed() -> None:
    draft = update_schedule_form(SCHEDULE, EXPENSE)
    assert sent(draft, Every="2h") == {"schedule_id": "nightly", "every": "2h"}
    assert sent(draft, Amount="4")["input"] == {"amount": 4}
    hidden = SCHEDULE.model_copy(update={"input": {"token": "[redacted]"}})
    assert "Amount" not in inputs(shown(update_schedule_form(hidden, EXPENSE)))


def test_the_launcher_offers_every_workflow_and_reads_the_pick() -> None:
    rows = tuple(WorkflowRow(name=f"w{n}" + "x" * 200, archived=n == 0) for n in range(150))
    check_view(launcher_view(rows, "d-1"), "modal")
    action = {"action_id": "form:workflow", "selected_option": {"value": "4"}}
    assert picked(launcher_draft(rows), action) == rows[5].name
    check_view(launcher_view((), "d-1"), "modal")


def test_the_launcher_holds_a_thousand_workflows_and_says_that_there_are_more() -> None:
    rows = tuple(WorkflowRow(name=f"w{n}") for n in range(1_000))
    check_view(launcher_view(rows, "d-1", is_cut=True), "modal")
    action = {"action_id": "form:workflow", "selected_option": {"value": "999"}}
    assert picked(launcher_draft(rows), action) == "w999"
    assert "There are more workflows" in str(launcher_view(rows, "d-1", is_cut=True))
    assert "There are more workflows" not in str(launcher_view(rows, "d-1"))


@pytest.mark.parametrize("text", ["", "<b>" * 3_000, "\u202e\x00"])
def test_plain_views_hold_any_text(text: str) -> None:
    check_view(loading_view(text), "modal")
    check_view(message_view(text, text), "modal")


def test_a_draft_survives_being_kept() -> None:
    draft = start_form(EXPENSE, {"input": {"amount": 1}})
    assert Draft.of(draft.kept()) == draft
