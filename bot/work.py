"""What a bot does without anybody asking: sending what is to be shown, following, and sweeping."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Sequence

from bot.alerts.announcer import Announcer, announcer_of
from bot.delivery import Dead, Sender, Timing
from bot.housekeeping import housekeeping
from bot.live.share import replicas
from bot.parts import Parts
from shared.alerts.pipeline import Alerts, Rhythm
from shared.alerts.sweeps import SweepRhythm

_log = logging.getLogger(__name__)

_LONGEST_LOOK_SECONDS = 2.0


@contextlib.asynccontextmanager
async def at_work(
    parts: Parts, timing: Timing | None = None, rhythm: Rhythm | None = None
) -> AsyncGenerator[Sequence[asyncio.Task[None]]]:
    """It goes on for the length of the block, in the rhythm of the settings; one task each."""
    announcer = announcer_of(parts)
    timing = timing or Timing.taking_over(parts.settings.takeover_seconds)
    work = {
        "sender": _sender(parts, announcer, timing).run(),
        "live": parts.live.run(),
        "alerts": _alerts(parts, announcer, rhythm or _rhythm(parts)).run(),
        "housekeeping": housekeeping(parts.database, parts.outbox, clock=parts.clock),
    }
    tasks = [asyncio.create_task(each, name=name) for name, each in work.items()]
    for task in tasks:
        task.add_done_callback(_ended)
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _sender(parts: Parts, announcer: Announcer, timing: Timing) -> Sender:
    async def lost(dead: Dead) -> None:
        await parts.live.lost(dead)
        await announcer.lost(dead)

    async def sharers() -> int:
        return await replicas(parts.database, parts.leases)

    return Sender(parts.outbox, parts.calls, on_dead=lost, timing=timing, sharers=sharers)


def _alerts(parts: Parts, announcer: Announcer, rhythm: Rhythm) -> Alerts:
    return Alerts(
        parts.database,
        parts.api,
        parts.leases,
        announcer.announce,
        look=announcer.look,
        clock=parts.clock,
        rhythm=rhythm,
    )


def _rhythm(parts: Parts) -> Rhythm:
    every = parts.settings.sweep_seconds
    return Rhythm(SweepRhythm(every=every), look=min(every, _LONGEST_LOOK_SECONDS))


def _ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        _log.critical("%s stopped", task.get_name(), exc_info=task.exception())
