"""Sends what the outbox holds: by urgency, in order, as fast as Slack allows."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial

from bot.delivery.calls import SlackCalls
from bot.delivery.claims import Blocked, Claims
from bot.delivery.delivering import POST, SHARE, UPDATE, Delivering
from bot.delivery.losses import Losses, OnDead
from bot.delivery.outbox import Outbox
from bot.delivery.priority import Priority
from bot.delivery.rows import Dead, Kind, Loss, Row, Waiting
from bot.delivery.timing import DEFAULT, Timing
from shared.errors import OpsError
from shared.stream.tasks import stop

logger = logging.getLogger(__name__)

type Sharers = Callable[[], Awaitable[int]]

_LOOKED_AT = 500
_AT_ONCE = 16
_COUNTED_FOR = 2.0
_SHORTEST_SPACING = 2.0
# Slack counts calls by the minute.
_SLACKS_WINDOW = timedelta(minutes=1)
# A live message may take its share of what refreshes may use of Slack's 50 updates a minute.
_SHARE_OF_EACH = 1.2 / 0.8


async def nobody_told(_: Dead) -> None:
    """Nobody has to hear of messages that were given up."""


async def alone() -> int:
    """No other process calls Slack for this app."""
    return 1


class Sender:
    """One of any number of senders of an outbox; `spacing` is the time between refreshes.

    `sharers` says how many processes share what Slack allows.
    """

    def __init__(
        self,
        outbox: Outbox,
        calls: SlackCalls,
        *,
        on_dead: OnDead = nobody_told,
        timing: Timing = DEFAULT,
        sharers: Sharers = alone,
    ) -> None:
        self._outbox = outbox
        self._calls = calls
        self._claims = Claims(outbox, timing)
        self._losses = Losses(outbox, self._claims, calls.counters, on_dead)
        self._delivering = Delivering(outbox, self._claims, calls, self._losses, timing)
        self._timing = timing
        self._sharers = sharers
        self._in_flight: dict[int, asyncio.Task[None]] = {}
        self._held: dict[int, str] = {}
        self._shared_at = self._counted_at = float("-inf")
        self._live = 0
        self._idle = self._began = False

    @property
    def spacing(self) -> float:
        """The seconds between two refreshes of a message: more when many are live."""
        fair = max(_SHORTEST_SPACING, self._live * _SHARE_OF_EACH)
        return fair / self._calls.pacing.speed(UPDATE)

    async def run(self) -> None:
        """Send until cancelled; what is on its way then gets a moment to arrive."""
        holding = asyncio.create_task(self._hold())
        try:
            while True:
                if self._outbox.woken.is_set():
                    self._idle = False
                    self._outbox.woken.clear()
                await self._rest(await self._round())
        finally:
            await self._land()
            await stop(holding)

    async def _round(self) -> float:
        """Send what may be sent now; return how long nothing more can be done."""
        try:
            await self._follow()
            await self._share()
            if self._idle and not await self._claims.any_work():
                return self._timing.poll
            await self._count()
            return await self._send()
        except OpsError as error:
            logger.warning("The outbox cannot be worked on: %s", error)
            return self._timing.trouble

    async def _send(self) -> float:
        blocked, pause = self._blocked()
        waiting = await self._claims.waiting(self.spacing, blocked, _LOOKED_AT)
        self._idle = not (waiting or self._in_flight)
        await self._bury([row for row in waiting if row.orphaned is not None])
        chosen, longer = self._choose([row for row in waiting if row.orphaned is None])
        if chosen:
            await self._claim(chosen)
        return min(pause, longer)

    async def _claim(self, chosen: Sequence[Waiting]) -> None:
        claimed: set[int] = set()
        try:
            rows = await self._claims.claim([row.seq for row in chosen], self.spacing)
            claimed = {row.seq for row in rows}
            for row in rows:
                self._start(row)
        finally:
            for missed in chosen:
                if missed.seq not in claimed and not missed.doubtful:
                    self._calls.pacing.give_back(_method(missed), missed.channel)

    def _choose(self, waiting: Sequence[Waiting]) -> tuple[list[Waiting], float]:
        """One row of each lane whose turn it is, and how long the first of the others waits."""
        chosen: list[Waiting] = []
        lanes: set[tuple[str, str]] = set()
        pacing = self._calls.pacing
        pause, at_once = self._limits()
        for row in waiting:
            if len(chosen) + len(self._in_flight) >= at_once:
                break
            if row.lane in lanes or row.seq in self._in_flight:
                continue
            method = _method(row)
            if row.doubtful or pacing.take(method, row.channel, row.priority):
                lanes.add(row.lane)
                chosen.append(row)
            else:
                pause = min(pause, pacing.wait(method, row.channel, row.priority))
        return chosen, pause

    def _limits(self) -> tuple[float, int]:
        """How long to rest, and how much may be on its way: little while Slack is silent."""
        silence, now = self._calls.silence, self._calls.pacing.now
        if not silence.lasts:
            return self._timing.poll, _AT_ONCE
        rest = silence.rest(now, self._timing.probe)
        return rest or self._timing.poll, 0 if rest else 1

    def _blocked(self) -> tuple[Blocked, float]:
        pacing = self._calls.pacing
        channels = pacing.busy_channels()
        updates = pacing.wait(UPDATE, None, Priority.REFRESH)
        waits = [self._timing.poll, *channels.values(), *([updates] if updates > 0 else [])]
        return Blocked(frozenset(channels), updates > 0), min(waits)

    async def _hold(self) -> None:
        """Keep what is on its way from other senders, however long Slack takes."""
        while True:
            await asyncio.sleep(self._timing.held / 3)
            try:
                if self._held:
                    await self._claims.hold(dict(self._held))
            except OpsError as error:
                logger.warning("What is on its way cannot be held: %s", error)

    def _start(self, row: Row) -> None:
        self._begin(row.seq, row.claim, row.key, partial(self._delivering.deliver, row))

    def _tell(self, loss: Loss) -> None:
        self._begin(loss.seq, loss.claim, loss.dead.key, partial(self._losses.tell, loss))

    def _begin(self, seq: int, claim: str, key: str, work: Callable[[], Awaitable[None]]) -> None:
        self._held[seq] = claim
        task = asyncio.create_task(_safely(key, work))
        self._in_flight[seq] = task
        task.add_done_callback(partial(self._landed, seq))

    def _landed(self, seq: int, task: asyncio.Task[None]) -> None:
        if self._in_flight.get(seq) is task:
            del self._in_flight[seq], self._held[seq]
        self._outbox.wake()

    async def _bury(self, orphans: Sequence[Waiting]) -> None:
        new = [row for row in orphans if row.seq not in self._in_flight]
        for row in new[: self._room()]:
            loss = await self._losses.bury(row)
            if loss is not None:
                self._tell(loss)

    def _room(self) -> int:
        """How much more may be on its way."""
        return max(_AT_ONCE - len(self._in_flight), 0)

    async def _follow(self) -> None:
        """Begin slowly where somebody was at work a moment ago, such as who was killed for us."""
        if not self._began:
            if await self._claims.sent_since(self._outbox.clock() - _SLACKS_WINDOW):
                self._calls.pacing.follow()
            self._began = True

    async def _share(self) -> None:
        now = self._calls.pacing.now
        if now - self._shared_at >= _COUNTED_FOR:
            self._calls.pacing.share(await self._sharers())
            self._shared_at = now

    async def _count(self) -> None:
        now = self._calls.pacing.now
        if now - self._counted_at >= _COUNTED_FOR:
            await self._claims.free()
            for loss in await self._losses.untold(self._room()):
                # Whoever slept through the end of its own claims tells it already.
                if loss.seq not in self._in_flight:
                    self._tell(loss)
            self._live = await self._claims.live()
            self._counted_at = now

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, 0.005)):
                await self._outbox.woken.wait()

    async def _land(self) -> None:
        tasks = tuple(self._in_flight.values())
        if tasks:
            await asyncio.wait(tasks, timeout=self._timing.grace)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _safely(key: str, work: Callable[[], Awaitable[None]]) -> None:
    # The boundary of one message: it must not stop the others. Its claim ends by itself,
    # and whoever takes it next finds out what was done.
    try:
        await work()
    except OpsError as error:
        logger.warning("%s: %s", key, error)
    except Exception:
        logger.exception("The message %s cannot be dealt with", key)


def _method(row: Waiting) -> str:
    if row.kind is Kind.FILE:
        return SHARE
    return UPDATE if row.is_shown else POST
