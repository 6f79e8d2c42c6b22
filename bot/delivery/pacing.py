"""When each call to Slack may go: one queue for all, served by priority, then by age."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count

from bot.delivery.bucket import Bucket, per_minute
from bot.delivery.limits import OTHERWISE, PER_MINUTE, POST_BURST, POSTING
from bot.delivery.priority import Priority
from shared.timers import loop_time

_MANY_CHANNELS = 1_000


@dataclass(slots=True, order=True)
class _Waiter:
    priority: Priority
    number: int
    method: str = field(compare=False)
    channel: str | None = field(compare=False)
    turn: asyncio.Future[None] = field(compare=False)


class Pacing:
    """A bucket for each method, and one for the posts of each channel.

    `scale` is how many times as much the workspace allows as Slack promises. Processes that call
    for the same app have equal parts of that.
    """

    def __init__(
        self,
        clock: Callable[[], float] = loop_time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        scale: float = 1.0,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._scale = scale
        self._sharers = 1
        self._shared_since = 0.0
        self._follows = False
        self._methods: dict[str, Bucket] = {}
        self._channels: dict[str, Bucket] = {}
        self._waiters: list[_Waiter] = []
        self._numbers = count()
        self._serving: asyncio.Task[None] | None = None
        self._joined = asyncio.Event()

    @property
    def now(self) -> float:
        """The time by which turns are given."""
        return self._clock()

    async def turn(self, method: str, channel: str | None, priority: Priority) -> None:
        """Return when the call may go."""
        if self.take(method, channel, priority):
            return
        turn = asyncio.get_running_loop().create_future()
        waiter = _Waiter(priority, next(self._numbers), method, channel, turn)
        self._waiters.append(waiter)
        self._waiters.sort()
        self._joined.set()
        if self._serving is None or self._serving.done():
            self._serving = asyncio.create_task(self._serve())
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back(method, channel)
            raise
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    def take(self, method: str, channel: str | None, priority: Priority) -> bool:
        """Take the turn of a call if it may go at once and no better one waits for the same."""
        buckets = self._buckets(method, channel)
        if self._is_queued(buckets, priority) or self._wait(buckets, priority) > 0:
            return False
        for bucket in buckets:
            bucket.take()
        return True

    def wait(self, method: str, channel: str | None, priority: Priority) -> float:
        """The seconds until such a call may go, if no other comes before."""
        return self._wait(self._buckets(method, channel), priority)

    def give_back(self, method: str, channel: str | None) -> None:
        """A turn was not used."""
        for bucket in self._buckets(method, channel):
            bucket.give_back()

    def limited(self, method: str, channel: str | None, seconds: float) -> None:
        """Slack asked for patience; when posts are refused in two channels, it means all posts."""
        now = self._clock()
        everything = self._method(method)
        if channel is None or method not in POSTING:
            everything.pause(now, seconds)
            return
        here = self._channel(channel)
        if any(each.paused_until > now for each in self._channels.values() if each is not here):
            everything.pause(now, seconds)
        here.pause(now, seconds)

    def went_well(self, method: str, channel: str | None) -> None:
        """Slack took the call."""
        for bucket in self._buckets(method, channel):
            bucket.recover()

    def share(self, sharers: int) -> None:
        """So many processes share what Slack allows from now on."""
        if sharers == self._sharers:
            return
        now = self._clock()
        self._sharers, self._shared_since = sharers, now
        for method, bucket in self._methods.items():
            bucket.resize(now, *self._per_minute(method))
        for bucket in self._channels.values():
            bucket.resize(now, *self._per_channel())
        self._joined.set()

    def follow(self) -> None:
        """Another process has used just now what Slack allowed, and may be gone."""
        self._follows, self._shared_since = True, self._clock()
        for bucket in (*self._methods.values(), *self._channels.values()):
            bucket.begin(self._shared_since, 0)

    def busy_channels(self) -> dict[str, float]:
        """The channels that take no post just now, and for how many seconds."""
        now = self._clock()
        waits = {
            channel: bucket.wait(now, Priority.INTERACTIVE)
            for channel, bucket in self._channels.items()
        }
        return {channel: wait for channel, wait in waits.items() if wait > 0}

    def speed(self, method: str) -> float:
        """How fast the method may be called, 1 being as fast as Slack usually allows."""
        return self._method(method).speed

    async def _serve(self) -> None:
        while self._waiters:
            pauses = [self._let_go(waiter) for waiter in tuple(self._waiters)]
            left = [pause for pause in pauses if pause > 0]
            if left:
                await self._pause(min(left))

    def _let_go(self, waiter: _Waiter) -> float:
        """Give the waiter its turn, or say how long it has to wait."""
        if waiter.turn.done():
            self._waiters.remove(waiter)
            return 0.0
        buckets = self._buckets(waiter.method, waiter.channel)
        pause = self._wait(buckets, waiter.priority)
        if pause > 0:
            return pause
        for bucket in buckets:
            bucket.take()
        self._waiters.remove(waiter)
        waiter.turn.set_result(None)
        return 0.0

    async def _pause(self, seconds: float) -> None:
        """Sleep, but wake for a call that joins the queue."""
        self._joined.clear()
        sleeping = asyncio.ensure_future(self._sleep(seconds))
        joining = asyncio.ensure_future(self._joined.wait())
        try:
            await asyncio.wait({sleeping, joining}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            joining.cancel()

    def _is_queued(self, buckets: list[Bucket], priority: Priority) -> bool:
        return any(
            waiter.priority <= priority
            and any(one is bucket for one in self._buckets(waiter.method, waiter.channel))
            for waiter in self._waiters
            for bucket in buckets
        )

    def _wait(self, buckets: list[Bucket], priority: Priority) -> float:
        now = self._clock()
        return max(bucket.wait(now, priority) for bucket in buckets)

    def _buckets(self, method: str, channel: str | None) -> list[Bucket]:
        buckets = [self._method(method)]
        if channel is not None and method in POSTING:
            buckets.append(self._channel(channel))
        return buckets

    def _method(self, method: str) -> Bucket:
        if method not in self._methods:
            self._methods[method] = self._bucket(*self._per_minute(method))
        return self._methods[method]

    def _bucket(self, rate: float, size: float, loan: float) -> Bucket:
        bucket = Bucket(rate, size, loan)
        if self._sharers > 1 or self._follows:
            # The others may have used just now what was there before us.
            bucket.begin(self._shared_since, 0 if self._follows else 1)
        return bucket

    def _per_minute(self, method: str) -> tuple[float, float, float]:
        calls = PER_MINUTE.get(method, OTHERWISE) * self._scale
        rate, size = per_minute(calls / self._sharers)
        return rate, size, per_minute(calls)[1] - size

    def _per_channel(self) -> tuple[float, float, float]:
        part = self._scale / self._sharers
        size = max(POST_BURST * part, 1.0)
        return part, size, max(POST_BURST * self._scale, 1.0) - size

    def _channel(self, channel: str) -> Bucket:
        found = self._channels.pop(channel, None) or self._bucket(*self._per_channel())
        self._channels[channel] = found
        if len(self._channels) > _MANY_CHANNELS:
            # The one unused for longest, which is full again.
            del self._channels[next(iter(self._channels))]
        return found
