"""The App Home of a person, published when they look and when they ask."""

import asyncio
import itertools
from collections import defaultdict
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from bot.delivery import Priority, SlackCalls
from bot.home import home_view, read_overview
from bot.visit import Visit
from shared.call import Effect

_reads = itertools.count(1)


@dataclass(slots=True)
class _Home:
    """What a person sees: `read` is the number of the read that it shows."""

    read: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


_homes: WeakKeyDictionary[SlackCalls, defaultdict[str, _Home]] = WeakKeyDictionary()


async def publish_home(visit: Visit) -> None:
    """Read the state of the workspace and show it, unless a later read is shown already."""
    mine = next(_reads)
    view = home_view(
        await read_overview(visit.context),
        name=visit.person.name,
        may_write=visit.person.policy.offers(Effect.WRITE),
        now=visit.parts.clock(),
    )
    home = _homes.setdefault(visit.parts.calls, defaultdict(_Home))[visit.person.id]
    async with home.turn:
        if home.read > mine:
            return
        await visit.parts.calls.call(
            "views.publish", {"user_id": visit.person.id, "view": view}, Priority.INTERACTIVE
        )
        home.read = mine
