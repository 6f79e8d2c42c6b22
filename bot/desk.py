"""Work that goes on after Slack was told that we heard: supervised, and never lost silently."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from uuid import uuid4

from bot.breath import Breath
from shared.errors import OpsError

_log = logging.getLogger(__name__)

# How long those whose work is cut off are told of it.
_LAST_WORDS_SECONDS = 2
_CUT_OFF = (
    "The bot was restarted while it worked on this. "
    "It may have happened: look before you try again."
)
_NOT_BEGUN = "The bot was restarted before it began with this; nothing was done. Try again."

type Apologise = Callable[[OpsError], Awaitable[None]]


class Trouble(OpsError):
    """A bug of ours, told to a person under a number."""


class Desk:
    """Runs what people asked for; an error of any kind reaches them or the log."""

    def __init__(self, at_once: int = 200) -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._tasks: set[asyncio.Task[None]] = set()
        self._breath = Breath()

    def take(
        self,
        what: str,
        work: Callable[[], Awaitable[None]],
        apologise: Apologise,
        *,
        awaited: bool = True,
    ) -> None:
        """Begin; `apologise` is told what went wrong, in words for the person.

        What is not `awaited` by anybody is cut off without a word to them.
        """
        self._breath.arrived()
        running = self._run(what, work, apologise, awaited)
        task = asyncio.create_task(running, name=what)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self, patience_seconds: float = 10) -> None:
        """Let what is going on finish, for a while; then cancel it, and say so."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=patience_seconds)
        for task in set(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(
        self, what: str, work: Callable[[], Awaitable[None]], apologise: Apologise, awaited: bool
    ) -> None:
        begun = False
        try:
            # Let all that came together be acknowledged before the first of it is worked on.
            await self._breath.take()
            async with self._turns:
                begun = True
                await self._work(what, work, apologise)
        except asyncio.CancelledError:
            _log.warning("%s was cut off", what)
            if awaited:
                await self._say_last(what, apologise, Trouble(_CUT_OFF if begun else _NOT_BEGUN))
            raise

    async def _work(
        self, what: str, work: Callable[[], Awaitable[None]], apologise: Apologise
    ) -> None:
        try:
            await work()
        except OpsError as error:
            await self._tell(what, apologise, error)
        except Exception:
            number = uuid4().hex[:8]
            _log.exception("internal error %s in %s", number, what)
            words = f"Internal error {number}; the log of the bot says more under that number."
            await self._tell(what, apologise, Trouble(words))

    async def _say_last(self, what: str, apologise: Apologise, trouble: Trouble) -> None:
        """Tell that the work was cut off; whoever ends us waits for that, and not for long."""
        try:
            async with asyncio.timeout(_LAST_WORDS_SECONDS):
                await self._tell(what, apologise, trouble)
        except TimeoutError:
            _log.warning("nobody could be told in time that %s was cut off", what)

    async def _tell(self, what: str, apologise: Apologise, error: OpsError) -> None:
        try:
            await apologise(error)
        except Exception:
            _log.exception("%s failed (%s), and nobody could be told", what, error)
