"""The registry, and the one way through which every face calls it."""

import importlib
import json
import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from shared.call import Effect
from shared.errors import InvalidArguments, NotAllowed, NotFound
from shared.operation import Operation
from shared.operations import OPERATIONS
from shared.results import Result
from shared.schema import input_schema, plain_schema
from tests.shared.operating import BY_NAME, execution, faced

NAMES = [
    "list_workflows",
    "get_workflow",
    "list_executions",
    "get_execution",
    "get_execution_history",
    "get_execution_trace",
    "get_execution_logs",
    "list_execution_events",
    "wait_for_execution",
    "query_execution",
    "list_pending_inputs",
    "list_schedules",
    "get_schedule",
    "diagnose_execution",
    "list_alerts",
    "list_alert_subscriptions",
    "start_workflow",
    "signal_execution",
    "update_execution",
    "submit_input",
    "create_schedule",
    "update_schedule",
    "pause_schedule",
    "resume_schedule",
    "trigger_schedule",
    "create_alert_subscription",
    "mute_alert_subscription",
    "delete_alert_subscription",
    "acknowledge_alert",
    "cancel_executions",
    "terminate_executions",
    "reset_execution",
    "delete_schedule",
]
EFFECTS = {Effect.READ: 16, Effect.WRITE: 13, Effect.DESTRUCTIVE: 4}

each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)


def test_the_names_that_users_rely_on_are_all_there() -> None:
    assert [operation.name for operation in OPERATIONS] == NAMES
    for effect, count in EFFECTS.items():
        assert sum(operation.effect is effect for operation in OPERATIONS) == count


@each_operation
def test_a_declaration_is_complete(operation: Operation[Any, Any]) -> None:
    assert operation.summary.endswith(".")
    assert operation.description.startswith(operation.summary)
    assert len(operation.name) <= 40
    assert issubclass(operation.result, Result)
    assert operation.examples
    for example in operation.examples:
        assert type(example) is operation.params
        assert operation.validate(example.model_dump(exclude_unset=True)) == example


@each_operation
def test_the_slack_route_names_fields_that_exist(operation: Operation[Any, Any]) -> None:
    fields = re.findall(r"\{(\w+)(?:\.\.\.)?\}", operation.command)

    assert set(fields) <= set(operation.params.model_fields)
    required = {
        name for name, field in operation.params.model_fields.items() if field.is_required()
    }
    assert operation.command.split("{")[0].strip()
    assert len(required - set(fields)) == 0


def test_no_slack_route_hides_behind_another() -> None:
    paths = [operation.command.split("{")[0].split() for operation in OPERATIONS]
    bare = [operation.command for operation in OPERATIONS]

    assert len({" ".join(path) for path in paths}) == len(OPERATIONS)
    for path, command in zip(paths, bare, strict=True):
        longer = [other for other in paths if other != path and other[: len(path)] == path]
        assert not (longer and "{" in command), (command, longer)


@each_operation
def test_an_input_schema_is_one_that_every_model_and_provider_takes(
    operation: Operation[Any, Any],
) -> None:
    schema = input_schema(operation)

    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert set(schema["properties"]) == set(operation.params.model_fields)
    for part in _parts(schema["properties"]):
        assert not {"title", "$ref", "$defs", "anyOf", "oneOf", "allOf"} & set(part)
        assert part.get("type"), part
    assert not {"anyOf", "oneOf", "allOf", "$defs"} & set(schema)


def test_the_whole_tool_list_fits_into_its_budget_of_tokens() -> None:
    with warnings.catch_warnings():
        # It reads its vocabulary in an old way as it is imported.
        warnings.simplefilter("ignore", DeprecationWarning)
        bpe_openai = importlib.import_module("bpe_openai")
        encoding = bpe_openai.get_encoding("o200k_base")
    listed = [
        {"name": each.name, "description": each.description, "inputSchema": input_schema(each)}
        for each in OPERATIONS
    ]
    tokens = {
        str(tool["name"]): len(encoding.encode(json.dumps(tool, separators=(",", ":"))))
        for tool in listed
    }
    alerts = sum(number for name, number in tokens.items() if "alert" in name)

    # Three hundred are left for what a face adds, such as a token of confirmation.
    assert sum(tokens.values()) - alerts <= 2_700
    # The tools of alerts came after the bound of the 27 others, and have one of their own.
    assert alerts <= 650


@each_operation
def test_a_schema_accepts_its_own_examples(operation: Operation[Any, Any]) -> None:
    from jsonschema import Draft202012Validator

    checker = Draft202012Validator(input_schema(operation))

    for example in operation.examples:
        given = example.model_dump(mode="json", exclude_unset=True)
        assert list(checker.iter_errors(given)) == []


def test_a_property_that_is_called_title_survives_without_titles() -> None:
    schema = {
        "title": "Page",
        "properties": {"title": {"title": "Title", "type": "string"}},
        "anyOf": [{"title": "A"}],
    }

    assert plain_schema(schema) == {"properties": {"title": {"type": "string"}}, "anyOf": [{}]}


@pytest.mark.parametrize(
    ("operation", "arguments", "words"),
    [
        ("get_execution", {}, "get_execution: execution_id is required."),
        ("get_execution", {"execution_id": "  "}, "get_execution: execution_id must not be empty."),
        (
            "get_execution",
            {"execution_id": "two words"},
            "get_execution: execution_id must be one id, without spaces.",
        ),
        (
            "get_execution",
            {"execution_id": 7},
            "get_execution: execution_id must be text.",
        ),
        (
            "get_execution",
            {"execution_id": "x", "max_char": 5},
            "get_execution: max_char is not an argument, did you mean max_chars?",
        ),
        (
            "list_executions",
            {"limit": "many", "zzz": 1},
            "list_executions: limit must be a whole number; zzz is not an argument; the arguments "
            "are workflow, status, search, since, until, waiting, root_execution_id, deployment, "
            "tags, search_key, user, sort_by, order, include_internal, limit, cursor.",
        ),
        (
            "list_executions",
            {"limit": 500},
            "list_executions: limit must be at most 200.",
        ),
        (
            "list_executions",
            {"status": ["RUNNING", "DONE"]},
            "list_executions: status[1] must be 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELED', "
            "'TERMINATED', 'CONTINUED_AS_NEW', 'TIMED_OUT' or 'RETRYING_AFTER_ERROR'.",
        ),
        (
            "list_executions",
            {"since": "last week"},
            "list_executions: since must be a time such as 2h (ago), 3d or 2026-11-22T09:00Z.",
        ),
        (
            "start_workflow",
            {"workflow": "x", "input": "[1]"},
            "start_workflow: input must be a JSON object.",
        ),
        (
            "start_workflow",
            {"workflow": "x", "input": "{broken"},
            "start_workflow: input must be a JSON object.",
        ),
        (
            "cancel_executions",
            {"execution_ids": []},
            "cancel_executions: execution_ids needs at least 1.",
        ),
        (
            "cancel_executions",
            {"execution_ids": ["x"] * 101},
            "cancel_executions: execution_ids may have at most 100, not 101.",
        ),
        (
            "wait_for_execution",
            {"execution_id": "x", "timeout_seconds": 51},
            "wait_for_execution: timeout_seconds must be at most 50.",
        ),
        (
            "create_schedule",
            {"workflow": "x", "every": "often", "paused": "perhaps"},
            "create_schedule: every must be a duration such as 90s, 15m, 2h, 1d12h or PT1H; "
            "paused must be true or false.",
        ),
    ],
)
def test_arguments_that_do_not_fit_are_refused_in_our_own_words(
    operation: str, arguments: Mapping[str, object], words: str
) -> None:
    with pytest.raises(InvalidArguments) as caught:
        BY_NAME[operation].validate(arguments)

    assert str(caught.value) == words


def test_a_hostile_argument_is_neither_echoed_at_length_nor_raw() -> None:
    name = "x\u202e\n" + "y" * 10_000

    with pytest.raises(InvalidArguments) as caught:
        BY_NAME["get_execution"].validate(
            {"execution_id": "e", name: 1, **dict.fromkeys("abcdefg")}
        )

    words = str(caught.value)
    assert len(words) < 1_000
    assert "\u202e" not in words
    assert "\n" not in words
    assert "and 3 more" in words
    assert "pydantic" not in words


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("running", ("RUNNING",)),
        ("Running, failed", ("RUNNING", "FAILED")),
        (["cancelled", "timed out", "TIMEOUT"], ("CANCELED", "TIMED_OUT", "TIMED_OUT")),
        ([], ()),
    ],
)
def test_statuses_come_in_any_case_one_or_several(written: object, meant: tuple[str, ...]) -> None:
    assert BY_NAME["list_executions"].validate({"status": written}).status == meant


@pytest.mark.parametrize("written", [" order-41\n", "`order-41`", '"order-41"'])
def test_ids_are_taken_out_of_what_was_pasted_around_them(written: str) -> None:
    assert BY_NAME["get_execution"].validate({"execution_id": written}).execution_id == "order-41"


def test_several_ids_may_come_in_one_text() -> None:
    params = BY_NAME["cancel_executions"].validate({"execution_ids": "a, b,c"})

    assert params.execution_ids == ("a", "b", "c")


def test_a_cron_expression_is_not_taken_apart_at_its_commas() -> None:
    params = BY_NAME["create_schedule"].validate({"workflow": "w", "cron": "0 9,17 * * *"})

    assert params.cron == ("0 9,17 * * *",)


def test_an_object_may_come_as_its_json_text() -> None:
    params = BY_NAME["start_workflow"].validate({"workflow": "w", "input": '{"pages": [1, 2]}'})

    assert params.input == {"pages": [1, 2]}


async def test_what_is_invalid_reaches_neither_policy_nor_api(tmp_path: Path) -> None:
    async with faced({}, tmp_path, allow=Effect.READ) as (face, server):
        with pytest.raises(InvalidArguments):
            await face.call("terminate_executions", execution_ids=[])

        assert await face.audited() == []
    assert server.requests == []


async def test_a_refused_act_reaches_no_api_and_says_how_it_could_be_allowed(
    tmp_path: Path,
) -> None:
    async with faced({}, tmp_path, allow=Effect.WRITE) as (face, server):
        with pytest.raises(NotAllowed) as caught:
            await face.call("terminate_executions", execution_ids=["order-41"])
        (row,) = await face.audited()

    assert server.requests == []
    assert "destructive" in str(caught.value)
    assert "--allow destructive" in str(caught.value)
    assert row["outcome"] == "refused"
    assert row["operation"] == "terminate_executions"
    assert row["targets"] == ["order-41"]
    assert row["error"] == str(caught.value)


async def test_a_read_leaves_no_trace_and_makes_no_database(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    routes = {
        "GET /v1/workflows/runs": {"executions": [execution()], "next_page_token": None},
    }
    async with faced(routes, folder, allow=Effect.READ) as (face, _):
        found = await face.call("list_executions")

    assert found.executions[0].execution_id == "order-41"
    assert not folder.exists()


async def test_an_operation_can_be_called_as_a_plain_function(tmp_path: Path) -> None:
    routes = {"DELETE /v1/workflows/schedules/nightly": httpx.Response(204)}
    operation = BY_NAME["delete_schedule"]
    async with faced(routes, tmp_path, allow=Effect.READ) as (face, _):
        done = await operation(face.context, operation.params(schedule_id="nightly"))

        assert done.schedule_id == "nightly"
        assert await face.audited() == []


async def test_errors_of_the_api_pass_through_as_they_are(tmp_path: Path) -> None:
    async with faced({}, tmp_path) as (face, _):
        with pytest.raises(NotFound, match="nightly"):
            await face.call("get_schedule", schedule_id="nightly")


def test_effects_are_ordered() -> None:
    assert Effect.READ < Effect.WRITE < Effect.DESTRUCTIVE
    assert Effect.DESTRUCTIVE >= Effect.DESTRUCTIVE > Effect.READ
    assert max(Effect) is Effect.DESTRUCTIVE


def test_parameters_cannot_be_changed_after_they_were_checked() -> None:
    params: BaseModel = BY_NAME["get_execution"].validate({"execution_id": "x"})

    with pytest.raises(ValueError, match="frozen"):
        params.execution_id = "y"  # type: ignore[attr-defined]


def _parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every schema below the properties."""
    for schema in value.values():
        yield schema
        if "items" in schema:
            yield schema["items"]
