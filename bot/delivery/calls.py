"""Calls to Slack in their turn."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery.counters import Answered, Counters
from bot.delivery.errors import SlackRefused, SlackUnreachable
from bot.delivery.exchange import exchange, send_bytes
from bot.delivery.limits import DONE_BEFORE, IDEMPOTENT
from bot.delivery.pacing import Pacing
from bot.delivery.priority import Priority
from bot.delivery.silence import Silence

_ATTEMPTS = 4
_PATIENCE = 6
_FIRST_WAIT = 0.25
_LONGEST_WAIT = 4.0


class SlackCalls:
    """The Web API with our pace and our repetitions instead of the library's."""

    def __init__(
        self,
        client: AsyncWebClient,
        pacing: Pacing,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        # The library repeats posts after a lost connection, which shows them twice.
        client.retry_handlers = []
        self._client = client
        self._sleep = sleep
        self.pacing = pacing
        self.counters = Counters()
        self.silence = Silence()

    async def call(
        self, method: str, arguments: Mapping[str, Any], priority: Priority
    ) -> dict[str, Any]:
        """Wait for a turn and call; a call that may be repeated is, when Slack is out of reach.

        Raises SlackRefused or SlackUnreachable.
        """
        failures = limited = 0
        while True:
            await self.pacing.turn(method, channel_of(arguments), priority)
            try:
                return await self.attempt(method, arguments)
            except SlackUnreachable as error:
                failures += 1
                if failures == _ATTEMPTS or self.silence.lasts:
                    raise
                if not _may_repeat(method, arguments, error):
                    raise
                await self._sleep(_jittered(failures))
            except SlackRefused as error:
                if failures and error.error == DONE_BEFORE.get(method):
                    return {"ok": True}
                limited += 1
                if error.error != "ratelimited" or limited == _PATIENCE:
                    raise

    async def attempt(self, method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Call once, for somebody whose turn it is; raises SlackRefused or SlackUnreachable."""
        self.counters.calls += 1
        channel = channel_of(arguments)
        try:
            answer = await exchange(self._client, method, arguments)
        except SlackUnreachable:
            self.silence.unheard(self.pacing.now)
            self.counters.unreachable += 1
            self.counters.answers[method, Answered.UNREACHABLE] += 1
            raise
        except SlackRefused as error:
            self.silence.heard()
            self._refused(error, channel)
            raise
        self.silence.heard()
        self.counters.answers[method, Answered.OK] += 1
        self.pacing.went_well(method, channel)
        return answer

    async def send_bytes(self, url: str, content: bytes) -> None:
        """Bring the bytes of a file to Slack; raises SlackUnreachable."""
        await send_bytes(self._client, url, content)

    def _refused(self, error: SlackRefused, channel: str | None) -> None:
        if error.retry_after is None:
            self.counters.refused += 1
            self.counters.answers[error.method, Answered.REFUSED] += 1
        else:
            self.counters.limited += 1
            self.counters.answers[error.method, Answered.LIMITED] += 1
            self.pacing.limited(error.method, channel, error.retry_after)


def channel_of(arguments: Mapping[str, Any]) -> str | None:
    """The channel that a call concerns."""
    channel = arguments.get("channel") or arguments.get("channel_id")
    return str(channel) if channel else None


def _may_repeat(method: str, arguments: Mapping[str, Any], error: SlackUnreachable) -> bool:
    # The hash lets a view be changed once, whoever comes first.
    safe = method in IDEMPOTENT or (method == "views.update" and bool(arguments.get("hash")))
    return safe or not error.maybe_done


def _jittered(failures: int) -> float:
    grown = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** (failures - 1))
    return grown * random.uniform(0.5, 1)
