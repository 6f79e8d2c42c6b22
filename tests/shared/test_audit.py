"""The audit trail, seen by calling operations."""

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from shared.audit import Audit, AuditUnavailable
from shared.audit_rows import read_rows
from shared.call import Actor, Call, Effect
from shared.context import Context
from shared.database import Database, database_url
from shared.errors import NotAllowed, NotFound
from shared.operations import OPERATIONS
from shared.policy import Policy
from tests.shared.operating import ANA, NOW, Routes, execution, faced

DELETE = "DELETE /v1/workflows/schedules/nightly"
NO_CONTENT = httpx.Response(204)


def call(**changes: Any) -> Call:
    facts: dict[str, Any] = {
        "id": "c-1",
        "operation": "delete_schedule",
        "effect": Effect.DESTRUCTIVE,
        "actor": ANA,
        "place": "tests",
        "arguments": {"schedule_id": "nightly"},
        "targets": ("nightly",),
    }
    return Call(**facts | changes)


async def test_an_act_leaves_a_row_that_says_who_what_where_and_how_it_went(tmp_path: Path) -> None:
    async with faced({DELETE: NO_CONTENT}, tmp_path) as (face, _):
        await face.call("delete_schedule", schedule_id="nightly")
        (row,) = await face.audited()

    assert (row["actor_kind"], row["actor_id"], row["actor_name"]) == ("local", "ana", "Ana")
    assert (row["place"], row["operation"]) == ("tests", "delete_schedule")
    assert row["effect"] == "destructive"
    assert row["arguments"] == {"schedule_id": "nightly"}
    assert row["targets"] == ["nightly"]
    assert (row["outcome"], row["error"]) == ("ok", None)
    assert row["duration_ms"] >= 0
    assert row["started_at"] <= row["finished_at"]


async def test_a_failed_act_leaves_its_error(tmp_path: Path) -> None:
    async with faced({}, tmp_path) as (face, _):
        with pytest.raises(NotFound) as caught:
            await face.call("delete_schedule", schedule_id="nightly")
        (row,) = await face.audited()

    assert row["outcome"] == "failed"
    assert row["error"] == str(caught.value)


async def test_several_acts_of_which_some_fail_are_written_down_as_partly_done(
    tmp_path: Path,
) -> None:
    routes = {
        "POST /v1/workflows/executions/cancel": {
            "results": {
                "order-41": {"status": "success", "error": None},
                "order-42": {"status": "failure", "error": "unknown"},
            }
        },
        "GET /v1/workflows/executions/order-41": execution(),
    }
    async with faced(routes, tmp_path) as (face, _):
        await face.call("cancel_executions", execution_ids=["order-41", "order-42"], reason="stuck")
        (row,) = await face.audited()

    assert row["outcome"] == "partly"
    assert row["error"] == "1 of 2 failed: order-42: unknown"
    assert row["targets"] == ["order-41", "order-42"]
    assert row["arguments"]["reason"] == "stuck"


async def test_a_bug_is_written_down_by_its_kind_alone(tmp_path: Path) -> None:
    database = Database(database_url(None, tmp_path))
    audit = Audit(database)

    async def fail() -> None:
        async with audit.record(call()):
            raise RuntimeError("may hold anything")

    with pytest.raises(RuntimeError):
        await fail()
    (row,) = await read_rows(await database.store())
    await database.aclose()

    assert (row["outcome"], row["error"]) == ("failed", "RuntimeError")


async def test_the_row_is_there_before_the_act_so_that_a_crash_leaves_a_trace(
    tmp_path: Path,
) -> None:
    seen: list[str] = []

    def while_acting(request: httpx.Request) -> httpx.Response:
        import sqlite3

        with sqlite3.connect(tmp_path / "workflow-ops.db") as connection:
            seen.extend(row[0] for row in connection.execute("SELECT outcome FROM audit"))
        connection.close()
        return NO_CONTENT

    async with faced({DELETE: while_acting}, tmp_path) as (face, _):
        await face.call("delete_schedule", schedule_id="nightly")

    assert seen == ["started"]


async def test_an_act_is_refused_when_the_trail_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    async with faced({DELETE: NO_CONTENT}, tmp_path / "taken") as (face, server):
        with pytest.raises(AuditUnavailable) as caught:
            await face.call("delete_schedule", schedule_id="nightly")

    assert server.requests == []
    assert "delete_schedule was not tried" in str(caught.value)
    assert "DATABASE_URL" in str(caught.value)


async def test_a_read_goes_on_without_a_trail(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    routes: Routes = {"GET /v1/workflows/runs": {"executions": []}}
    async with faced(routes, tmp_path / "taken") as (face, _):
        found = await face.call("list_executions")

    assert found.executions == ()


async def test_a_trail_that_breaks_during_the_act_does_not_hide_what_the_act_did(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def drop_the_table(request: httpx.Request) -> httpx.Response:
        import sqlite3

        with sqlite3.connect(tmp_path / "workflow-ops.db") as connection:
            connection.execute("DROP TABLE audit")
        connection.close()
        return NO_CONTENT

    async with faced({DELETE: drop_the_table}, tmp_path) as (face, _):
        done = await face.call("delete_schedule", schedule_id="nightly")

    assert done.schedule_id == "nightly"
    assert [record.levelno for record in caplog.records if "audited" in record.message] == [
        logging.ERROR
    ]


async def test_a_refusal_stays_a_refusal_when_the_trail_is_broken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "taken").write_text("")
    async with faced({}, tmp_path / "taken", allow=Effect.READ) as (face, _):
        with pytest.raises(NotAllowed):
            await face.call("delete_schedule", schedule_id="nightly")

    assert "not audited" in caplog.text


async def test_reads_are_written_down_where_that_is_configured(tmp_path: Path) -> None:
    routes: Routes = {
        "GET /v1/workflows/runs": {"executions": []},
        "GET /v1/workflows/invoices": {"workflow": {"id": "w-1", "name": "invoices"}},
    }
    async with faced(routes, tmp_path, audit_reads=True) as (face, _):
        await face.call("list_executions", workflow="invoices")
        (row,) = await face.audited()

    assert (row["operation"], row["effect"], row["outcome"]) == ("list_executions", "read", "ok")
    assert row["targets"] == ["invoices"]


async def test_the_id_of_a_started_execution_is_known_before_it_is_started(tmp_path: Path) -> None:
    routes = {
        "GET /v1/workflows/nightly": {"workflow": {"id": "w-1", "name": "nightly", "active": True}},
        "GET /v1/workflows/registrations": {"workflow_registrations": [], "next_cursor": None},
        "POST /v1/workflows/nightly/execute": lambda request: execution(
            json.loads(request.content)["execution_id"], workflow_name="nightly"
        ),
    }
    async with faced(routes, tmp_path) as (face, _):
        first = await face.call("start_workflow", workflow="nightly")
        second = await face.call("start_workflow", workflow="nightly")
        rows = await face.audited()

    assert first.execution_id == f"nightly-{rows[0]['id'][:10]}"
    assert second.execution_id != first.execution_id
    assert rows[0]["targets"] == ["nightly", first.execution_id]


async def test_secrets_in_arguments_are_not_written_down(tmp_path: Path) -> None:
    audit_call = call(
        operation="start_workflow",
        arguments={
            "workflow": "x",
            "input": {
                "api_key": "k-123456",
                "nested": [{"Password": "hunter2"}],
                "note": "use Bearer abc.def123",
                "max_tokens": 100,
            },
        },
    )
    database = Database(database_url(None, tmp_path))
    async with Audit(database).record(audit_call):
        pass
    (row,) = await read_rows(await database.store())
    await database.aclose()

    written = json.dumps(row["arguments"])
    for secret in ("k-123456", "hunter2", "abc.def123"):
        assert secret not in written
    assert row["arguments"]["input"]["max_tokens"] == 100


async def test_large_and_hostile_arguments_are_bounded_and_cleaned(tmp_path: Path) -> None:
    audit_call = call(arguments={"input": {"text": "x\x00\u202e" * 100_000}})
    database = Database(database_url(None, tmp_path))
    async with Audit(database).record(audit_call):
        pass
    (row,) = await read_rows(await database.store())
    await database.aclose()

    assert len(json.dumps(row["arguments"])) < 5_000
    assert "\u202e" not in row["arguments"]
    assert "characters)" in row["arguments"]


@pytest.mark.parametrize("way", ["native", "scope"])
async def test_an_interrupted_act_is_written_down_as_failed(tmp_path: Path, way: str) -> None:
    """Hosts cancel a call in both ways: by its task, or by a cancel scope around it."""
    begun = anyio.Event()

    async def hang(request: httpx.Request) -> httpx.Response:
        begun.set()
        await anyio.sleep_forever()
        raise AssertionError

    database = Database(database_url(None, tmp_path))
    transport = httpx.MockTransport(hang)
    from shared.api import open_api

    async with open_api("http://api.test", "key", transport=transport) as api:
        context = Context(api, ANA, Policy(Effect.DESTRUCTIVE), Audit(database), database)
        operation = next(each for each in OPERATIONS if each.name == "delete_schedule")
        if way == "native":
            task = asyncio.create_task(operation.invoke(context, {"schedule_id": "nightly"}))
            await begun.wait()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        else:
            async with anyio.create_task_group() as group:
                group.start_soon(operation.invoke, context, {"schedule_id": "nightly"})
                await begun.wait()
                group.cancel_scope.cancel()
    (row,) = await read_rows(await database.store())
    await database.aclose()

    assert (row["outcome"], row["error"]) == ("failed", "CancelledError")


async def test_rows_can_be_asked_for_by_actor_operation_and_time(tmp_path: Path) -> None:
    database = Database(database_url(None, tmp_path))
    audit = Audit(database, clock=lambda: NOW)
    bo = Actor("slack", "U2", "Bo")
    several: list[dict[str, Any]] = [{}, {"actor": bo}, {"operation": "start_workflow"}]
    for number, changes in enumerate(several):
        async with audit.record(call(id=f"c-{number}", **changes)):
            pass
    store = await database.store()
    of_bo = await read_rows(store, actor="u2")
    starts = await read_rows(store, operation="start_workflow")
    since = await read_rows(store, since=NOW, limit=2)
    later = await read_rows(store, since=NOW.replace(year=2027))
    await database.aclose()

    assert [row["id"] for row in of_bo] == ["c-1"]
    assert [row["id"] for row in starts] == ["c-2"]
    assert len(since) == 2
    assert later == []
