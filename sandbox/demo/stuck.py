"""Stuck code: a plain exception in workflow code, which the engine retries for ever."""

from mistralai.workflows import activity, workflow

from sandbox.clock import PATIENCE


@activity(name="load_rates", start_to_close_timeout=PATIENCE)
async def load_rates() -> dict[str, float]:
    """Load exchange rates, without the one the workflow needs."""
    return {"USD": 1.08}


@workflow.define(
    name="stuck-code",
    workflow_display_name="Stuck code",
    workflow_description="Has a bug in its own code: it stays RUNNING and keeps retrying.",
)
class StuckCode:
    @workflow.entrypoint
    async def run(self) -> float:
        """Ask for a rate that is not there: KeyError, not a failure of an activity."""
        rates = await load_rates()
        return rates["CHF"]
