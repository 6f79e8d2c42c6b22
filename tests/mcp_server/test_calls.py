"""What comes back when a call does not go as its caller thought."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx
import pytest

from mcp_server.backend import OpenApi
from shared.api import Patience, WorkflowsApi, open_api
from shared.errors import OpsError
from shared.operation import Effect
from tests.mcp_server.faces import ERAS, client_of, refusal, rows_of, server_at, server_of

NOWHERE = "http://127.0.0.1:9"

type Answering = httpx.Response | Exception


def answering(answer: Answering) -> OpenApi:
    """An API that always answers the same."""

    def respond(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    @asynccontextmanager
    async def source() -> AsyncGenerator[WorkflowsApi]:
        transport = httpx.MockTransport(respond)
        patience = Patience(attempts=1)
        async with open_api("http://api.test", "k", transport=transport, patience=patience) as api:
            yield api

    return source


@pytest.mark.parametrize("era", ERAS)
async def test_an_unknown_tool_is_answered_with_the_nearest_one(era: str, database: Path) -> None:
    async with client_of(server_at(NOWHERE, database), era) as client:
        text = await refusal(client, "list_execution", {})

    assert text == "There is no tool list_execution, did you mean list_executions?"


@pytest.mark.parametrize("era", ERAS)
async def test_an_unknown_argument_is_named_with_the_nearest_one(era: str, database: Path) -> None:
    async with client_of(server_at(NOWHERE, database), era) as client:
        text = await refusal(client, "get_execution", {"execution_id": "a", "max_char": 9})

    assert "max_char is not an argument, did you mean max_chars?" in text


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("tool", "arguments", "level"),
    [
        ("start_workflow", {"workflow": "daily-digest"}, "write"),
        ("terminate_executions", {"execution_ids": ["order-41"]}, "destructive"),
    ],
)
async def test_a_read_only_server_refuses_acts_that_are_called_by_name(
    tool: str, arguments: dict[str, object], level: str, era: str, database: Path
) -> None:
    async with client_of(server_at(NOWHERE, database, allow=Effect.READ), era) as client:
        text = await refusal(client, tool, arguments)

    assert f"--allow {level}" in text
    [row] = rows_of(database)
    assert (row["operation"], row["outcome"]) == (tool, "refused")


@pytest.mark.parametrize("era", ERAS)
async def test_an_api_that_cannot_be_reached_is_an_answer_too(era: str, database: Path) -> None:
    source = answering(httpx.ConnectError("connection refused"))

    async with client_of(server_of(source, database), era) as client:
        text = await refusal(client, "list_workflows", {})

    assert "list workflows" in text


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("tool", ["list_workflows", "start_workflow"])
async def test_a_bug_is_told_by_a_number_that_only_the_log_explains(
    tool: str, era: str, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = answering(RuntimeError("the password is hunter2"))

    async with client_of(server_of(source, database), era) as client:
        text = await refusal(client, tool, {} if tool == "list_workflows" else {"workflow": "w"})

    number = text.partition("internal error ")[2].partition(".")[0]
    assert "hunter2" not in text
    assert number in caplog.text
    assert "hunter2" in caplog.text
    assert ("look before you try again" in text) is (tool == "start_workflow")


@pytest.mark.parametrize("era", ERAS)
async def test_an_error_is_clean_and_bounded(era: str, database: Path) -> None:
    class Strange(OpsError):
        pass

    source = answering(Strange("\u202ebad\x1b[31m " + "word " * 5_000))

    async with client_of(server_of(source, database), era) as client:
        text = await refusal(client, "list_workflows", {})

    assert text.startswith("bad word")
    assert len(text) <= 2_000


@pytest.mark.parametrize("era", ERAS)
async def test_a_call_that_takes_too_long_is_given_up_in_words(era: str, database: Path) -> None:
    @asynccontextmanager
    async def never() -> AsyncGenerator[WorkflowsApi]:
        await anyio.sleep_forever()
        yield NotImplemented

    server = server_of(never, database, patience_seconds=0.01)

    with anyio.fail_after(60):
        async with client_of(server, era) as client:
            text = await refusal(client, "delete_schedule", {"schedule_id": "nightly"})

    assert text.startswith("delete_schedule took longer than 0.01 s and was given up.")
    assert "look before you try again" in text


async def test_arguments_that_cannot_be_right_do_not_wait_for_the_api(database: Path) -> None:
    @asynccontextmanager
    async def never() -> AsyncGenerator[WorkflowsApi]:
        raise NotImplementedError
        yield

    async with client_of(server_of(never, database)) as client:
        text = await refusal(client, "get_execution", {})

    assert text == "get_execution: execution_id is required."


async def test_an_api_that_did_not_open_is_tried_again_by_the_next_call(database: Path) -> None:
    tries = 0
    working = answering(httpx.Response(200, json={"workflows": [], "next_cursor": None}))

    @asynccontextmanager
    async def second_time() -> AsyncGenerator[WorkflowsApi]:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise OpsError("The sandbox is not there yet.")
        async with working() as api:
            yield api

    async with client_of(server_of(second_time, database)) as client:
        first = await client.call_tool("list_workflows", {})
        second = await client.call_tool("list_workflows", {})

    assert (first.is_error, second.is_error, tries) == (True, False, 2)


async def test_a_background_failure_is_only_logged(
    database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from mcp_server.backend import open_backend

    told = anyio.Event()

    @asynccontextmanager
    async def broken() -> AsyncGenerator[WorkflowsApi]:
        told.set()
        raise OpsError("The sandbox does not start.")
        yield

    with caplog.at_level(logging.WARNING):
        async with open_backend(broken, f"sqlite+aiosqlite:///{database}", at_once=True):
            await told.wait()
            await anyio.lowlevel.checkpoint()

    assert "The sandbox does not start." in caplog.text
