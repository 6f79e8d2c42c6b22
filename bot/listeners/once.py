"""The way of every delivery: onto the desk, where it is worked on once."""

from collections.abc import Awaitable, Callable

from bot.desk import Desk
from bot.front import Front
from bot.request import Origin
from bot.seen import Seen
from shared.errors import OpsError


def take(
    origin: Origin,
    front: Front,
    desk: Desk,
    seen: Seen,
    work: Callable[[], Awaitable[None]],
    *,
    awaited: bool = True,
) -> None:
    """Begin the work unless this delivery was taken before; returns at once.

    Somebody typed or pressed what is `awaited`.
    """

    async def once() -> None:
        if await seen.is_new(origin.key):
            await work()

    async def apologise(error: OpsError) -> None:
        await front.apologise(origin, error)

    desk.take(f"{origin.by} of {origin.user}", once, apologise, awaited=awaited)
