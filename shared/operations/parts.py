"""Answers made of several parts, each of which may be missing without spoiling the others."""

import asyncio
from collections.abc import Awaitable

from shared.errors import OpsError
from shared.text import one_line

# A whole answer must come well before the shortest timeout of an MCP client, 60 s.
_SECONDS = 10


class Parts:
    """Collects what could not be had as notes for the reader."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    async def have[T](
        self, what: str, part: Awaitable[T], instead: T, *, seconds: int = _SECONDS
    ) -> T:
        """The part, or the substitute and a note that says what is missing and why."""
        try:
            async with asyncio.timeout(seconds):
                return await part
        except TimeoutError:
            self.notes.append(f"{what} could not be read within {seconds} s.")
        except OpsError as error:
            self.notes.append(f"{what} could not be read: {one_line(str(error), 200)}")
        return instead
