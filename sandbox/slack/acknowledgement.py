"""What becomes of a delivery: the app's answer within three seconds, or none."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass

from sandbox.slack.clock import Clock
from sandbox.slack.model import Json

PATIENCE = 3.0


@dataclass(frozen=True, slots=True)
class Ack:
    """The app took the delivery; `payload` is what it answered, empty when nothing."""

    payload: Json


class NotAcknowledged(Exception):
    """The app did not take it; `error` is dispatch_failed or operation_timeout.

    `reason` is Slack's word of a retry, `final` says that the app wants none.
    """

    def __init__(self, error: str, reason: str, final: bool = False) -> None:
        super().__init__(f"{error} ({reason})")
        self.error = error
        self.reason = reason
        self.final = final


async def in_time[T](clock: Clock, asked: float, answer: Awaitable[T], reason: str) -> T:
    """The answer, unless three seconds of the workspace pass after it was asked for."""
    answering = asyncio.ensure_future(answer)
    deadline = asyncio.create_task(clock.until(asked + PATIENCE))
    try:
        await asyncio.wait((answering, deadline), return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            raise NotAcknowledged("operation_timeout", reason)
        return answering.result()
    finally:
        answering.cancel()
        deadline.cancel()
