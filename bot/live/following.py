"""The picture of one execution, kept up to date however often its stream breaks."""

import asyncio
import logging
from contextlib import aclosing
from datetime import datetime

from bot.live.world import World
from shared.errors import NotFound, OpsError
from shared.stream import Ended, Pace, follow
from shared.text import one_line
from shared.timeline import Picture, Timeline

_log = logging.getLogger(__name__)

# Gives up soon, because the card is to say so; we begin again ourselves, for ever.
IMPATIENT = Pace(attempts=3, longest_wait=5.0)
_UNKNOWN_TIMES = 3
_QUIET_SECONDS = 0.4
_CATCH_UP_SECONDS = 5.0


class Following:
    """One stream and one timeline.

    `changed` is set when there is something new; `trouble` says since when the picture may be out
    of date.
    """

    def __init__(self, world: World, execution_id: str, workflow: str) -> None:
        self.execution_id = execution_id
        self.changed = asyncio.Event()
        self.trouble: datetime | None = None
        self._world = world
        self._timeline = Timeline(execution_id, workflow)

    @property
    def picture(self) -> Picture:
        """All that is known now."""
        return self._timeline.picture

    async def run(self) -> None:
        """Return when the execution ended; raises NotFound once the API no longer knows it."""
        failures = unknown = 0
        while True:
            try:
                self._timeline.settle(await self._world.api.get_execution(self.execution_id))
                self.changed.set()
                async with aclosing(
                    follow(self._world.api, self.execution_id, pace=self._world.pace)
                ) as items:
                    async for item in items:
                        failures, unknown, self.trouble = 0, 0, None
                        self._timeline.take(item)
                        self.changed.set()
                        if isinstance(item, Ended):
                            return
            except NotFound:
                # An execution that has just begun may be unknown for a moment.
                unknown += 1
                if unknown >= _UNKNOWN_TIMES:
                    raise
            except OpsError as error:
                self._interrupted(error)
            failures += 1
            await asyncio.sleep(self._world.backoff(failures))

    async def catch_up(self) -> None:
        """Let the past go by: a stream begins with all that happened so far."""
        deadline = self._world.now() + _CATCH_UP_SECONDS
        await self.changed.wait()
        while self.changed.is_set() and self._world.now() < deadline:
            self.changed.clear()
            await asyncio.sleep(_QUIET_SECONDS)

    async def wait(self, seconds: float | None) -> None:
        """Until there is something new, or so much time is over."""
        try:
            async with asyncio.timeout(seconds):
                await self.changed.wait()
        except TimeoutError:
            return

    def _interrupted(self, error: OpsError) -> None:
        _log.info("following %s is interrupted: %s", self.execution_id, one_line(str(error)))
        self.trouble = self.trouble or self._world.clock()
        self.changed.set()
