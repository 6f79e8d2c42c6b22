"""The database behind the faces: SQLite by default, PostgreSQL for several replicas."""

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shared.database import StoreError
from shared.migration import migrate
from shared.text import one_line

_PATIENCE_SECONDS = 20
_BEGIN = "sqlite_begin"


class Store:
    """An open database of the current schema."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(**{_BEGIN: "BEGIN"})

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that may write; raises StoreError."""
        with _store_errors("written"):
            async with self._engine.begin() as connection:
                yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads, and in SQLite waits for no writer; raises StoreError."""
        with _store_errors("read"):
            async with self._reader.connect() as connection:
                yield connection

    async def aclose(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


async def open_store(url: str) -> Store:
    """Open the database and bring it to the current schema; safe for several processes at once.

    Raises StoreError.
    """
    with _store_errors("opened"):
        engine = _engine(url)
        try:
            await _prepare_sqlite(engine)
            async with engine.begin() as connection:
                await connection.run_sync(migrate)
        except BaseException:
            await engine.dispose()
            raise
    return Store(engine)


def _engine(url: str) -> AsyncEngine:
    # Parameters may hold what people sent: they stay out of error texts.
    # A server may have gone away since the last time; a file has not.
    ping = not url.startswith("sqlite")
    given: dict[str, Any] = {} if ping else {"factory": _Releasing}
    engine = create_async_engine(url, hide_parameters=True, pool_pre_ping=ping, connect_args=given)
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _on_sqlite_connect)
        event.listen(engine.sync_engine, "begin", _on_sqlite_begin)
    if engine.dialect.name == "postgresql":
        event.listen(engine.sync_engine, "connect", _on_postgresql_connect)
    return engine


class _Releasing(sqlite3.Connection):
    """Ends its transaction when it is closed.

    SQLite keeps a connection, its write lock included, for as long as one of its statements lives,
    and whoever was cancelled in a transaction may hold one for long: everybody else would wait.
    """

    def close(self) -> None:
        # Whatever is wrong with it, it may be closed already, it is to be closed.
        with suppress(sqlite3.Error):
            if self.in_transaction:
                self.rollback()
        super().close()


def _on_postgresql_connect(connection: Any, _: object) -> None:
    # A process that stops in the middle of a transaction must not hold its rows for ever.
    with connection.cursor() as cursor:
        cursor.execute(f"SET idle_in_transaction_session_timeout = '{_PATIENCE_SECONDS}s'")
    connection.commit()


def _on_sqlite_connect(connection: Any, _: object) -> None:
    # No implicit transactions: we begin them ourselves, schema changes included.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_PATIENCE_SECONDS * 1_000}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _on_sqlite_begin(connection: Connection) -> None:
    # A transaction that writes takes its turn at the start: one that reads first and writes later
    # would fail at once, whatever the timeout, when another process wrote in between.
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN IMMEDIATE"))


async def _prepare_sqlite(engine: AsyncEngine) -> None:
    """A file only its owner can read, in write-ahead mode so that readers and a writer coexist."""
    path = engine.url.database
    if engine.dialect.name == "sqlite" and path and path != ":memory:":
        await asyncio.to_thread(_make_sqlite_file, Path(path))


def _make_sqlite_file(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not _is_write_ahead(connection):
            # SQLite changes the mode only without any other user, and does not wait for that.
            if time.monotonic() > deadline:
                raise StoreError(f"The database {path} is locked by another program.")
            time.sleep(0.02)


def _is_write_ahead(connection: sqlite3.Connection) -> bool:
    try:
        return bool(connection.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",))
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        return False


@contextmanager
def _store_errors(done: str) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, OSError, sqlite3.Error) as error:
        cause = getattr(error, "orig", None) or error
        raise StoreError(
            f"The database cannot be {done}: {one_line(str(cause), 200)}. See DATABASE_URL."
        ) from error
    except ModuleNotFoundError as error:
        raise StoreError(
            f"The database driver {error.name} is not installed. "
            "For PostgreSQL install workflow-ops[postgresql], or correct DATABASE_URL."
        ) from error
