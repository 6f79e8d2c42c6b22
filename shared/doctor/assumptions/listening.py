"""A short listen to a stream, down to what clients usually pass over."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

import httpx

_MOST_FRAMES = 20
_LARGEST = 2_000_000


@dataclass(slots=True)
class RawFrame:
    """An event of a stream, field by field; None is a field that did not come."""

    event: str | None = None
    id: str | None = None
    retry: str | None = None
    data: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing came yet."""
        return self == RawFrame()


@dataclass(slots=True)
class Heard:
    """What came: frames, comments between them, and whether the server ended the stream."""

    frames: list[RawFrame] = field(default_factory=list)
    comments: int = 0
    closed: bool = False

    @property
    def told(self) -> list[RawFrame]:
        """The frames that carry something."""
        return [frame for frame in self.frames if frame.data and frame.event != "error"]


async def listen(
    opening: AbstractAsyncContextManager[httpx.Response],
    seconds: float,
    most: int = _MOST_FRAMES,
) -> Heard:
    """So many frames at most, or what came in so many seconds; raises ApiError."""
    heard = Heard()
    async with opening as response:
        with contextlib.suppress(TimeoutError, httpx.RequestError):
            async with asyncio.timeout(seconds):
                await _take(response, heard, most)
    return heard


async def _take(response: httpx.Response, heard: Heard, most: int) -> None:
    frame, size = RawFrame(), 0
    lines = response.aiter_lines()
    assert isinstance(lines, AsyncGenerator)
    async with contextlib.aclosing(lines):
        async for line in lines:
            size += len(line)
            if size > _LARGEST:
                return
            if line:
                _add(line, frame, heard)
            elif not frame.is_empty:
                heard.frames.append(frame)
                frame = RawFrame()
                if len(heard.frames) >= most:
                    return
    heard.closed = True


def _add(line: str, frame: RawFrame, heard: Heard) -> None:
    name, _, value = line.partition(":")
    value = value.removeprefix(" ")
    match name:
        case "":
            heard.comments += 1
        case "event":
            frame.event = value
        case "id":
            frame.id = value
        case "retry":
            frame.retry = value
        case "data":
            frame.data += value
