"""The time of a workspace: it runs with the machine's unless somebody holds or moves it."""

import asyncio
import contextlib
import time


class Clock:
    """Seconds since the epoch, which a test may freeze and advance."""

    def __init__(self) -> None:
        self._offset = 0.0
        self._frozen: float | None = None
        self._moved = asyncio.Event()

    def now(self) -> float:
        """The time of the workspace."""
        return self._frozen if self._frozen is not None else time.time() + self._offset

    def freeze(self) -> None:
        """Stand still until advanced or released."""
        self._frozen = self.now()
        self._wake()

    def release(self) -> None:
        """Run again from the time it stands at."""
        if self._frozen is not None:
            self._offset = self._frozen - time.time()
            self._frozen = None
            self._wake()

    def advance(self, seconds: float) -> None:
        """Move forward, frozen or not; never back."""
        if self._frozen is not None:
            self._frozen += max(seconds, 0)
        else:
            self._offset += max(seconds, 0)
        self._wake()

    async def until(self, moment: float) -> None:
        """Return at that time of the workspace."""
        while (left := moment - self.now()) > 0:
            moved = self._moved
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if self._frozen is not None else left):
                    await moved.wait()

    async def sleep(self, seconds: float) -> None:
        """Return when so many seconds of the workspace have passed."""
        await self.until(self.now() + seconds)

    def _wake(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()
