"""Calls that take their time: progress, deadlines, and callers who change their mind."""

from pathlib import Path

import anyio
import pytest

from tests.mcp_server.conftest import Ended
from tests.mcp_server.faces import ERAS, Stage, client_of, fresh, rows_of, server_at, text_of


@pytest.mark.parametrize("era", ERAS)
async def test_a_wait_reports_progress_and_ends_with_the_execution(
    era: str, stage: Stage, database: Path
) -> None:
    execution_id = fresh("sync")
    heard: list[tuple[float, float | None, str | None]] = []

    async def listen(progress: float, total: float | None, message: str | None) -> None:
        # It goes on until something is heard of it.
        if not heard:
            await stage.cancel(execution_id)
        heard.append((progress, total, message))

    async with client_of(server_at(stage.url, database), era) as client:
        result = await client.call_tool(
            "start_workflow",
            {
                "workflow": "long-sync",
                "input": {"seconds": 9_000},
                "execution_id": execution_id,
                "wait_seconds": 50,
            },
            progress_callback=listen,
        )

    assert ": CANCELED" in text_of(result)
    assert heard
    assert [done for done, _, _ in heard] == sorted({done for done, _, _ in heard})
    assert all("long-sync" in (message or "") for _, _, message in heard)


@pytest.mark.parametrize("era", ERAS)
async def test_a_wait_that_is_too_short_answers_with_what_there_is(
    era: str, stage: Stage, database: Path
) -> None:
    execution_id = await stage.start("long-sync", seconds=4_000)

    async with client_of(server_at(stage.url, database), era) as client:
        result = await client.call_tool(
            "wait_for_execution", {"execution_id": execution_id, "timeout_seconds": 1}
        )

    assert not result.is_error
    assert "RUNNING, still running" in text_of(result)
    assert f'wait_for_execution(execution_id="{execution_id}")' in text_of(result)
    assert result.structured_content is not None
    assert result.structured_content["still_running"] is True


async def test_a_wait_stops_at_a_question_for_a_person(stage: Stage, database: Path) -> None:
    execution_id = await stage.start("expense-approval")

    with anyio.fail_after(30):
        async with client_of(server_at(stage.url, database)) as client:
            result = await client.call_tool(
                "wait_for_execution", {"execution_id": execution_id, "timeout_seconds": 50}
            )

    assert '"Manager approval"' in text_of(result)
    assert f'submit_input(execution_id="{execution_id}"' in text_of(result)


@pytest.mark.parametrize("era", ERAS)
async def test_a_caller_who_gives_up_ends_the_work(era: str, stage: Stage, database: Path) -> None:
    """The trail shows it: the call is over as failed long before its own deadline."""
    called = anyio.Event()

    async def listen(progress: float, total: float | None, message: str | None) -> None:
        called.set()

    async with client_of(server_at(stage.url, database), era) as client:
        async with anyio.create_task_group() as group:

            async def start() -> None:
                await client.call_tool(
                    "start_workflow",
                    {
                        "workflow": "long-sync",
                        "input": {"seconds": 4_000},
                        "execution_id": fresh("sync"),
                        "wait_seconds": 50,
                    },
                    progress_callback=listen,
                )

            group.start_soon(start)
            with anyio.fail_after(30):
                await called.wait()
            group.cancel_scope.cancel()
        with anyio.fail_after(30):
            while rows_of(database)[0]["outcome"] == "started":  # noqa: ASYNC110
                await anyio.sleep(0.05)

    [row] = rows_of(database)
    assert row["outcome"] == "failed"
    assert row["duration_ms"] < 40_000


async def test_an_execution_that_is_over_is_not_waited_for(
    stage: Stage, ended: Ended, database: Path
) -> None:
    with anyio.fail_after(40):
        async with client_of(server_at(stage.url, database)) as client:
            result = await client.call_tool(
                "wait_for_execution", {"execution_id": ended.failed, "timeout_seconds": 50}
            )

    assert ": FAILED" in text_of(result)
    assert f'diagnose_execution(execution_id="{ended.failed}")' in text_of(result)
