"""One stream of server-sent events, kept open across everything that breaks it."""

import logging
import math
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Any, Protocol

import httpx
from httpx_sse import ServerSentEvent

from shared.errors import ApiError, OpsError, RateLimited, Unavailable, UnexpectedAnswer
from shared.events import BrokenFrame, StreamFault
from shared.stream.pace import Pace
from shared.stream.sse import OVERSIZED, server_sent_events
from shared.stream.tasks import Mailbox, first_of
from shared.text import one_line

logger = logging.getLogger(__name__)

_PASSING = (RateLimited, Unavailable, UnexpectedAnswer)


class StreamLost(OpsError):
    """A stream broke too often in a row; what it tells about is not affected."""


class Source[T](Protocol):
    """An endpoint that streams items of one type."""

    name: str
    """Completes "the ..." in an error."""

    def open(self, last_event_id: str | None) -> AbstractAsyncContextManager[httpx.Response]:
        """The response that goes on after the id; raises ApiError."""

    def decode(self, event: ServerSentEvent) -> T | StreamFault | None:
        """The item of an event, None for one to pass over; raises BrokenFrame."""

    def is_new(self, item: T, *, reopened: bool) -> bool:
        """Whether the item was not seen before; `reopened` after the first connection."""

    def stamp(self, item: T, cursor: str | None, missed: int) -> T:
        """The item with the id to resume after it, and how many were skipped before it."""


class Feed[T]:
    """Delivers each item of a source once, in order, and reconnects where the last one left off."""

    def __init__(
        self,
        source: Source[T],
        items: Mailbox[Any],
        notice: Callable[[T], None],
        on_break: Callable[[], None],
        pace: Pace,
        last_event_id: str | None,
    ) -> None:
        self._source = source
        self._items = items
        self._notice = notice
        self._on_break = on_break
        self._pace = pace
        self._cursor = last_event_id
        self._connections = 0
        self._delivered = 0
        self._skipped = 0
        self._missed = 0
        self._failures = 0
        self._fruitless = 0
        self._asked_wait: float | None = None
        self._exhausted_at = -math.inf
        self._heard_at = self._quiet_since = pace.now()
        self._opening_since = -math.inf
        self._busy = self._handled = False

    @property
    def exhausted_at(self) -> float:
        """When the last connection was opened that the server closed without bringing news."""
        return self._exhausted_at

    @property
    def quiet_since(self) -> float:
        """Since when nothing has been delivered and nothing is about to be."""
        now = self._pace.now()
        opens = now - self._opening_since < self._pace.opening
        return now if self._busy or opens else self._quiet_since

    async def run(self) -> None:
        """Deliver until cancelled; raises StreamLost, or the ApiError that waiting cannot cure."""
        while True:
            began, before = self._pace.now(), self._delivered
            trouble = await self._connect()
            lived = self._pace.now() - began
            if trouble is None and self._delivered == before:
                self._exhausted_at = began
            fruitful = self._delivered > before or lived >= self._pace.steady
            wait = self._judge(trouble, fruitful)
            self._on_break()
            await self._pace.sleep(wait)

    async def _connect(self) -> Exception | None:
        """Read one connection to its end; what ended it, None for the server closing it."""
        self._opening_since = self._pace.now()
        try:
            async with self._source.open(self._cursor) as response:
                self._opening_since = -math.inf
                self._connections += 1
                self._heard_at = self._quiet_since = self._pace.now()
                await first_of(self._read(response), self._silence())
        except (*_PASSING, httpx.HTTPError, _Broken) as error:
            return error
        finally:
            self._opening_since = -math.inf
            self._busy = False
        return None

    async def _read(self, response: httpx.Response) -> None:
        content_type = response.headers.get("content-type", "")
        chunks = self._listen(response)
        async with (
            aclosing(chunks),
            aclosing(server_sent_events(chunks, content_type, self._pace.largest_event)) as events,
        ):
            async for event in events:
                self._handled = True
                item = self._news(event)
                if item is not None:
                    if not self._items.offer(item):
                        await self._items.put(item)
                    self._notice(item)
                    self._delivered += 1

    async def _listen(self, response: httpx.Response) -> AsyncGenerator[bytes]:
        async for chunk in response.aiter_bytes():
            self._busy = True
            yield chunk
            # Everything in the chunk has been delivered when the parser asks for the next.
            self._heard_at = self._pace.now()
            if self._handled:
                self._quiet_since = self._heard_at
            self._busy = self._handled = False

    async def _silence(self) -> None:
        """Return when nothing at all has been heard for too long."""
        while True:
            since = self._pace.now() if self._busy else self._heard_at
            rest = since + self._pace.silence - self._pace.now()
            if rest <= 0:
                logger.info("nothing heard on %s, opening it again", self._source.name)
                return
            await self._pace.sleep(rest)

    def _news(self, event: ServerSentEvent) -> T | None:
        if event.retry is not None:
            self._asked_wait = event.retry / 1_000
        if event.event == OVERSIZED:
            self._skip(f"larger than {self._pace.largest_event:,} bytes")
            return None
        item = None
        try:
            if event.data or event.event == "error":
                item = self._source.decode(event)
        except BrokenFrame as error:
            self._skip(str(error))
        if isinstance(item, StreamFault):
            raise _Broken(f"{item.reason}: {item.error}")
        self._cursor = event.id or self._cursor
        if item is None or not self._source.is_new(item, reopened=self._connections > 1):
            return None
        missed, self._missed = self._missed, 0
        return self._source.stamp(item, self._cursor, missed)

    def _skip(self, reason: str) -> None:
        self._skipped += 1
        self._missed += 1
        level = logging.WARNING if self._skipped.bit_count() == 1 else logging.DEBUG
        logger.log(level, "skipped frame %d of %s: %s", self._skipped, self._source.name, reason)

    def _judge(self, trouble: Exception | None, fruitful: bool) -> float:
        """How long to wait before the next connection; raises StreamLost."""
        self._fruitless = 0 if fruitful else self._fruitless + 1
        self._failures = self._failures + 1 if trouble and not fruitful else 0
        if trouble:
            logger.info("the %s broke: %s", self._source.name, one_line(str(trouble)))
        if self._failures >= self._pace.attempts:
            raise StreamLost(
                f"The {self._source.name} broke {self._failures} times in a row, the last time "
                f"with: {one_line(_words(trouble))} The execution itself goes on; try again later."
            ) from trouble
        if isinstance(trouble, RateLimited | Unavailable) and trouble.retry_after is not None:
            return self._pace.asked(trouble.retry_after)
        if self._asked_wait is None:
            return self._pace.backoff(self._fruitless)
        asked = self._pace.asked(self._asked_wait)
        return asked if fruitful else max(asked, self._pace.backoff(self._fruitless))


class _Broken(Exception):
    """The server said that the stream is broken."""


def _words(trouble: Exception | None) -> str:
    if isinstance(trouble, ApiError):
        return str(trouble)
    if isinstance(trouble, httpx.HTTPError):
        # httpx's own texts may quote headers.
        return f"the connection broke ({type(trouble).__name__})."
    return f"{trouble}."
