"""What calls work with: the API and the audit trail, each opened by the first that needs it."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from shared.audit import Audit
from shared.database import Database
from shared.errors import OpsError

if TYPE_CHECKING:  # httpx costs 50 ms; the first call that needs the API pays for it
    from shared.api import WorkflowsApi

type OpenApi = Callable[[], AbstractAsyncContextManager[WorkflowsApi]]

_log = logging.getLogger(__name__)


class Backend:
    """The open API of a server, its database and its audit trail."""

    def __init__(self, source: OpenApi, database: Database, audit: Audit) -> None:
        self.database = database
        self.audit = audit
        self._source = source
        self._opening = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._api: WorkflowsApi | None = None

    async def api(self) -> "WorkflowsApi":
        """The API, opened now if it was not; a failure is tried again by the next call."""
        async with self._opening:
            if self._api is None:
                self._api = await self._stack.enter_async_context(self._source())
            return self._api

    async def aclose(self) -> None:
        """Close what was opened."""
        await self._stack.aclose()


@asynccontextmanager
async def open_backend(
    source: OpenApi, database_url: str, *, audit_reads: bool = False, at_once: bool = False
) -> AsyncGenerator[Backend]:
    """A backend that opens nothing yet; `at_once` begins with the API in the background."""
    database = Database(database_url)
    backend = Backend(source, database, Audit(database, reads=audit_reads))
    opening = asyncio.create_task(_open_early(backend)) if at_once else None
    try:
        yield backend
    finally:
        if opening is not None:
            opening.cancel()
            await asyncio.wait({opening})
        await backend.aclose()
        await database.aclose()


@asynccontextmanager
async def hosted(server_url: str, api_key: str | None) -> AsyncGenerator["WorkflowsApi"]:
    """The API at an address."""
    from shared.api import open_api

    async with open_api(server_url, api_key) as api:
        yield api


@asynccontextmanager
async def embedded(state: Path) -> AsyncGenerator["WorkflowsApi"]:
    """The API of the sandbox in a folder."""
    from shared.api import open_api
    from shared.embedded import embedded_sandbox, sandbox_key

    async with embedded_sandbox(state) as url, open_api(url, sandbox_key()) as api:
        yield api


async def _open_early(backend: Backend) -> None:
    try:
        await backend.api()
    except OpsError as error:
        _log.warning("%s", error)
