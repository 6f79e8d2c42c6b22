"""How often and how long a call to the API is repeated."""

import asyncio
import logging
import math
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from shared.errors import ApiError, RateLimited, Unavailable

if TYPE_CHECKING:
    from tenacity import RetryCallState

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """Exponential waits with jitter, in seconds; within `budget` the last repetition begins.

    A server that names a wait gets all of it, or is not asked again when it exceeds the budget.
    """

    attempts: int = 4
    budget: float = 20.0
    first_wait: float = 0.25
    longest_wait: float = 4.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def insist[T](
        self, send: Callable[[bool], Awaitable[T]], may_repeat: Callable[[ApiError], bool]
    ) -> T:
        """The first success; `send` learns whether an earlier attempt may have been carried out."""
        # Imported at the first call, so that a process without calls starts faster.
        from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt
        from tenacity.stop import stop_before_delay

        doubt = False

        async def attempt() -> T:
            nonlocal doubt
            try:
                return await send(doubt)
            except Unavailable as error:
                doubt = doubt or error.maybe_done
                raise

        return await AsyncRetrying(
            sleep=self.sleep,
            wait=self._wait,
            stop=stop_after_attempt(self.attempts) | stop_before_delay(self.budget),
            retry=retry_if_exception(lambda e: isinstance(e, ApiError) and may_repeat(e)),
            before_sleep=_log_repetition,
            reraise=True,
        )(attempt)

    def _wait(self, state: "RetryCallState") -> float:
        grown = min(self.longest_wait, self.first_wait * 2.0 ** (state.attempt_number - 1))
        jittered = grown * random.uniform(0.5, 1)
        return (_asked_wait(state) or 0) + jittered


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """The seconds that an answer asks to wait: retry-after-ms, else Retry-After in either form."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after")
    seconds = _number(text)
    return seconds if seconds is not None else _until(text, time.time() if now is None else now)


def _asked_wait(state: "RetryCallState") -> float | None:
    error = state.outcome.exception() if state.outcome else None
    return error.retry_after if isinstance(error, RateLimited | Unavailable) else None


def _log_repetition(state: "RetryCallState") -> None:
    error = state.outcome.exception() if state.outcome else None
    logger.info("attempt %d failed, trying again: %s", state.attempt_number, error)


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return max(number, 0.0) if math.isfinite(number) else None


def _until(date: str | None, now: float) -> float | None:
    try:
        return max(parsedate_to_datetime(date or "").timestamp() - now, 0.0)
    except (ValueError, OverflowError):
        return None
