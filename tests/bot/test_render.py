"""Results as messages: what they show, what they offer, and to whom."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.blocks import MESSAGE_BLOCKS
from bot.message import Message
from bot.render import View, page, render
from bot.render.page import BUDGET, size
from shared.call import Effect
from shared.operations import OPERATIONS
from shared.policy import Policy
from shared.results import (
    Answer,
    Diagnosis,
    Done,
    ExecutionDetail,
    ExecutionRow,
    Executions,
    History,
    HistoryRow,
    LogRow,
    Logs,
    NextStep,
    Outcome,
    Outcomes,
    PendingInput,
    PendingInputs,
    Result,
    ScheduleDetail,
    ScheduleRow,
    Schedules,
    Started,
    Step,
    WorkflowDetail,
    WorkflowRow,
    Workflows,
)
from tests.bot.reading import Shown, check, labels, offered, words

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
THEN = NOW - timedelta(minutes=5)
CONFIRMATION = {
    "title": "Confirmation",
    "type": "object",
    "properties": {
        "choice": {
            "description": "Pay invoice 4711?",
            "oneOf": [
                {"const": "decline", "description": "Decline"},
                {"const": "accept", "description": "Accept"},
            ],
        }
    },
}


def view(
    name: str = "",
    *,
    allow: Effect = Effect.DESTRUCTIVE,
    thread: bool = False,
    **arguments: Any,
) -> View:
    return View(NOW, Policy(allow).offers, name, arguments, thread)


def rows(count: int, status: str = "RUNNING") -> tuple[ExecutionRow, ...]:
    return tuple(
        ExecutionRow(
            execution_id=f"019ab{number:03}-7c1e-7d2a-9f31-5b0c2d000000",
            workflow="document-processing",
            status=status,
            started_at=THEN,
        )
        for number in range(count)
    )


def detail(status: str = "RUNNING", **facts: Any) -> ExecutionDetail:
    return ExecutionDetail(
        execution_id="dp-7", workflow="order", status=status, started_at=THEN, **facts
    )


def pressing(result: Result, label: str, seen: View | None = None) -> Shown:
    found = [each for each in offered(render(result, seen or view())) if each.label == label]
    assert found, labels(render(result, seen or view()))
    return found[0]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_what_every_operation_answers_has_a_renderer_of_its_own(operation: Any) -> None:
    assert page.dispatch(operation.result) is not page.dispatch(object)


def test_a_list_names_each_execution_and_counts_by_status() -> None:
    message = render(Executions(executions=(*rows(2), *rows(1, "FAILED"))), view())

    assert "3 executions" in message.text
    assert "⏳ 2 running · ❌ 1 failed" in message.text
    assert words(message).count("for 5 min") == 2
    assert "#3" in words(message)


def test_a_row_offers_what_can_be_done_with_that_execution() -> None:
    result = Executions(executions=rows(1))
    menu = ["Status", "Logs", "Diagnose", "Watch", "Cancel…"]

    assert labels(render(result, view()))[: len(menu)] == menu
    cancel = pressing(result, "Cancel…").request
    assert cancel.arguments == {"execution_ids": [rows(1)[0].execution_id]}
    assert not cancel.confirmed
    assert "Cancel…" not in labels(render(Executions(executions=rows(1, "FAILED")), view()))


def test_the_next_page_is_the_same_question_with_a_cursor() -> None:
    result = Executions(executions=rows(1), cursor="c2")
    asked = view("list_executions", status=["RUNNING"])

    assert pressing(result, "Next", asked).request.arguments == {
        "status": ["RUNNING"],
        "cursor": "c2",
    }
    later = view("list_executions", status=["RUNNING"], cursor="c2")
    assert pressing(result, "First page", later).request.arguments == {"status": ["RUNNING"]}


@pytest.mark.parametrize("count", [10, 20, 50, 100])
def test_a_page_of_any_size_fits_and_says_what_is_missing(count: int) -> None:
    message = render(Executions(executions=rows(count)), view("list_executions", limit=count))

    check(message)
    shown = words(message).count("019ab")
    assert size(message.blocks) <= BUDGET
    assert len(message.blocks) <= MESSAGE_BLOCKS
    if shown < count:
        assert f"{shown} of {count} rows fit" in words(message)
        assert f"{shown} at a time" in labels(message)


def test_an_empty_list_says_so_and_offers_a_way_on() -> None:
    message = render(Executions(executions=()), view("list_executions", workflow="order"))

    assert message.text == "No executions match."
    assert "All executions" in labels(message)


def test_an_execution_shows_its_state_as_emoji_and_word() -> None:
    message = render(detail("TIMED_OUT", duration_ms=192_000), view())

    assert message.blocks[0]["text"]["text"] == "⏱️ order · timed out"
    assert message.text == "⏱️ `order` `dp-7` timed out after 3 min 12 s."


def test_an_execution_that_asks_a_person_is_waiting_and_can_be_answered_at_once() -> None:
    pending = PendingInput(
        execution_id="dp-7", task_id="t1", label="Approval", input_schema=CONFIRMATION
    )
    step = NextStep(operation="submit_input", arguments={"execution_id": "dp-7", "task_id": "t1"})
    result = detail(pending_inputs=(pending,), next_steps=(step,))

    assert "🟡 order · waiting" in words(render(result, view()))
    assert "Pay invoice 4711?" in words(render(result, view()))
    accept = pressing(result, "Accept")
    assert accept.asks
    assert accept.style == "primary"
    assert accept.request.arguments == {
        "execution_id": "dp-7",
        "task_id": "t1",
        "input": {"choice": "accept"},
    }
    assert pressing(result, "Decline").style == "danger"
    assert "Answer…" not in labels(render(result, view()))


def test_a_question_with_several_fields_is_answered_in_a_form() -> None:
    schema = {"properties": {"approved": {"type": "boolean"}, "comment": {"type": "string"}}}
    pending = PendingInput(execution_id="e", task_id="t1", label="Refund", input_schema=schema)
    result = PendingInputs(pending_inputs=(pending,), checked=1)

    answer = pressing(result, "Answer…").request
    assert answer.arguments == {"execution_id": "e", "task_id": "t1"}


def test_a_reader_is_offered_nothing_that_changes_anything() -> None:
    pending = PendingInput(execution_id="e", task_id="t1", input_schema=CONFIRMATION)
    result = detail(pending_inputs=(pending,))
    effects = {each.name: each.effect for each in OPERATIONS}

    pressed = [each.request.name for each in offered(render(result, view(allow=Effect.READ)))]
    assert pressed
    assert all(effects.get(name, Effect.READ) is Effect.READ for name in pressed)


def test_cancelling_asks_first_and_terminating_opens_its_form() -> None:
    cancel, terminate = pressing(detail(), "Cancel…"), pressing(detail(), "Terminate…")

    assert cancel.asks
    assert cancel.request.confirmed
    assert not terminate.asks
    assert not terminate.request.confirmed


def test_the_thread_of_a_card_does_not_show_the_card_again() -> None:
    result = detail("FAILED", error="Boom: it broke", steps=(step_named("extract"),))
    alone, below = render(result, view()), render(result, view(thread=True))

    assert alone.blocks[0]["type"] == "header"
    assert all(block["type"] != "header" for block in below.blocks)
    assert "Logs" not in labels(below)
    assert words(below).count("Boom") == 1
    assert "extract" in words(below)


def test_a_short_result_is_shown_and_a_long_one_is_a_file() -> None:
    short = render(detail("COMPLETED", result={"pages": 12}), view())
    long = render(detail("COMPLETED", result={"text": "page " * 1_000}), view())

    assert '"pages": 12' in words(short)
    assert not short.files
    assert [(file.name, file.snippet_type) for file in long.files] == [("result-dp-7.json", "json")]
    assert b"page page" in long.files[0].content
    assert "page page" not in words(long)


def test_a_long_log_is_a_file_with_its_end_shown() -> None:
    lines = tuple(
        LogRow(time=THEN, level="INFO", message=f"line {number} " + "x" * 90)
        for number in range(60)
    )
    message = render(
        Logs(execution_id="dp-7", records=lines, cursor="c"), view("get_execution_logs")
    )

    assert "line 59 " in words(message)
    assert "line 0 " not in words(message)
    assert message.files[0].content.count(b"\n") == 59
    assert "Earlier lines" in labels(message)


def test_a_few_log_lines_are_a_file_only_when_something_of_them_is_left_out() -> None:
    def shown(message: str) -> Message:
        line = LogRow(time=THEN, level="INFO", message=message)
        return render(Logs(execution_id="dp-7", records=(line,)), view("get_execution_logs"))

    assert not shown("two  spaces\n and a line end").files
    [file] = shown("begin\n" + "middle " * 200 + "end").files
    assert file.content.endswith(b"begin " + b"middle " * 200 + b"end")


def test_a_history_offers_the_next_events_and_shows_where_a_reset_may_go() -> None:
    events = tuple(HistoryRow(event_id=n, type="X", time=THEN) for n in range(1, 5))
    result = History(
        execution_id="dp-7", total=9, events=events, reset_points=(4,), next_event_id=5
    )
    asked = view("get_execution_history", execution_id="dp-7")

    assert "4↩" in words(render(result, asked))
    following = pressing(result, "Next events", asked).request
    assert following.arguments == {"execution_id": "dp-7", "from_event_id": 5}


def test_a_diagnosis_leads_with_its_next_steps_and_says_nothing_twice() -> None:
    result = Diagnosis(
        execution_id="dp-7",
        workflow="order",
        status="FAILED",
        headline="It failed in the step extract: PageLimit: 812 pages",
        error="extract: PageLimit: 812 pages",
        failed_step=step_named("extract", message="PageLimit: 812 pages"),
        next_steps=(
            NextStep(
                operation="reset_execution",
                arguments={"execution_id": "dp-7", "event_id": 9},
                why="After a repair: runs the step again.",
            ),
        ),
    )
    message = render(result, view())

    assert labels(message)[0] == "Reset…"
    assert "Reset… after a repair: runs the step again." in words(message)
    assert words(message).count("812 pages") == 1
    assert "Reset…" not in words(render(result, view(allow=Effect.WRITE)))


def test_waiting_for_an_execution_means_watching_it_here() -> None:
    step = NextStep(operation="wait_for_execution", arguments={"execution_id": "dp-7"})
    result = Done(message="It goes on.", execution_id="dp-7", next_steps=(step,))

    assert pressing(result, "Watch").request.name == "watch"


def test_notes_speak_of_commands_and_not_of_operations() -> None:
    note = "The new run does not show yet; see get_execution."

    message = render(Done(message="It goes on.", notes=(note,)), view())
    assert "see status." in words(message)


def test_outcomes_tell_each_execution_apart() -> None:
    result = Outcomes(
        act="cancel",
        outcomes=(
            Outcome(execution_id="a", ok=True, message="asked to stop"),
            Outcome(execution_id="b", ok=False, message="no such execution"),
        ),
    )
    message = render(result, view())

    assert message.text == "⛔ 1 of 2 executions asked to stop."
    assert "no such execution" in words(message)


def test_a_query_shows_its_answer_and_can_be_asked_again() -> None:
    result = Answer(execution_id="dp-7", kind="query", name="progress", value={"done": 4})
    asked = view("query_execution", execution_id="dp-7", name_="progress")

    assert '"done": 4' in words(render(result, asked))
    assert pressing(result, "Ask again", asked).request.name == "query_execution"


def test_a_schedule_shows_its_times_and_offers_to_hold_trigger_edit_and_delete_it() -> None:
    result = ScheduleDetail(
        schedule_id="nightly",
        workflow="order",
        paused=False,
        times="cron 0 9 * * MON",
        next_times=(NOW + timedelta(hours=1),),
        started=Started(execution_id="nightly-1"),
    )
    message = render(result, view())

    assert "`cron 0 9 * * MON`" in message.text
    assert "2026-11-22 10:00 UTC" in words(message)
    assert labels(message) == ["Watch", "Pause", "Start now", "Edit…", "Delete…"]
    assert pressing(result, "Delete…").asks
    paused = result.model_copy(update={"paused": True})
    assert "Resume" in labels(render(paused, view()))
    assert "Next starts" in words(message)
    assert "Would start, were it not paused" in words(render(paused, view()))


def test_schedules_and_workflows_are_rows_that_can_be_acted_on() -> None:
    schedules = Schedules(
        schedules=(ScheduleRow(schedule_id="s", workflow="w", paused=True, times="every 1 h"),)
    )
    workflows = Workflows(workflows=(WorkflowRow(name="order", description="Takes orders."),))

    assert "Resume" in labels(render(schedules, view()))
    assert pressing(workflows, "Start…").request.arguments == {"workflow": "order"}
    assert "Start…" not in labels(render(workflows, view(allow=Effect.READ)))


def test_a_workflow_says_what_it_takes_and_gives_its_schema_only_where_lines_fall_short() -> None:
    flat = {
        "properties": {"pages": {"type": "integer", "description": "How many"}},
        "required": ["pages"],
    }
    deep = {"properties": {"options": {"type": "object", "properties": {}}}}

    simple = render(WorkflowDetail(name="w", workflow_id="1", input_schema=flat), view())
    nested = render(WorkflowDetail(name="w", workflow_id="1", input_schema=deep), view())
    assert "integer, required - How many" in words(simple)
    assert not simple.files
    assert [file.name for file in nested.files] == ["w-input-schema.json"]


def step_named(name: str, message: str | None = None) -> Step:
    return Step(name=name, kind="activity", state="failed", message=message)
