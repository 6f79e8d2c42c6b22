"""What the API itself says of an execution, asked beside its stream."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from shared.errors import RateLimited, Unavailable, UnexpectedAnswer
from shared.models import Execution, ExecutionStatus, is_terminal
from shared.stream.pace import Pace
from shared.stream.tasks import first_of


@dataclass(frozen=True, slots=True)
class Checked:
    """The execution goes on, although an event said that it had ended."""

    execution: Execution


@dataclass(frozen=True, slots=True)
class Ended:
    """The execution has ended, and this is how."""

    execution: Execution


class Truth:
    """Looks at an execution at a modest pace, and quickly when its stream hints at an end."""

    def __init__(
        self,
        look: Callable[[], Awaitable[Execution]],
        contradict: Callable[[Checked], Awaitable[None]],
        pace: Pace,
    ) -> None:
        self._look = look
        self._contradict = contradict
        self._pace = pace
        self._hint = asyncio.Event()
        self._hinted_at: float | None = None
        self._successor_since: float | None = None

    def hint_end(self) -> None:
        """Look at once: an event said that the execution has ended."""
        self._hinted_at = self._pace.now()
        self._hint.set()

    def hint(self) -> None:
        """Look at once: the stream broke off."""
        self._hint.set()

    async def ended(self) -> Execution:
        """The execution as soon as it has ended; raises ApiError when it cannot be read."""
        while True:
            self._hint.clear()
            execution = await self._insist()
            if self._has_ended(execution):
                return execution
            await self._doubt(execution)
            await first_of(self._pace.sleep(self._next_wait()), self._hint.wait())

    async def has_ended(self) -> bool:
        """Look once more, and hurry `ended` when the answer is yes."""
        self._hint.set()
        return self._has_ended(await self._look())

    async def _insist(self) -> Execution:
        failures = 0
        while True:
            try:
                return await self._look()
            except (RateLimited, Unavailable, UnexpectedAnswer) as error:
                failures += 1
                if failures >= self._pace.attempts:
                    raise
                asked = None if isinstance(error, UnexpectedAnswer) else error.retry_after
                wait = self._pace.backoff(failures) if asked is None else self._pace.asked(asked)
            await self._pace.sleep(wait)

    def _has_ended(self, execution: Execution) -> bool:
        if execution.status != ExecutionStatus.CONTINUED_AS_NEW:
            self._successor_since = None
            return is_terminal(execution.status)
        # The same execution goes on with a new run (Temporal 1.32), which shows at the next look.
        now = self._pace.now()
        if self._successor_since is None:
            self._successor_since = now
        return now - self._successor_since >= self._pace.successor

    async def _doubt(self, execution: Execution) -> None:
        """The status turns a moment after the event; later than that, the event was false."""
        if self._hinted_at is None or self._pace.now() - self._hinted_at < self._pace.doubt:
            return
        self._hinted_at = None
        await self._contradict(Checked(execution))

    def _next_wait(self) -> float:
        if self._hinted_at is None:
            return self._pace.next_poll()
        elapsed = self._pace.now() - self._hinted_at
        return max(elapsed, self._pace.hurry)
