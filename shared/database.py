"""Which database holds our state; it is opened at first use, because most processes only read."""

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from shared.errors import OpsError

if TYPE_CHECKING:  # SQLAlchemy costs 200 ms
    from shared.store import Store

_DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "sqlite": "sqlite+aiosqlite",
}


class StoreError(OpsError):
    """The database cannot be opened, read or written."""


class Database:
    """The store, opened once by whoever asks for it first."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._opening = asyncio.Lock()
        self._store: Store | None = None

    async def store(self) -> "Store":
        """The open store; raises StoreError."""
        async with self._opening:
            if self._store is None:
                from shared.store import open_store

                self._store = await open_store(self._url)
            return self._store

    async def aclose(self) -> None:
        """Close the store if it was opened."""
        if self._store is not None:
            await self._store.aclose()
            self._store = None


def database_url(written: str | None, folder: Path) -> str:
    """The address with an asyncio driver in it; None stands for a SQLite file in the folder."""
    if not written:
        return f"sqlite+aiosqlite:///{folder / 'workflow-ops.db'}"
    scheme, separator, rest = written.partition("://")
    return _DRIVERS.get(scheme, scheme) + separator + rest


def state_folder() -> Path:
    """Where this user's programs keep state: XDG on Linux, Application Support on macOS."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "workflow-ops"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home()) / "workflow-ops"
    state = os.environ.get("XDG_STATE_HOME", "")
    # A relative path must be ignored, says the XDG base directory specification.
    home = Path(state) if os.path.isabs(state) else Path.home() / ".local" / "state"
    return home / "workflow-ops"
