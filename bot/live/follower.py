"""Follows one execution for all channels that watch it, until it ended or is gone."""

import asyncio
import logging
from collections.abc import Callable

from bot.live import rows
from bot.live.audience import Audience
from bot.live.card import Notes
from bot.live.ending import Ending
from bot.live.following import Following
from bot.live.rows import Watched
from bot.live.shown import Shown
from bot.live.world import World
from shared.errors import NotFound, OpsError
from shared.leases import Guard, LeaseLost
from shared.stream.tasks import first_of
from shared.timeline import Picture

_log = logging.getLogger(__name__)


class Follower:
    """One execution and its audience."""

    def __init__(
        self,
        world: World,
        guard: Guard,
        cards: Callable[[], int],
        execution_id: str,
        workflow: str,
    ) -> None:
        self.execution_id = execution_id
        self.over = False
        self._world = world
        self._following = Following(world, execution_id, workflow)
        self._audience = Audience(world, guard, cards)

    @property
    def picture(self) -> Picture:
        """All that is known now."""
        return self._following.picture

    @property
    def watches(self) -> list[Watched]:
        """The channels."""
        return self._audience.watches

    def add(self, shown: Shown) -> None:
        """Show it in one more channel."""
        self._audience.add(shown)
        self._following.changed.set()

    async def remove(self, watch_id: str) -> None:
        """Show it there no more; nothing is put there once this returns."""
        await self._audience.remove(watch_id)

    def find(self, watch_id: str) -> Shown | None:
        """What one watch is shown."""
        return self._audience.find(watch_id)

    async def stop_looking(self) -> None:
        """Let a look that goes on come to its end: no transaction is to be interrupted."""
        await self._audience.stop_looking()

    async def run(self) -> None:
        """Return when the execution ended, or when the API no longer knows it.

        Raises LeaseLost when another process follows it now.
        """
        self._audience.look_again()
        try:
            await first_of(self._follow(), self._show())
        except NotFound:
            await self._finish(rows.GONE)
        else:
            await self._finish(rows.ENDED)

    async def _follow(self) -> None:
        try:
            await self._following.run()
        except NotFound:
            await self.stop_looking()
            raise
        await self.stop_looking()

    async def _show(self) -> None:
        await self._following.catch_up()
        failures = 0
        while True:
            self._following.changed.clear()
            try:
                await self._audience.look(self.picture, self._notes())
                failures = 0
            except LeaseLost:
                raise
            except OpsError as error:
                failures += 1
                _log.warning("what %s does could not be shown: %s", self.execution_id, error)
                await asyncio.sleep(self._world.backoff(failures))
                continue
            await asyncio.sleep(self._world.rhythm.look)
            await self._following.wait(self._audience.wait(self.picture))

    async def _finish(self, state: str) -> None:
        """The last card and the last lines, as often as it takes, and what remains after them."""
        failures = 0
        while True:
            try:
                rest = await self._audience.close(self.picture, self._notes(state))
                break
            except LeaseLost:
                raise
            except OpsError as error:
                failures += 1
                _log.warning("the end of %s could not be shown: %s", self.execution_id, error)
                await asyncio.sleep(self._world.backoff(failures))
        await Ending(self._world, self._audience, self.execution_id, state).run(rest)
        self.over = True

    def _notes(self, state: str = rows.LIVE) -> Notes:
        return Notes(
            requested_by="",
            updated_at=self._world.clock(),
            trouble=self._following.trouble,
            gone=state == rows.GONE,
            url=self._world.url(self.execution_id),
        )
