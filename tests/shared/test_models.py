"""Answers are read tolerantly, and nothing in them is lost."""

import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.api import WorkflowsApi
from shared.errors import UnexpectedAnswer
from shared.models import (
    OPEN,
    TERMINAL,
    Calendar,
    Execution,
    ExecutionStatus,
    Range,
    Schedule,
    ScheduleDefinition,
    TraceSpan,
    is_terminal,
)
from tests.shared.scripted import EXECUTION, answer, execution, scripted

EVENT = {
    "event_type": "SOMETHING_NEW",
    "event_id": "e-1",
    "event_timestamp": 1_780_317_015_123_456_789,
    "root_workflow_exec_id": "order-41",
    "parent_workflow_exec_id": None,
    "workflow_exec_id": "order-41",
    "workflow_run_id": "r-1",
    "workflow_name": "expense-approval",
    "attributes": {"task_id": "t"},
}
POINT = {"name": "n", "id": "p-1", "timestamp_unix_nano": 1, "attributes": {"a": None}}
SPAN = {
    "span_id": "s-1",
    "name": "StartWorkflow:order",
    "start_time_unix_nano": 1_780_317_015_123_456_789,
    "end_time_unix_nano": None,
    "attributes": {"wf.id": "x", "list": [1], "none": None},
    "events": [POINT],
}
LOG = {
    "timestamp": "2026-06-01T12:30:15.123456Z",
    "trace_id": "t",
    "span_id": "s",
    "severity_text": "INFO",
    "body": "hello",
    "log_attributes": {"a": "b"},
}
SCHEDULE = {
    "schedule_id": "nightly",
    "workflow_name": "daily-digest",
    "paused": False,
    "input": {"a": 1},
    "calendars": [{"hour": [{"start": 9}]}],
    "policy": {"overlap": 77},
    "future_executions": [{"scheduled_at": "2026-06-01T00:00:00Z"}],
    "recent_executions": [
        {
            "scheduled_at": "2026-06-01T00:00:00Z",
            "started_at": "2026-06-01T00:00:01Z",
            "execution_id": "nightly-2026-06-01T00:00:00Z",
        }
    ],
}
WORKFLOW = {"id": "w-1", "name": "order", "display_name": "Order", "archived": False}
REGISTRATION = {
    "id": "r-1",
    "workflow_id": "w-1",
    "definition": {
        "input_schema": {"type": "object"},
        "signals": [{"name": "note", "input_schema": {}}],
        "updates": None,
        "execution_timeout": 3600,
    },
}
type Call = Callable[[WorkflowsApi], Awaitable[Any]]
READS: dict[str, tuple[Call, Any]] = {
    "execution": (lambda api: api.get_execution("e"), EXECUTION),
    "run": (lambda api: api.get_run("r"), EXECUTION),
    "runs": (
        lambda api: api.list_runs(),
        {"executions": [EXECUTION], "next_page_token": "t"},
    ),
    "info": (lambda api: api.get_trace_info("e"), {"otel_trace_id": "t", "has_trace_data": True}),
    "otel": (
        lambda api: api.get_trace_otel("e"),
        {
            **EXECUTION,
            "data_source": "tempo",
            "otel_trace_data": {"batches": [{"resource": {}, "scopeSpans": []}]},
        },
    ),
    "summary": (
        lambda api: api.get_trace_summary("e"),
        {**EXECUTION, "span_tree": {**SPAN, "children": [SPAN, {**SPAN, "children": [SPAN]}]}},
    ),
    "trace events": (
        lambda api: api.get_trace_events("e"),
        {
            **EXECUTION,
            "events": [
                POINT,
                {**POINT, "type": "EVENT_PROGRESS", "start_time_unix_ms": 5, "status": "NEW"},
            ],
        },
    ),
    "logs": (lambda api: api.get_execution_logs("e"), {"results": [LOG], "next_cursor": None}),
    "events": (lambda api: api.list_events(), {"events": [EVENT], "next_cursor": "c"}),
    "schedule": (lambda api: api.get_schedule("s"), SCHEDULE),
    "schedules": (lambda api: api.list_schedules(), {"schedules": [SCHEDULE]}),
    "workflows": (lambda api: api.list_workflows(), {"workflows": [WORKFLOW], "next_cursor": None}),
}


@pytest.mark.parametrize("name", READS)
async def test_an_answer_is_read_and_kept_whole(name: str) -> None:
    """Known fields come out as they went in, unknown ones beside them."""
    call, content = READS[name]
    async with scripted(answer(content | {"of_tomorrow": [1]})) as (api, _):
        read = await call(api)

    shown = read.model_dump(mode="json", exclude_unset=True)
    assert _without_defaults(shown, content) == content
    assert shown["of_tomorrow"] == [1]


@pytest.mark.parametrize("name", READS)
async def test_an_answer_that_is_no_object_is_unexpected(name: str) -> None:
    call, _ = READS[name]
    async with scripted(answer([])) as (api, _):
        with pytest.raises(UnexpectedAnswer):
            await call(api)


async def test_a_workflow_is_taken_out_of_its_wrapping() -> None:
    async with scripted(answer({"workflow": WORKFLOW | {"active": True}})) as (api, _):
        workflow = await api.get_workflow("order")

    assert (workflow.name, workflow.active) == ("order", True)


@pytest.mark.parametrize("name", ["workflow_registration", "workflow_version"])
async def test_a_registration_is_found_under_its_new_and_its_old_name(name: str) -> None:
    async with scripted(answer({name: REGISTRATION})) as (api, _):
        registration = await api.get_registration("r-1")

    assert [signal.name for signal in registration.definition.signals] == ["note"]
    assert registration.definition.updates == []


@pytest.mark.parametrize("old", [{}, {"workflow_versions": [REGISTRATION]}])
async def test_registrations_are_listed_once(old: dict[str, Any]) -> None:
    both = {"workflow_registrations": [REGISTRATION], "next_cursor": None} | old
    async with scripted(answer(both), answer({"workflow_versions": [REGISTRATION]})) as (api, _):
        page = await api.list_registrations()
        page_of_old = await api.list_registrations()

    assert [registration.id for registration in page.workflow_registrations] == ["r-1"]
    assert page.model_extra == {}
    assert len(page_of_old.workflow_registrations) == 1


async def test_the_answers_of_handlers_are_handed_on_as_they_are() -> None:
    replies = (
        answer({"result": None}),
        answer({"result": [1]}),
        answer({"message": "got it"}, 202),
    )
    async with scripted(*replies, answer(None, 202)) as (api, _):
        assert await api.query_execution("e", "progress") is None
        assert await api.update_execution("e", "set_target", {"target": 3}) == [1]
        assert await api.signal_execution("e", "note") == "got it"
        assert await api.signal_execution("e", "note") == "Signal accepted"


@pytest.mark.parametrize("history", [[{"eventId": "1"}], {"events": []}, [], None])
async def test_a_history_may_have_any_shape(history: Any) -> None:
    async with scripted(answer(history), answer(history)) as (api, _):
        assert await api.get_execution_history("e") == history
        assert await api.get_run_history("r") == history


async def test_a_status_of_tomorrow_is_kept_and_counts_as_open() -> None:
    async with scripted(execution(status="PAUSED"), execution(status=None)) as (api, _):
        read, silent = await api.get_execution("e"), await api.get_execution("e")

    assert (read.status, is_terminal(read.status)) == ("PAUSED", False)
    assert (silent.status, is_terminal(silent.status)) == (None, False)


def test_every_status_is_either_open_or_terminal() -> None:
    assert set(ExecutionStatus) == OPEN | TERMINAL
    assert {status for status in ExecutionStatus if is_terminal(status)} == TERMINAL
    assert sorted(OPEN) == ["RETRYING_AFTER_ERROR", "RUNNING"]


async def test_times_with_and_without_an_offset_can_be_compared() -> None:
    naive = execution(start_time="2026-06-01T12:00:00", end_time="2026-06-01T14:00:05+02:00")
    async with scripted(naive) as (api, _):
        read = await api.get_execution("e")

    assert read.start_time == datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert read.end_time
    assert read.end_time - read.start_time == timedelta(seconds=5)


def test_null_stands_for_empty_where_there_may_be_many() -> None:
    span = TraceSpan.model_validate(SPAN | {"events": None, "children": None, "attributes": None})

    assert (span.events, span.children, span.attributes) == ([], [], {})


async def test_a_deep_trace_and_a_deep_result_are_read() -> None:
    tree: dict[str, Any] = SPAN
    result: Any = 1
    for _ in range(150):
        tree, result = SPAN | {"children": [tree]}, [result]
    async with scripted(execution(span_tree=tree, result=result)) as (api, _):
        trace = await api.get_trace_summary("e")

    assert trace.span_tree
    assert trace.result == result


def test_a_definition_is_written_with_the_defaults_of_the_official_client() -> None:
    definition = ScheduleDefinition(
        input=None, calendars=[Calendar(hour=[Range(start=9)])], jitter=None
    )

    assert definition.model_dump(mode="json") == {
        "input": None,
        "calendars": [{"hour": [{"start": 9, "end": 0, "step": 0}]}],
        "jitter": None,
    }


def test_what_was_read_of_a_schedule_can_be_sent_again() -> None:
    read = Schedule.model_validate(SCHEDULE)

    again = ScheduleDefinition(input=read.input, calendars=read.calendars, policy=read.policy)

    assert again.model_dump(mode="json")["policy"]["overlap"] == 77


def test_a_process_that_only_needs_the_models_loads_no_http_library() -> None:
    assert _loaded("shared.errors, shared.models, shared.ids", "httpx") == "False"
    assert _loaded("shared.api", "tenacity") == "False"


def _loaded(modules: str, other: str) -> str:
    program = f"import {modules}, sys; print({other!r} in sys.modules)"
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.strip()


def _without_defaults(shown: Any, sent: Any) -> Any:
    """What came out, reduced to what went in: parts that can be sent are shown with defaults."""
    if isinstance(sent, dict):
        return {name: _without_defaults(shown[name], value) for name, value in sent.items()}
    if isinstance(sent, list):
        assert len(shown) == len(sent)
        return [_without_defaults(*pair) for pair in zip(shown, sent, strict=True)]
    return shown


def test_an_execution_is_whole_without_its_optional_keys() -> None:
    row = {name: EXECUTION[name] for name in EXECUTION if name not in {"result", "end_time"}}

    assert Execution.model_validate(row).result is None
