"""An event loop in which waiting takes no time: when nothing is left to do, the clock jumps.

Work takes no time either, however slow the machine is.
"""

import asyncio
import selectors
from collections.abc import Callable

from shared.stream import Pace

# Long enough for what a local socket still has to bring.
_REAL_WAIT = 0.01


class VirtualLoop(asyncio.SelectorEventLoop):
    """Jumps to the next timer where an ordinary loop would sleep until it is due."""

    def __init__(self) -> None:
        self._jumped = 0.0
        super().__init__(_Selector(self._jump))

    def time(self) -> float:
        return self._jumped

    def stand_still(self, seconds: float) -> None:
        """Let time pass in which nothing is done, as on a machine that has no time for us."""
        self._jump(seconds)

    def _jump(self, seconds: float) -> None:
        self._jumped += seconds


class _Selector(selectors.DefaultSelector):
    def __init__(self, jump: Callable[[float], None]) -> None:
        super().__init__()
        self._jump = jump

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:
            return super().select(timeout)
        events = super().select(_REAL_WAIT if timeout is not None else 30)
        if timeout is None and not events:
            raise RuntimeError("the test waits for something that never happens")
        if timeout is not None and not events:
            self._jump(timeout)
        return events


def virtual_pace(**changes: object) -> Pace:
    """The pace of the product, by the clock of the running loop and with loaded dice."""
    clock = asyncio.get_running_loop().time
    return Pace(now=clock, dice=lambda: 0.5, **changes)  # type: ignore[arg-type]
