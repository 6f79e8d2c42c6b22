"""A question that several checks have, asked once."""

import asyncio
from collections.abc import Awaitable, Callable

from shared.doctor.check import Outcome, skipped
from shared.errors import OpsError

# Less than an examination gets: all that wait for the same answer learn together that none comes.
_BOUND_SECONDS = 8.0


class NoAnswer(OpsError):
    """Nothing came in time."""


class Once[T]:
    """The first to want the answer asks; the others get it, or the same OpsError."""

    def __init__(self, ask: Callable[[], Awaitable[T]], bound_seconds: float | None = None) -> None:
        self._ask = ask
        self._bound = _BOUND_SECONDS if bound_seconds is None else bound_seconds
        self._turn = asyncio.Lock()
        self._answers: list[T] = []
        self._error: OpsError | None = None

    async def __call__(self) -> T:
        """The answer; raises OpsError."""
        async with self._turn:
            if self._error is not None:
                raise self._error
            if not self._answers:
                try:
                    self._answers.append(await self._asked())
                except OpsError as error:
                    self._error = error
                    raise
        return self._answers[0]

    async def _asked(self) -> T:
        try:
            async with asyncio.timeout(self._bound):
                return await self._ask()
        except TimeoutError:
            raise NoAnswer(
                f"There was no answer within {self._bound:g} s. "
                "Look at what it depends on, and at the network between."
            ) from None


def unless_failed[T](
    first: Once[T], why: str, look: Callable[[T], Awaitable[Outcome]]
) -> Callable[[], Awaitable[Outcome]]:
    """A look at the first answer; skipped where there is none, which is told elsewhere."""

    async def looked() -> Outcome:
        try:
            answer = await first()
        except OpsError:
            return skipped(why)
        return await look(answer)

    return looked
