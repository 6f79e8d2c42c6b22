"""Failing report: an activity that exhausts its retries, so the execution fails."""

import asyncio

from mistralai.workflows import activity, workflow
from temporalio.exceptions import ApplicationError

from sandbox.clock import PATIENCE, lasting


@activity(name="collect_figures", start_to_close_timeout=PATIENCE)
async def collect_figures() -> int:
    """Gather the numbers."""
    await asyncio.sleep(lasting(0.4).total_seconds())
    return 42


@activity(name="render_report", start_to_close_timeout=PATIENCE, retry_policy_max_attempts=3)
async def render_report(figures: int) -> str:
    """Draw the report with a template that lacks a column."""
    await asyncio.sleep(lasting(0.3).total_seconds())
    raise ApplicationError(
        f"column 'net_revenue' is missing from the template ({figures} figures given)",
        next_retry_delay=lasting(1),
    )


@workflow.define(
    name="failing-report",
    workflow_display_name="Failing report",
    workflow_description="Renders a report from a broken template, and fails.",
)
class FailingReport:
    @workflow.entrypoint
    async def run(self) -> str:
        """Collect, then fail to render."""
        return await render_report(await collect_figures())
