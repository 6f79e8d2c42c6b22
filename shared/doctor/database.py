"""The store as it is, opened without migrating it or making a file."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from shared.database import StoreError
from shared.text import one_line

_BUSY_SECONDS = 5


def address_of(url: str) -> URL:
    """The address in its parts; raises StoreError."""
    try:
        return make_url(url)
    except ArgumentError:
        # Not quoted: it may hold a password.
        raise StoreError(
            "DATABASE_URL is not the address of a database. "
            "Use one such as postgresql://user@host/name or sqlite:////path/to/file.db."
        ) from None


def sqlite_file(url: URL) -> Path | None:
    """The file of a SQLite database; None for a server."""
    if url.get_backend_name() != "sqlite":
        return None
    return Path(url.database) if url.database and url.database != ":memory:" else None


@asynccontextmanager
async def looking(url: str) -> AsyncIterator[AsyncConnection]:
    """A connection of its own for one look; nothing that is done with it stays.

    Raises StoreError.
    """
    address = address_of(url)
    options = {"timeout": _BUSY_SECONDS} if address.get_backend_name() == "sqlite" else {}
    try:
        engine = create_async_engine(
            address, hide_parameters=True, poolclass=NullPool, connect_args=options
        )
        try:
            async with engine.connect() as connection:
                yield connection
        finally:
            await engine.dispose()
    except (SQLAlchemyError, OSError, sqlite3.Error) as error:
        cause = getattr(error, "orig", None) or error
        raise StoreError(
            f"The database cannot be used: {one_line(str(cause), 200)}. "
            "Check DATABASE_URL, and that the server is up."
        ) from error
    except ModuleNotFoundError as error:
        raise StoreError(
            f"The database driver {error.name} is not installed. "
            "For PostgreSQL install workflow-ops[postgresql], or correct DATABASE_URL."
        ) from error
