"""Acts leave a row that says who did what, from where, and how it went."""

import os
from pathlib import Path

import pytest
from mcp.types import Implementation

from mcp_server.callers import local_user
from tests.mcp_server.faces import ERAS, Stage, ask, client_of, fresh, refusal, rows_of, server_at


@pytest.mark.parametrize("era", ERAS)
async def test_a_write_is_written_down_with_its_caller(
    era: str, stage: Stage, database: Path
) -> None:
    execution_id = fresh("digest")
    me = Implementation(name="assistant\x1b[31m", version="2.1")

    async with client_of(server_at(stage.url, database), era, client_info=me) as client:
        await ask(
            client, "start_workflow", {"workflow": "daily-digest", "execution_id": execution_id}
        )
        await ask(client, "get_execution", {"execution_id": execution_id})
        await refusal(client, "signal_execution", {"execution_id": "nobody", "name": "note"})

    started, signalled = rows_of(database)
    assert started["operation"] == "start_workflow"
    assert execution_id in started["targets"]
    assert (started["effect"], started["place"]) == ("write", "mcp")
    assert (started["actor_kind"], started["actor_id"]) == ("local", local_user())
    assert started["actor_name"] == f"{local_user()} via assistant 2.1"
    assert (started["outcome"], signalled["outcome"]) == ("ok", "failed")


async def test_a_server_that_only_reads_makes_no_database(stage: Stage, database: Path) -> None:
    async with client_of(server_at(stage.url, database)) as client:
        await ask(client, "list_workflows", {})

    assert database.name not in os.listdir(database.parent)
