"""A workspace whose time does not pass while a busy machine holds this process up."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Self

from sandbox.slack.clock import Clock
from sandbox.slack.local import LocalSlack
from sandbox.slack.workspace import seeded

_TICK_SECONDS = 0.05
_MOST_SECONDS = 2 * _TICK_SECONDS


class SteadyClock(Clock):
    """Counts a standstill of the process for one tick; freeze, advance and sleep as always.

    Slack gives an app three seconds: here they are three seconds in which the app could act. It
    ticks inside of `async with SteadyClock().ticking() as clock`, and hardly moves before and
    after. Whoever also paces calls by the machine's clock takes `steady_slack()`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._looked = time.time()

    def now(self) -> float:
        """The time of the workspace."""
        self._leave_out_standstill()
        return super().now()

    def release(self) -> None:
        """Run again from the time it stands at."""
        self._leave_out_standstill()
        super().release()

    @contextlib.asynccontextmanager
    async def ticking(self) -> AsyncIterator[Self]:
        """Run until the end of the block."""
        ticks = asyncio.create_task(self._tick())
        try:
            yield self
        finally:
            ticks.cancel()
            await asyncio.wait((ticks,))

    async def _tick(self) -> None:
        while True:
            self._leave_out_standstill()
            await asyncio.sleep(_TICK_SECONDS)

    def _leave_out_standstill(self) -> None:
        moment = time.time()
        self._offset -= max(moment - self._looked - _MOST_SECONDS, 0)
        self._looked = moment


@contextlib.asynccontextmanager
async def steady_slack() -> AsyncIterator[LocalSlack]:
    """A workspace by such a clock, to be served; its limits go by the machine's, as apps do."""
    async with SteadyClock().ticking() as clock:
        slack = LocalSlack(seeded(clock))
        slack.limits.clock = Clock()
        yield slack
