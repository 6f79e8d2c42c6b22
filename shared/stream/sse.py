"""Server-sent events out of the bytes of a response, none of them larger than a bound."""

from collections.abc import AsyncGenerator, AsyncIterator

import httpx
from httpx_sse import EventSource, ServerSentEvent

OVERSIZED = "workflow-ops-oversized"
"""The name of the event that stands where a larger one was."""

_CUT = f"\nevent: {OVERSIZED}\n\n".encode()
# Two ends of line in a row; the second half of a CR LF may follow and does no harm.
_BLANK_LINES = (b"\n\n", b"\n\r", b"\r\r")


def server_sent_events(
    chunks: AsyncIterator[bytes], content_type: str, largest: int
) -> AsyncGenerator[ServerSentEvent, None]:
    """The events of a body in chunks; raises httpx_sse.SSEError for another content type."""
    # Server-sent events are UTF-8 whatever the parameters say; a byte order mark is left out.
    headers = {"content-type": f"{content_type.partition(';')[0]}; charset=utf-8-sig"}
    body = httpx.Response(200, headers=headers, stream=_Body(chunks, EventBound(largest)))
    return EventSource(body).aiter_sse()


class EventBound:
    """Lets bytes through, and an OVERSIZED event in place of the rest of one over `largest` bytes.

    httpx-sse 0.4.3 collects an event of any size in memory, so the bound has to lie below it.
    """

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._size = 0
        self._last = b""
        self._dropping = False

    def pass_on(self, chunk: bytes) -> bytes:
        """What of the next chunk may go to the parser."""
        if self._dropping or self._size + len(chunk) > self._largest:
            return b"".join(self._pieces(chunk))
        end = self._last_event_end(chunk)
        self._size = self._size + len(chunk) if end < 0 else len(chunk) - end
        self._last = chunk[-1:] or self._last
        return chunk

    def _pieces(self, chunk: bytes) -> list[bytes]:
        kept = []
        while chunk:
            end = self._first_event_end(chunk)
            piece, chunk = (chunk, b"") if end < 0 else (chunk[:end], chunk[end:])
            kept.append(self._bounded(piece, ended=end >= 0))
            self._last = piece[-1:]
        return kept

    def _bounded(self, piece: bytes, *, ended: bool) -> bytes:
        size = self._size + len(piece)
        self._size = 0 if ended else size
        if self._dropping:
            self._dropping = not ended
            return b""
        if size <= self._largest:
            return piece
        self._dropping = not ended
        return _CUT

    def _first_event_end(self, chunk: bytes) -> int:
        """Where the first event that ends in the chunk ends, or -1."""
        joined = self._last + chunk
        found = [place for mark in _BLANK_LINES if (place := joined.find(mark)) >= 0]
        return min(found) + 2 - len(self._last) if found else -1

    def _last_event_end(self, chunk: bytes) -> int:
        joined = self._last + chunk
        marks = _BLANK_LINES if b"\r" in joined else _BLANK_LINES[:1]
        place = max(joined.rfind(mark) for mark in marks)
        return place + 2 - len(self._last) if place >= 0 else -1


class _Body(httpx.AsyncByteStream):
    def __init__(self, chunks: AsyncIterator[bytes], bound: EventBound) -> None:
        self._chunks = chunks
        self._bound = bound

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._chunks:
            yield self._bound.pass_on(chunk)
