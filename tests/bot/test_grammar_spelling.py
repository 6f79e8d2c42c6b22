"""Every request can be written as a command that reads back as the same request."""

from typing import Any

import pytest
from hypothesis import given, settings

from bot.grammar import all_routes, read, spell, usage
from tests.bot.made_arguments import arguments_of, objects
from tests.bot.typed import delivered, understood

NAMES = [route.name for route in all_routes()]


def comes_back(name: str, arguments: dict[str, Any]) -> str:
    """The command, after making sure that Slack's delivery of it means the same."""
    params = all_routes().named(name).params
    meant = params.model_validate(arguments)
    command = spell(name, meant.model_dump(exclude_unset=True))
    asked = read(delivered(command))
    assert asked.name == name, command
    back = params.model_validate(understood(asked))
    assert back == meant, command
    assert back.model_fields_set == meant.model_fields_set, command
    return command


@pytest.mark.parametrize("name", NAMES)
def test_every_example_reads_back_as_itself(name: str) -> None:
    examples = all_routes().named(name).examples
    assert examples
    for example in examples:
        comes_back(name, example.model_dump(exclude_unset=True))


@pytest.mark.parametrize("name", NAMES)
def test_whatever_a_command_takes_reads_back_as_itself(name: str) -> None:
    @settings(max_examples=40, deadline=None)
    @given(arguments_of(all_routes().named(name).params))
    def property_holds(arguments: dict[str, Any]) -> None:
        comes_back(name, arguments)

    property_holds()


@settings(deadline=None)
@given(objects)
def test_the_input_of_a_workflow_reads_back_as_itself(value: dict[str, Any]) -> None:
    comes_back("start_workflow", {"workflow": "order", "input": value})


@pytest.mark.parametrize(
    ("name", "arguments", "command"),
    [
        ("start_workflow", {"workflow": "order", "input": {"n": 5}}, "start order n=5"),
        (
            "start_workflow",
            {"workflow": "order", "input": {"ref": "0042"}},
            'start order ref="0042"',
        ),
        ("start_workflow", {"workflow": "order", "input": {"n": "5"}}, 'start order n="5"'),
        ("start_workflow", {"workflow": "order", "input": {"on": "yes"}}, 'start order on="yes"'),
        (
            "start_workflow",
            {"workflow": "order", "input": {"deployment": 1}},
            'start order {"deployment":1}',
        ),
        (
            "list_executions",
            {"status": ["RUNNING", "FAILED"], "tags": ["a", "b"]},
            "list status=RUNNING,FAILED tags=a tags=b",
        ),
        ("list_executions", {"tags": ["a,b"]}, 'list tags=["a,b"]'),
        ("list_workflows", {"tags": ["\x1fa"]}, 'workflows tags=["\\u001fa"]'),
        (
            "update_schedule",
            {"schedule_id": "n", "timezone": None},
            "schedules update n timezone=null",
        ),
        ("reset_execution", {"execution_id": "x", "event_id": 4}, "reset x 4"),
        ("query_execution", {"execution_id": "x"}, "query execution_id=x"),
    ],
)
def test_a_command_is_as_short_as_its_meaning_allows(
    name: str, arguments: dict[str, Any], command: str
) -> None:
    assert spell(name, arguments) == command


def test_the_usage_of_a_command_is_one_line() -> None:
    assert usage("reset_execution") == (
        "reset EXECUTION EVENT [reason=…] [exclude_signals=true] [exclude_updates=true]"
    )
    assert usage("cancel_executions") == "cancel EXECUTION … [reason=…]"
    assert usage("start_workflow").startswith("start WORKFLOW [{…}] [key=value …]")
    assert all("\n" not in usage(name) for name in NAMES)
