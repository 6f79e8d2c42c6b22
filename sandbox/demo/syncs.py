"""Long sync: minutes of work that can be asked, redirected, and cancelled cleanly."""

import asyncio

import temporalio.workflow
from mistralai.workflows import activity, workflow
from pydantic import BaseModel, Field
from temporalio.exceptions import ApplicationError

from sandbox.clock import PATIENCE, lasting

# Temporal fires a timer about a second after it is due: more of them would slow a fast clock.
_BATCHES = 10


class SyncInput(BaseModel):
    seconds: float = Field(default=120, gt=0, le=86_400, description="How long the sync takes.")


class SyncProgress(BaseModel):
    percent: int = 0
    records: int = 0
    target: int = 1000


class Target(BaseModel):
    target: int


@activity(name="remove_partial_copies", start_to_close_timeout=PATIENCE)
async def remove_partial_copies(records: int) -> int:
    """Undo what a cancelled sync left behind."""
    await asyncio.sleep(lasting(0.5).total_seconds())
    return records


@workflow.define(
    name="long-sync",
    workflow_display_name="Long sync",
    workflow_description="Copies records for minutes; can be asked, redirected and cancelled.",
)
class LongSync:
    def __init__(self) -> None:
        self._progress = SyncProgress()

    @workflow.entrypoint
    async def run(self, params: SyncInput) -> SyncProgress:
        """Copy batch after batch up to the target."""
        try:
            for batch in range(1, _BATCHES + 1):
                await temporalio.workflow.sleep(lasting(params.seconds / _BATCHES))
                self._progress.percent = batch * 100 // _BATCHES
                self._progress.records = self._progress.target * batch // _BATCHES
        except asyncio.CancelledError:
            # The clean-up is shielded: cancellation must not end it half done.
            await asyncio.shield(remove_partial_copies(self._progress.records))
            raise
        return self._progress

    @workflow.query(name="progress", description="How far the sync is.")
    def progress(self) -> SyncProgress:
        return self._progress

    @workflow.update(name="set_target", description="Changes how many records to copy.")
    async def set_target(self, target: Target) -> Target:
        if target.target < 0:
            raise ApplicationError("The target must not be negative.", non_retryable=True)
        self._progress.target = target.target
        return target
