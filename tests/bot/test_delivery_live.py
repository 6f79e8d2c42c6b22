"""Many live cards that share what Slack allows, in virtual time."""

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from bot.delivery import Priority, Timing
from bot.message import Message
from sandbox.slack.faults import Fault
from sandbox.slack.model import Channel
from sandbox.slack.workspace import Happening
from tests.bot.deliveries import World
from tests.bot.virtual_slack import QuietLoop, now, virtual_world

CARDS = 24
AT_ONCE = 30
ONE_BY_ONE = 6
CHANNELS = 8
SECONDS = 72
STEP = 5
CHANGES = 4


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"loop_factory": QuietLoop}


async def test_the_end_of_each_of_many_live_cards_is_shown_soon(tmp_path: Path) -> None:
    async with virtual_world(tmp_path) as ops:
        board = Board(ops, random.Random(1), CARDS)
        async with ops.sending(Timing()):
            await board.live()
            waits = await board.waits()

        assert len(waits) == CARDS
        assert sorted(waits)[int(CARDS * 0.95)] < 5
        assert ops.calls.counters.limited == 0, "we kept within Slack's limits"
        assert ops.calls.counters.updates > CARDS, "cards were refreshed meanwhile"


async def test_cards_that_end_at_once_are_all_shown(tmp_path: Path) -> None:
    async with virtual_world(tmp_path) as ops:
        board = Board(ops, random.Random(1), AT_ONCE)
        ops.slack.faults.add(Fault("ratelimited", method="chat.update", times=3, retry_after=5))
        async with ops.sending(Timing()):
            await board.show()
            await board.end(range(AT_ONCE))
            waits = await board.waits()

        assert len(waits) == AT_ONCE
        assert max(waits) < AT_ONCE * 60 / 40 * 3, (
            "as fast as updates go, and slower after a refusal"
        )


async def test_of_cards_that_end_one_after_another_the_first_is_shown_first(
    tmp_path: Path,
) -> None:
    async with virtual_world(tmp_path) as ops:
        board = Board(ops, random.Random(1), ONE_BY_ONE)
        async with ops.sending(Timing()):
            await board.show()
            for number in reversed(range(ONE_BY_ONE)):
                await board.refresh(number)
            ops.calls.pacing.limited("chat.update", None, 60)
            for number in range(ONE_BY_ONE):
                await asyncio.sleep(1)
                await board.end([number])
            await board.waits()

        assert board.seen == [f"card-{number} ended" for number in range(ONE_BY_ONE)]


class Board:
    """Cards in a few channels, and when people saw that they had ended."""

    def __init__(
        self,
        ops: World,
        dice: random.Random,
        cards: int,
        *,
        seconds: int = SECONDS,
        channels: int = CHANNELS,
    ) -> None:
        self._ops = ops
        self._cards = cards
        self._seconds = seconds
        self._dice = dice
        self._ended: dict[str, float] = {}
        self._seen: dict[str, float] = {}
        workspace = ops.slack.workspace
        workspace.listen(self._look)
        self._channels = []
        for number in range(channels):
            channel = Channel(workspace.new_id("C"), f"team-{number}", "channel", {ops.app.user})
            workspace.channels[channel.id] = channel
            self._channels.append(channel)

    async def live(self) -> None:
        """Each card changes every few seconds until it ends; they end one after another."""
        await self.show()
        ends = sorted(
            (self._dice.uniform(10, self._seconds), number) for number in range(self._cards)
        )
        for second in range(0, self._seconds + STEP, STEP):
            over = [number for moment, number in ends if second - STEP < moment <= second]
            changed = [
                number
                for moment, number in ends
                if moment > second and (number + second // STEP) % CHANGES == 0
            ]
            await self._put({number: f"at {second} s" for number in changed}, Priority.REFRESH)
            await self.end(over)
            await asyncio.sleep(STEP)

    async def show(self) -> None:
        """All cards are there."""
        await self._put(dict.fromkeys(range(self._cards), "begun"), Priority.REFRESH)
        while await self._ops.outbox.depth():  # noqa: ASYNC110
            await asyncio.sleep(1)

    @property
    def seen(self) -> list[str]:
        """The ends, in the order in which people saw them."""
        return list(self._seen)

    async def refresh(self, number: int) -> None:
        """This card shows something newer than the others."""
        await self._put({number: "goes on"}, Priority.REFRESH)
        while await self._ops.outbox.depth():  # noqa: ASYNC110
            await asyncio.sleep(1)

    async def end(self, numbers: Any) -> None:
        """These executions are over."""
        await self._put(dict.fromkeys(numbers, "ended"), Priority.TERMINAL)
        self._ended |= {f"card-{number} ended": now().timestamp() for number in numbers}

    async def waits(self) -> list[float]:
        """How long each end took to be seen."""
        async with asyncio.timeout(self._seconds * 2):
            while len(self._seen) < self._cards:  # noqa: ASYNC110
                await asyncio.sleep(1)
        return [seen - self._ended[text] for text, seen in self._seen.items()]

    async def _put(self, states: dict[int, str], priority: Priority) -> None:
        async with (await self._ops.outbox.database.store()).writing() as connection:
            for number, state in states.items():
                await self._ops.outbox.put(
                    connection,
                    f"card-{number}",
                    self._channels[number % len(self._channels)].id,
                    Message(f"card-{number} {state}"),
                    priority=priority,
                )
        self._ops.outbox.wake()

    def _look(self, happening: Happening) -> None:
        if happening.kind == "message_changed" and happening.channel and happening.ts:
            message = self._ops.slack.workspace.message(happening.channel, happening.ts)
            if message.text.endswith("ended"):
                self._seen.setdefault(message.text, now().timestamp())
