"""Our requests, compared with those of the official client for the same arguments."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from mistralai.client.errors import MistralError
from mistralai.client.sdk import Mistral

from shared.api import open_api
from shared.errors import Rejected

OPERATIONS = {
    operation["op"]: operation
    for operation in json.loads(
        (Path(__file__).parent.parent / "data" / "api_operations.json").read_text()
    )
}
TIME = datetime(2026, 6, 1, 12, 30, 15, 123456, tzinfo=UTC)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
ENCODED = {"b64payload": "e30=", "encoding_options": ["compressed"], "empty": False}
SCHEDULE: dict[str, Any] = {
    "input": {"pages": 3, "note": None},
    "calendars": [{"hour": [{"start": 9}], "day_of_week": [{"start": 1, "end": 5}]}],
    "intervals": [{"every": "PT1H", "offset": None}],
    "cron_expressions": ["0 9 * * 1"],
    "skip": [{"month": [{"start": 12}], "comment": "closed"}],
    "start_at": TIME,
    "end_at": None,
    "jitter": "PT30S",
    "time_zone_name": "Europe/Paris",
    "policy": {"overlap": 2},
    "max_executions": 4,
}


@dataclass(frozen=True)
class Case:
    """One call: the arguments as the official client names them, and where our name differs."""

    operation: str
    ours: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    variant: str = "minimal"
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.operation} {self.variant}"


ID = {"execution_id": "order-41"}
RUN = {"run_id": "3f1c2a52-7a53-4e6a-9d1c-0c7a1f3c9b10"}
SCHEDULED = {"schedule_id": "nightly"}
HANDLER = ID | {"name": "note"}
STARTED = {"workflow_identifier": "expense-approval"}
WORKFLOW = {"workflow_identifier": "workflow"}
IDENTIFIER = {"workflow_identifier": "identifier"}
REGISTRATION = {"workflow_registration_id": "registration_id"}

CASES = (
    Case("get_workflow_execution", "get_execution", ID),
    Case("get_workflow_execution", "get_execution", ID | {"include_search_keys": True}, "full"),
    Case("get_workflow_execution", "get_execution", {"execution_id": "a b:/ü?x#y%z"}, "odd id"),
    Case(
        "get_workflow_execution",
        "get_execution",
        {"execution_id": "nightly-2026-11-22T00:43:25Z"},
        "scheduled id",
    ),
    Case("get_workflow_execution_history", "get_execution_history", ID),
    Case(
        "get_workflow_execution_history",
        "get_execution_history",
        ID | {"decode_payloads": False},
        "full",
    ),
    *(
        case
        for operation, ours in (
            ("signal_workflow_execution", "signal_execution"),
            ("query_workflow_execution", "query_execution"),
            ("update_workflow_execution", "update_execution"),
        )
        for case in (
            Case(operation, ours, HANDLER),
            Case(operation, ours, HANDLER | {"input": {"a": [1, None], "ü": "✓"}}, "full"),
            Case(operation, ours, HANDLER | {"input": ENCODED}, "encoded"),
        )
    ),
    Case("terminate_workflow_execution", "terminate_execution", ID),
    Case("cancel_workflow_execution", "cancel_execution", ID),
    Case(
        "batch_terminate_workflow_executions",
        "terminate_executions",
        {"execution_ids": ["b", "a"]},
    ),
    Case("batch_cancel_workflow_executions", "cancel_executions", {"execution_ids": ["b", "a"]}),
    Case("reset_workflow", "reset_execution", ID | {"event_id": 4}),
    Case(
        "reset_workflow",
        "reset_execution",
        ID | {"event_id": 4, "reason": "again", "exclude_signals": True, "exclude_updates": True},
        "full",
    ),
    Case("get_workflow_execution_trace_info", "get_trace_info", ID),
    Case("get_workflow_execution_trace_otel", "get_trace_otel", ID),
    Case("get_workflow_execution_trace_summary", "get_trace_summary", ID),
    Case("get_workflow_execution_trace_events", "get_trace_events", ID),
    Case(
        "get_workflow_execution_trace_events",
        "get_trace_events",
        ID | {"merge_same_id_events": True, "include_internal_events": True},
        "full",
    ),
    Case("stream", "stream_execution", ID),
    Case(
        "stream",
        "stream_execution",
        ID | {"event_source": "LIVE", "last_event_id": "17-0"},
        "full",
    ),
    Case("get_workflow_execution_logs", "get_execution_logs", ID),
    Case(
        "get_workflow_execution_logs",
        "get_execution_logs",
        ID
        | RUN
        | {
            "activity_id": "a-1",
            "after": TIME,
            "before": TIME.replace(microsecond=0),
            "order": "desc",
            "cursor": "c+/=",
            "limit": 7,
        },
        "full",
    ),
    Case("stream_workflow_execution_logs", "stream_execution_logs", ID),
    Case(
        "stream_workflow_execution_logs",
        "stream_execution_logs",
        ID | RUN | {"activity_id": "a-1", "after": TIME, "last_event_id": "17-0"},
        "full",
    ),
    Case("list_runs", "list_runs"),
    Case(
        "list_runs",
        "list_runs",
        {
            "workflow_identifier": "expense-approval",
            "root_execution_id": "order-41",
            "search": "a b&c",
            "status": ["RUNNING", "FAILED"],
            "deployment_name": "main",
            "sort_by": "end_time",
            "order": "asc",
            "start_time_after": TIME,
            "start_time_before": TIME,
            "end_time_after": TIME,
            "end_time_before": TIME,
            "user_id": "current",
            "workflow_tags": ["x", "y"],
            "include_internal": False,
            "page_size": 10,
            "next_page_token": "t/=+",
            "search_key": ["state==:waiting", "tier"],
        },
        "full",
    ),
    Case("list_runs", "list_runs", {"status": "FAILED"}, "one status"),
    Case("get_run", "get_run", RUN),
    Case("get_run_history", "get_run_history", RUN),
    Case("get_run_history", "get_run_history", RUN | {"decode_payloads": False}, "full"),
    Case("get_schedules", "list_schedules"),
    Case(
        "get_schedules",
        "list_schedules",
        {
            "workflow_name": "daily-digest",
            "user_id": "current",
            "status": "paused",
            "search": "daily",
            "page_size": 10,
            "next_page_token": "t",
        },
        "full",
    ),
    Case("schedule_workflow", "create_schedule", {"schedule": {"input": None}} | STARTED),
    Case(
        "schedule_workflow",
        "create_schedule",
        {"schedule": SCHEDULE, "deployment_name": "main"} | STARTED | SCHEDULED,
        "full",
    ),
    Case("get_schedule", "get_schedule", SCHEDULED),
    Case("unschedule_workflow", "delete_schedule", SCHEDULED),
    Case(
        "update_schedule",
        "update_schedule",
        SCHEDULED | {"schedule": {"cron_expressions": [], "end_at": None, "calendars": None}},
        renamed={"schedule": "changes"},
    ),
    Case(
        "update_schedule",
        "update_schedule",
        SCHEDULED | {"schedule": SCHEDULE},
        "full",
        renamed={"schedule": "changes"},
    ),
    Case("pause_schedule", "pause_schedule", SCHEDULED),
    Case("pause_schedule", "pause_schedule", SCHEDULED | {"note": "holidays"}, "full"),
    Case("resume_schedule", "resume_schedule", SCHEDULED),
    Case("resume_schedule", "resume_schedule", SCHEDULED | {"note": "back"}, "full"),
    Case("trigger_schedule", "trigger_schedule", SCHEDULED),
    Case("trigger_schedule", "trigger_schedule", SCHEDULED | {"overlap": 6}, "full"),
    Case("get_stream_events", "stream_events"),
    Case(
        "get_stream_events",
        "stream_events",
        {
            "scope": "activity",
            "activity_name": "extract",
            "activity_id": "a-1",
            "workflow_name": "expense-approval",
            "workflow_exec_id": "order-41",
            "root_workflow_exec_id": "order-40",
            "parent_workflow_exec_id": "order-39",
            "stream": "workflow",
            "start_seq": 18,
            "metadata_filters": {"tier": "gold", "ok": True},
            "workflow_event_types": ["CUSTOM_TASK_STARTED", "CUSTOM_TASK_FAILED"],
            "last_event_id": "17-0",
        },
        "full",
    ),
    Case("get_workflow_events", "list_events"),
    Case(
        "get_workflow_events",
        "list_events",
        {
            "root_workflow_exec_id": "order-41",
            "workflow_exec_id": "order-42",
            "workflow_run_id": "r-1",
            "limit": 5,
            "cursor": "c",
        },
        "full",
    ),
    Case("get_workflows", "list_workflows"),
    Case(
        "get_workflows",
        "list_workflows",
        {
            "status": ["RUNNING", "FAILED"],
            "include_shared": False,
            "available_in_chat_assistant": True,
            "deployment_name": ["a", "b"],
            "deployment_status": "active",
            "archived": False,
            "tags": ["x", "y"],
            "order": "desc",
            "cursor": "c",
            "limit": 5,
            "active_only": True,
            "search": "digest",
        },
        "full",
    ),
    Case("get_workflow", "get_workflow", STARTED, renamed=IDENTIFIER),
    Case("get_workflow_registrations", "list_registrations"),
    Case(
        "get_workflow_registrations",
        "list_registrations",
        {
            "workflow_id": "w-1",
            "task_queue": "q",
            "active_only": True,
            "include_shared": False,
            "workflow_search": "digest",
            "archived": True,
            "with_workflow": True,
            "available_in_chat_assistant": False,
            "limit": 5,
            "cursor": "c",
        },
        "full",
    ),
    Case(
        "get_workflow_registration",
        "get_registration",
        {"workflow_registration_id": "r-1"},
        renamed=REGISTRATION,
    ),
    Case(
        "get_workflow_registration",
        "get_registration",
        {"workflow_registration_id": "r-1", "with_workflow": True, "include_shared": False},
        "full",
        renamed=REGISTRATION,
    ),
    Case("execute_workflow", "execute_workflow", STARTED, renamed=WORKFLOW),
    Case(
        "execute_workflow",
        "execute_workflow",
        STARTED
        | ID
        | {
            "input": {"amount": 120.5, "employee": None},
            "wait_for_result": True,
            "timeout_seconds": 12.5,
            "custom_tracing_attributes": {"team": "ops"},
            "force_new_trace": True,
            "traceparent": TRACE,
            "extensions": {"a": {"b": 1}},
            "deployment_name": "main",
        },
        "full",
        renamed=WORKFLOW,
    ),
)

# What differs, and why it should.
DIFFERENCES: dict[str, tuple[set[str], str]] = {
    "get_workflow_execution odd id": (
        {"path"},
        "the official client puts ids into paths as they are, so that / ? # reach elsewhere",
    ),
    "signal_workflow_execution encoded": (
        {"body.input"},
        "the official client drops the encoded input of a signal",
    ),
    "schedule_workflow minimal": (
        {"body.schedule_id"},
        "we choose the id, so that a repetition cannot make a second schedule",
    ),
    "execute_workflow minimal": (
        {"body.execution_id"},
        "we choose the id, so that a repetition cannot start a second execution",
    ),
}
# Parameters that no case can send.
UNUSED = {
    ("schedule_workflow", "workflow_registration_id"): "the identifier is the other way to say it",
    ("schedule_workflow", "workflow_version_id"): "deprecated",
    ("schedule_workflow", "workflow_task_queue"): "deprecated",
    ("execute_workflow", "task_queue"): "deprecated",
    ("get_workflow_registrations", "workflow_name"): "the official client 2.10.1 lacks it",
    ("get_workflows", "sort_by"): "a constant of the client",
}


@pytest.mark.filterwarnings("ignore:warning. .. DEPRECATED:DeprecationWarning:mistralai")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_the_request_is_that_of_the_official_client(case: Case) -> None:
    """Every difference is in the table, and every difference of the table exists."""
    theirs, ours = await _theirs(case), await _ours(case)

    differing = {name for name in theirs.keys() | ours.keys() if theirs.get(name) != ours.get(name)}

    expected, _ = DIFFERENCES.get(case.name, (set(), ""))
    assert differing == expected, [(n, theirs.get(n), ours.get(n)) for n in sorted(differing)]


def test_the_table_of_differences_names_existing_cases() -> None:
    assert DIFFERENCES.keys() <= {case.name for case in CASES}


@pytest.mark.parametrize(
    "operation", [op for op in OPERATIONS.values() if op["in_seed"]], ids=lambda op: op["op"]
)
def test_every_parameter_of_every_operation_is_compared(operation: dict[str, Any]) -> None:
    name = operation["op"]
    listed = [*operation["path_params"], *operation["query"], *operation["body"]]
    parameters = {parameter["name"] for parameter in listed}

    cases = [case for case in CASES if case.operation == name]
    used = {argument for case in cases for argument in case.arguments}
    unused = {parameter for op, parameter in UNUSED if op == name}

    assert "minimal" in {case.variant for case in cases}
    assert parameters - used == unused


async def test_our_start_says_what_ours_alone_adds() -> None:
    """The chosen id has the form that the API asks of callers."""
    ours = await _ours(next(case for case in CASES if case.name == "execute_workflow minimal"))

    assert re.fullmatch("[A-Za-z0-9_-]{1,256}", ours["body.execution_id"])


async def _theirs(case: Case) -> dict[str, Any]:
    transport, requests = _recorder()
    async with httpx.AsyncClient(transport=transport, follow_redirects=True) as client:
        sdk: Any = Mistral(api_key="k", server_url="http://api.test/base", async_client=client)
        path = OPERATIONS[case.operation]["sdk_path_async"].split(".")
        with pytest.raises(MistralError):
            await reduce(getattr, path, sdk)(**case.arguments)
    return _flat(requests)


async def _ours(case: Case) -> dict[str, Any]:
    transport, requests = _recorder()
    arguments = {case.renamed.get(name, name): v for name, v in case.arguments.items()}
    async with open_api("http://api.test/base/", "k", transport=transport) as api:
        call = getattr(api, case.ours)(**arguments)
        with pytest.raises(Rejected):
            await (call.__aenter__() if "stream" in case.ours else call)
    return _flat(requests)


def _recorder() -> tuple[httpx.MockTransport, list[httpx.Request]]:
    requests: list[httpx.Request] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(418, json={})

    return httpx.MockTransport(refuse), requests


def _flat(requests: list[httpx.Request]) -> dict[str, Any]:
    """All that can differ of the one request, by name."""
    (request,) = requests
    target = request.url.raw_path.decode().split("?", 1)
    flat: dict[str, Any] = {"method": request.method, "path": target[0]}
    for name, value in parse_qsl(target[1] if len(target) > 1 else "", keep_blank_values=True):
        flat.setdefault(f"query.{name}", []).append(value)
    names = ("accept", "authorization", "content-type", "last-event-id", "traceparent")
    flat |= {f"header.{name}": request.headers[name] for name in names if name in request.headers}
    flat["has length"] = "content-length" in request.headers
    flat["has body"] = bool(request.content)
    body = json.loads(request.content) if request.content else {}
    flat |= {f"body.{name}": value for name, value in body.items()}
    return {name: _undated(value) for name, value in flat.items()}


def _undated(value: Any) -> Any:
    """Random trace contexts are equal to each other; the given one is not random."""
    sampled = isinstance(value, str) and re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-01", value)
    return "a trace context" if sampled and value != TRACE else value
