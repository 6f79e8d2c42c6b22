"""Both kinds of databases, for what depends on their locks and conflicts."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from shared.database import Database, database_url
from tests.postgres import Postgres, running_postgres

KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """One server for the module."""
    with running_postgres() as server:
        yield server


@pytest.fixture(params=KINDS)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ops.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """A database as a process has it."""
    database = Database(database_url(url, Path()))
    try:
        yield database
    finally:
        await database.aclose()
