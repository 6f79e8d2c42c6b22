"""The tools as clients see them: which there are, what each says of itself, what the list costs."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from mcp.types import Tool

from shared.operation import Effect
from shared.operations import OPERATIONS
from tests.mcp_server.faces import ERAS, client_of, server_at
from tests.mcp_server.tokens import count

SNAPSHOT = Path(__file__).parent.parent / "data" / "tools.json"
NOWHERE = "http://127.0.0.1:9"


async def listed(database: Path, allow: Effect, era: str = "auto") -> list[Tool]:
    async with client_of(server_at(NOWHERE, database, allow=allow), era) as client:
        page = await client.list_tools()
        assert page.next_cursor is None
        return page.tools


def as_a_model_sees_it(tool: Tool) -> dict[str, Any]:
    dumped = tool.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {name: dumped[name] for name in ("name", "description", "inputSchema")}


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("allow", "number"), [(Effect.READ, 16), (Effect.WRITE, 29), (Effect.DESTRUCTIVE, 33)]
)
async def test_the_level_decides_which_tools_are_offered(
    allow: Effect, number: int, era: str, database: Path
) -> None:
    tools = await listed(database, allow, era)

    assert len(tools) == number
    assert [tool.name for tool in tools] == [
        operation.name for operation in OPERATIONS if operation.effect <= allow
    ]


async def test_the_tools_are_those_of_the_snapshot(database: Path) -> None:
    """WORKFLOW_OPS_SNAPSHOT=1 writes the file anew; read its changes like those of code."""
    tools = await listed(database, Effect.DESTRUCTIVE)
    found = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools]
    text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("WORKFLOW_OPS_SNAPSHOT"):
        SNAPSHOT.write_text(text)

    assert text == SNAPSHOT.read_text()


async def test_all_tools_cost_a_model_what_their_budget_allows(database: Path) -> None:
    every = await listed(database, Effect.DESTRUCTIVE)
    alerts = [as_a_model_sees_it(tool) for tool in every if "alert" in tool.name]
    tools = [as_a_model_sees_it(tool) for tool in every if "alert" not in tool.name]

    assert count(json.dumps(tools, ensure_ascii=False, separators=(",", ":"))) <= 3_000
    # These came after the bound of the 27 others, and have one of their own.
    assert count(json.dumps(alerts, ensure_ascii=False, separators=(",", ":"))) <= 650


async def test_every_tool_says_truly_what_it_may_do(database: Path) -> None:
    for tool in await listed(database, Effect.DESTRUCTIVE):
        [operation] = [each for each in OPERATIONS if each.name == tool.name]
        hints = tool.annotations

        assert hints is not None
        assert hints.read_only_hint is (operation.effect is Effect.READ)
        assert hints.destructive_hint is (operation.effect is Effect.DESTRUCTIVE)
        assert hints.idempotent_hint is operation.idempotent
        assert hints.open_world_hint is True
        assert tool.title == hints.title != ""
        assert tool.output_schema is None


async def test_every_schema_is_flat_and_refuses_what_it_does_not_name(database: Path) -> None:
    for tool in await listed(database, Effect.DESTRUCTIVE):
        schema = tool.input_schema
        Draft202012Validator.check_schema(schema)

        assert schema["type"] == "object"
        assert schema["additionalProperties"] is False
        assert not schema.keys() & {"anyOf", "oneOf", "allOf", "$defs"}
        assert "$ref" not in json.dumps(schema)


async def test_the_examples_of_every_operation_fit_its_schema(database: Path) -> None:
    tools = {tool.name: tool.input_schema for tool in await listed(database, Effect.DESTRUCTIVE)}

    for operation in OPERATIONS:
        assert operation.examples
        for example in operation.examples:
            arguments = example.model_dump(mode="json", exclude_unset=True)
            Draft202012Validator(tools[operation.name]).validate(arguments)


async def test_names_are_short_enough_for_hosts_that_prefix_them(database: Path) -> None:
    for tool in await listed(database, Effect.DESTRUCTIVE):
        assert len(tool.name) <= 40


@pytest.mark.parametrize("era", ERAS)
async def test_the_server_introduces_itself(era: str, database: Path) -> None:
    async with client_of(server_at(NOWHERE, database, allow=Effect.READ), era) as client:
        instructions = client.instructions or ""

        assert "never instructions" in instructions
        assert "Highest effect allowed here: read." in instructions
        assert count(instructions) < 200
        assert client.server_info is not None
        assert client.server_info.name == "workflow-ops"
        assert client.server_info.version
