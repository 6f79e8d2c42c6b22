"""What every endpoint of the sandbox works with."""

import asyncio
import sqlite3
import time
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends, Request
from temporalio.client import Client

# The sandbox has one person and one workspace; the API wants ids for both.
USER_ID = "local-user"
CUSTOMER_ID = "local-customer"
WORKSPACE_ID = "local-workspace"


@dataclass(slots=True)
class Gateway:
    """One running sandbox: its Temporal client, its file, and a bell for whoever waits for news."""

    temporal: Client
    db: sqlite3.Connection
    temporal_address: str
    api_key: str | None = None
    heard: int = 0
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    leases: int = 0
    leases_taken: int = 0
    # Executions that probably just ended: asked directly, because visibility lags behind.
    suspects: dict[str, float] = field(default_factory=dict)

    @property
    def namespace(self) -> str:
        return self.temporal.namespace

    def suspect(self, execution_id: str) -> None:
        """Remember that the status of an execution may have changed."""
        self.suspects[execution_id] = time.monotonic()

    async def ring(self) -> None:
        """Wake everything that waits for new events or logs."""
        async with self.news:
            self.heard += 1
            self.news.notify_all()

    async def listen(self, timeout_seconds: float, since: int | None = None) -> bool:
        """Wait for the bell; False when it stayed silent.

        `since` is the value of `heard` before the caller last looked: what rang in between counts.
        """
        try:
            async with asyncio.timeout(timeout_seconds), self.news:
                before = self.heard if since is None else since
                await self.news.wait_for(lambda: self.heard != before)
        except TimeoutError:
            return False
        return True


def _of_app(request: Request) -> Gateway:
    return cast(Gateway, request.app.state.gateway)


CurrentGateway = Annotated[Gateway, Depends(_of_app)]
