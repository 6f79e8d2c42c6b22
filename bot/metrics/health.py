"""Whether the bot can do its work."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.metrics.glance import Glance, Seen
from bot.transport.connected import Connected
from shared.doctor.lateness import SWEEP_BOUND, lateness
from shared.text import duration_words


@dataclass(frozen=True, slots=True)
class Found:
    """Why the bot cannot work, and what of its work is left behind while the rest goes on."""

    unwell: Sequence[str] = ()
    degraded: Sequence[str] = ()


class Health:
    """Reasons against it; they name no address and no error of others, for anybody may look.

    What somebody may restart the bot for is told apart from what a restart would not mend, such as
    a key that may not read one kind of thing.
    """

    def __init__(
        self,
        glance: Glance,
        tasks: Sequence[asyncio.Task[None]],
        connected: Connected | None,
        bound: timedelta = SWEEP_BOUND,
    ) -> None:
        self._glance = glance
        self._tasks = tasks
        self._connected = connected
        self._bound = bound

    async def found(self) -> Found:
        """What is the matter; nothing where the bot is well."""
        of_store = _of_store(await self._glance.seen(), self._bound)
        unwell = [*of_store.unwell, *self._stopped()]
        if self._connected is not None and not await self._connected():
            unwell.append("no connection to Slack is open")
        return Found(unwell, of_store.degraded)

    def _stopped(self) -> list[str]:
        return [f"{task.get_name()} stopped" for task in self._tasks if task.done()]


def _of_store(seen: Seen, bound: timedelta) -> Found:
    if seen.standing is None:
        return Found(unwell=["the store does not answer"])
    late = lateness(seen.standing, seen.subscriptions, bound)
    words = duration_words(bound.total_seconds() * 1_000)
    if late.all:
        return Found(unwell=[f"no sweep was complete for more than {words}"])
    behind = [f"the sweep of {each.part} did not look for more than {words}" for each in late.parts]
    return Found(degraded=behind)
