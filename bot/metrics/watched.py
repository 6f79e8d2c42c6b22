"""A running bot that is counted and can be looked at."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence

from aiohttp.web_routedef import AbstractRouteDef

from bot.metrics.glance import Glance
from bot.metrics.health import Health
from bot.metrics.metrics import Metrics
from bot.metrics.pages import pages
from bot.parts import Parts
from bot.transport.connected import Connected
from shared.doctor.lateness import sweep_bound
from shared.stream.tasks import stop


@contextlib.asynccontextmanager
async def watched(
    parts: Parts, tasks: Sequence[asyncio.Task[None]], connected: Connected | None
) -> AsyncGenerator[Sequence[AbstractRouteDef]]:
    """For the length of the block; yields the pages that tell how the bot is doing.

    `tasks` are to go on for ever; `connected` is None where Slack comes to us.
    """
    glance = Glance(parts.database, parts.clock)
    metrics = Metrics(parts.calls.counters, glance, connected)
    parts.doctor.connected = connected
    bound = sweep_bound(parts.settings.sweep_seconds)
    health = Health(glance, tasks, connected, bound)
    lag = asyncio.create_task(metrics.loop_lag.run(), name="loop lag")
    try:
        with parts.api.observed_by(metrics.api.heard):
            yield pages(metrics, health)
    finally:
        await stop(lag)
