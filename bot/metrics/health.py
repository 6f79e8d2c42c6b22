"""Whether the bot can do its work."""

import asyncio
from collections.abc import Sequence

from bot.metrics.glance import Glance, Seen
from bot.transport.connected import Connected
from shared.doctor.lateness import lateness
from shared.doctor.standing import SWEEP_BOUND
from shared.text import duration_words


class Health:
    """Reasons against it; they name no address and no error of others, for anybody may look."""

    def __init__(
        self, glance: Glance, tasks: Sequence[asyncio.Task[None]], connected: Connected | None
    ) -> None:
        self._glance = glance
        self._tasks = tasks
        self._connected = connected

    async def reasons(self) -> list[str]:
        """Why the bot is not well; none where it is."""
        seen = await self._glance.seen()
        found = [*_store_reasons(seen), *self._stopped()]
        if self._connected is not None and not await self._connected():
            found.append("no connection to Slack is open")
        return found

    def _stopped(self) -> list[str]:
        return [f"{task.get_name()} stopped" for task in self._tasks if task.done()]


def _store_reasons(seen: Seen) -> list[str]:
    if seen.standing is None:
        return ["the store does not answer"]
    late = lateness(seen.standing, seen.subscriptions)
    bound = duration_words(SWEEP_BOUND.total_seconds() * 1_000)
    if late.all:
        return [f"no sweep was complete for more than {bound}"]
    return [f"the sweep of {each.part} did not look for more than {bound}" for each in late.parts]
