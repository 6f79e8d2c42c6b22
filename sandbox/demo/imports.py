"""Flaky import: an activity that fails twice and then recovers."""

import asyncio

import temporalio.activity
from mistralai.workflows import activity, workflow
from pydantic import BaseModel, Field
from temporalio.exceptions import ApplicationError

from sandbox.clock import PATIENCE, lasting

_FAILURES = 2


class ImportInput(BaseModel):
    records: int = Field(default=5, ge=0, le=10_000, description="How many records to import.")


class Imported(BaseModel):
    records: int
    attempts: int


@activity(name="fetch_records", start_to_close_timeout=PATIENCE, retry_policy_max_attempts=5)
async def fetch_records(records: int) -> int:
    """Ask a partner whose service drops connections; answers the attempt that succeeded."""
    attempt = temporalio.activity.info().attempt
    await asyncio.sleep(lasting(0.4).total_seconds())
    if attempt <= _FAILURES:
        raise ApplicationError(
            f"partner API answered 503 Service Unavailable while sending {records} records",
            next_retry_delay=lasting(2),
        )
    return attempt


@activity(name="store_records", start_to_close_timeout=PATIENCE)
async def store_records(records: int) -> int:
    """Write what was fetched."""
    await asyncio.sleep(lasting(0.6).total_seconds())
    return records


@workflow.define(
    name="flaky-import",
    workflow_display_name="Flaky import",
    workflow_description="Imports records from a partner that fails twice before it answers.",
)
class FlakyImport:
    @workflow.entrypoint
    async def run(self, params: ImportInput) -> Imported:
        """Fetch until it works, then store."""
        attempts = await fetch_records(params.records)
        return Imported(records=await store_records(params.records), attempts=attempts)
