"""Daily digest: short, and made to be scheduled."""

import asyncio

from mistralai.workflows import activity, workflow
from pydantic import BaseModel

from sandbox.clock import PATIENCE, lasting


class Digest(BaseModel):
    subject: str
    items: int


@activity(name="collect_news", start_to_close_timeout=PATIENCE)
async def collect_news() -> int:
    """Count what happened."""
    await asyncio.sleep(lasting(0.4).total_seconds())
    return 7


@activity(name="send_digest", start_to_close_timeout=PATIENCE)
async def send_digest(items: int) -> str:
    """Send the mail."""
    await asyncio.sleep(lasting(0.3).total_seconds())
    return f"{items} things you should know"


@workflow.define(
    name="daily-digest",
    workflow_display_name="Daily digest",
    workflow_description="Collects the news of the day and sends it.",
)
class DailyDigest:
    @workflow.entrypoint
    async def run(self) -> Digest:
        """Collect and send."""
        items = await collect_news()
        return Digest(subject=await send_digest(items), items=items)
