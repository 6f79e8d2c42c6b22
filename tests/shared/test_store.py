"""The store, on a SQLite file and on a real PostgreSQL server."""

import asyncio
import os
import random
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, select

from shared.database import Database, StoreError, database_url, state_folder
from shared.migration import HEAD
from shared.store import open_store
from shared.tables import audit, metadata
from tests.postgres import Postgres, running_postgres

MIGRATIONS = Path(__file__).parents[2] / "shared" / "migrations"
ROW = {
    "id": "1",
    "started_at": datetime(2026, 6, 1, 14, tzinfo=timezone(timedelta(hours=2))),
    "actor_kind": "local",
    "actor_id": "ana",
    "actor_name": "Ana",
    "place": "",
    "operation": "start_workflow",
    "effect": "write",
    "arguments": {"input": {"a": [1, None]}},
    "targets": ["x"],
    "outcome": "started",
}


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """One server for the module."""
    with running_postgres() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each kind, as a user would write it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'ops.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()


async def test_rows_come_back_as_they_were_written(url: str) -> None:
    store = await open_store(database_url(url, Path()))
    async with store.writing() as connection:
        await connection.execute(insert(audit), ROW)
    async with store.reading() as connection:
        row = (await connection.execute(select(audit))).mappings().one()
    await store.aclose()

    assert dict(row) == ROW | {"finished_at": None, "duration_ms": None, "error": None}
    assert row["started_at"].tzinfo is UTC


async def test_the_migrations_make_exactly_the_tables_of_the_code(url: str) -> None:
    store = await open_store(database_url(url, Path()))

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with store.reading() as connection:
        found = await connection.run_sync(differences)
    await store.aclose()

    assert found == []


async def test_opening_again_keeps_what_is_there(url: str) -> None:
    for outcome in ("started", "ok"):
        store = await open_store(database_url(url, Path()))
        async with store.writing() as connection:
            await connection.execute(insert(audit), ROW | {"id": outcome, "outcome": outcome})
        await store.aclose()

    store = await open_store(database_url(url, Path()))
    async with store.reading() as connection:
        ids = (await connection.execute(select(audit.c.id))).scalars().all()
    await store.aclose()

    assert set(ids) == {"started", "ok"}


async def test_several_processes_may_open_an_empty_database_at_once(url: str) -> None:
    program = (
        "import asyncio, sys\n"
        "from shared.store import open_store\n"
        "async def main():\n"
        "    store = await open_store(sys.argv[1])\n"
        "    await store.aclose()\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", program, database_url(url, Path())]
    processes = [
        await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
        for _ in range(4)
    ]
    ends = [await process.communicate() for process in processes]

    assert [process.returncode for process in processes] == [0] * 4, ends


async def test_concurrent_writers_of_one_process_wait_for_each_other(url: str) -> None:
    store = await open_store(database_url(url, Path()))

    async def write(number: int) -> None:
        async with store.writing() as connection:
            await connection.execute(select(audit))
            await connection.execute(insert(audit), ROW | {"id": str(number)})

    await asyncio.gather(*(write(number) for number in range(20)))
    async with store.reading() as connection:
        rows = (await connection.execute(select(audit.c.id))).all()
    await store.aclose()

    assert len(rows) == 20


async def test_a_failed_transaction_leaves_nothing(url: str) -> None:
    store = await open_store(database_url(url, Path()))

    async def write_twice() -> None:
        async with store.writing() as connection:
            await connection.execute(insert(audit), ROW)
            await connection.execute(insert(audit), ROW)

    with pytest.raises(StoreError):
        await write_twice()
    async with store.reading() as connection:
        rows = (await connection.execute(select(audit))).all()
    await store.aclose()

    assert rows == []


async def test_a_transaction_that_is_cancelled_at_any_moment_holds_nobody_up(
    tmp_path: Path,
) -> None:
    path = tmp_path / "cancelled.db"
    store = await open_store(f"sqlite+aiosqlite:///{path}")
    dice = random.Random(4)
    kept: list[BaseException] = []

    async def write(number: int) -> None:
        async with store.writing() as connection:
            for each in range(5):
                await connection.execute(insert(audit), {**ROW, "id": f"{number}-{each}"})
                (await connection.execute(select(audit.c.id).limit(3))).all()

    for _ in range(60):
        writers = [asyncio.create_task(write(number)) for number in range(3)]
        await asyncio.sleep(dice.random() * 0.02)
        for writer in writers:
            writer.cancel()
        ended = await asyncio.gather(*writers, return_exceptions=True)
        # Whoever looks at an error later keeps what was in hand when it was raised.
        kept += [each for each in ended if isinstance(each, asyncio.CancelledError)]
        with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("DELETE FROM audit")
            other.execute("COMMIT")
    assert kept
    await store.aclose()


async def test_an_interrupted_migration_leaves_nothing_half_done(tmp_path: Path) -> None:
    """The table is there under another shape, so that the first migration breaks in the middle."""
    path = tmp_path / "ops.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE audit (id TEXT)")
    connection.close()

    with pytest.raises(StoreError):
        await open_store(database_url(f"sqlite:///{path}", Path()))

    with sqlite3.connect(path) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    connection.close()
    assert tables == [("audit",)]


async def test_the_file_is_closed_to_other_users(tmp_path: Path) -> None:
    path = tmp_path / "state" / "ops.db"
    store = await open_store(database_url(f"sqlite:///{path}", Path()))
    await store.aclose()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_a_reader_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    store = await open_store(database_url(None, tmp_path))
    async with store.writing() as writer:
        await writer.execute(insert(audit), ROW)
        async with store.reading() as reader:
            before = (await reader.execute(select(audit))).all()
    await store.aclose()

    assert before == []


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("postgresql://nobody@127.0.0.1:1/none", "cannot be opened"),
        ("oracle://x", "not installed"),
        ("not a url", "cannot be opened"),
    ],
)
async def test_a_database_that_cannot_be_opened_is_one_clear_error(
    written: str, words: str
) -> None:
    with pytest.raises(StoreError, match=words) as caught:
        await open_store(database_url(written, Path()))

    assert "DATABASE_URL" in str(caught.value)


async def test_an_error_does_not_show_the_password() -> None:
    with pytest.raises(StoreError) as caught:
        await open_store("postgresql+psycopg://ops:hunter2secret@127.0.0.1:1/none")

    assert "hunter2secret" not in str(caught.value)


async def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")

    with pytest.raises(StoreError, match="cannot be opened"):
        await open_store(database_url(None, tmp_path / "taken"))


async def test_a_database_is_opened_once_however_many_ask(tmp_path: Path) -> None:
    database = Database(database_url(None, tmp_path))
    stores = await asyncio.gather(*(database.store() for _ in range(5)))
    await database.aclose()

    assert len(set(map(id, stores))) == 1


def test_closing_a_database_that_was_never_used_opens_nothing(tmp_path: Path) -> None:
    asyncio.run(Database(database_url(None, tmp_path)).aclose())

    assert list(tmp_path.iterdir()) == []


def test_the_code_knows_the_latest_migration() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("postgresql://u:p@h/db", "postgresql+psycopg://u:p@h/db"),
        ("postgres://h/db", "postgresql+psycopg://h/db"),
        ("postgresql+asyncpg://h/db", "postgresql+asyncpg://h/db"),
        ("sqlite:////var/ops.db", "sqlite+aiosqlite:////var/ops.db"),
        (None, "sqlite+aiosqlite:////state/workflow-ops.db"),
        ("", "sqlite+aiosqlite:////state/workflow-ops.db"),
    ],
)
def test_addresses_get_a_driver_for_asyncio(written: str | None, used: str) -> None:
    assert database_url(written, Path("/state")) == used


@pytest.mark.skipif(sys.platform != "linux", reason="the folder of Linux")
def test_state_lies_where_the_user_keeps_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/srv/state")
    chosen = state_folder()
    monkeypatch.setenv("XDG_STATE_HOME", "not/absolute")
    fallback = state_folder()

    assert chosen == Path("/srv/state/workflow-ops")
    assert fallback == Path(os.path.expanduser("~/.local/state/workflow-ops"))


def test_a_process_that_only_reads_does_not_load_the_database_library() -> None:
    heavy = "{'sqlalchemy', 'alembic', 'httpx', 'jsonschema', 'aiosqlite'} & set(sys.modules)"
    program = f"import sys, shared.operations, shared.audit, shared.database; print({heavy})"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "set()"
