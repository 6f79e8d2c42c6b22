"""Invoice import: goes well, fails or never comes back, as its input says."""

import asyncio
from datetime import timedelta
from typing import Literal

from mistralai.workflows import activity, workflow
from pydantic import BaseModel, Field
from temporalio.exceptions import ApplicationError

from sandbox.clock import PATIENCE, lasting

# The engine ends it then; whatever the demo's pace, a server that hangs must be cut off soon.
_LONGEST = timedelta(seconds=12)


class Invoices(BaseModel):
    """How many invoices there are, and how their server behaves."""

    invoices: int = Field(default=3, ge=1, le=100)
    server: Literal["well", "refuses", "hangs"] = "well"


@activity(name="fetch_invoices", start_to_close_timeout=2 * _LONGEST, retry_policy_max_attempts=2)
async def fetch_invoices(invoices: int, server: str) -> list[str]:
    """Read them from the accounting server."""
    if server == "hangs":
        await asyncio.sleep(_LONGEST.total_seconds())
    await asyncio.sleep(lasting(0.2).total_seconds())
    if server == "refuses":
        raise ApplicationError(
            f"rate limit exceeded after {invoices} requests, try again in 30 s",
            next_retry_delay=lasting(0.2),
        )
    return [f"INV-{number:04}" for number in range(1, invoices + 1)]


@activity(name="book_invoices", start_to_close_timeout=PATIENCE)
async def book_invoices(numbers: list[str]) -> int:
    """Enter them in the ledger."""
    await asyncio.sleep(lasting(0.2).total_seconds())
    return len(numbers)


@workflow.define(
    name="invoice-import",
    workflow_display_name="Invoice import",
    workflow_description="Imports invoices; its server may refuse, or hang until time runs out.",
    execution_timeout=_LONGEST,
)
class InvoiceImport:
    @workflow.entrypoint
    async def run(self, given: Invoices) -> dict[str, int]:
        """Fetch, then book."""
        numbers = await fetch_invoices(given.invoices, given.server)
        return {"booked": await book_invoices(numbers)}
