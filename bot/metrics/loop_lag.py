"""How late the event loop is: a late one acknowledges late."""

import asyncio

from prometheus_client import CollectorRegistry, Histogram

_EVERY_SECONDS = 0.25
_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0)


class LoopLag:
    """Sleeps, and measures by how much it sleeps too long."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._lag = Histogram(
            "workflow_ops_event_loop_lag_seconds",
            "How much later than asked for the event loop woke a sleeper.",
            buckets=_BUCKETS,
            registry=registry,
        )

    async def run(self) -> None:
        """Measure for ever."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _EVERY_SECONDS
            await asyncio.sleep(_EVERY_SECONDS)
            self._lag.observe(max(loop.time() - due, 0))
