"""Live items taken for a while: what came is kept, however the stream ended."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from shared.operations.parts import Parts

# A stream is closed and its error told well after its own time is up.
_SPARE_SECONDS = 5


async def listen[T](
    parts: Parts,
    what: str,
    items: AsyncGenerator[T],
    seconds: int,
    is_enough: Callable[[T], bool],
) -> None:
    """Hand over each item until that is enough or the time is up; an error becomes a note."""
    taking = _take(items, seconds, is_enough)
    await parts.have(what, taking, None, seconds=seconds + _SPARE_SECONDS)


async def _take[T](items: AsyncGenerator[T], seconds: int, is_enough: Callable[[T], bool]) -> None:
    async with aclosing(items):
        try:
            async with asyncio.timeout(seconds):
                async for item in items:
                    if is_enough(item):
                        return
        except TimeoutError:
            return
