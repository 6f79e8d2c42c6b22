"""The executions that this process follows: each under a lease, so that no other one does."""

import asyncio
import contextlib
import hashlib
import logging
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.live import rows
from bot.live.chapters import present_chapter
from bot.live.follower import Follower
from bot.live.rows import Watched
from bot.live.share import REPLICA, Share, names_of_replicas
from bot.live.shown import Shown
from bot.live.telling import Told
from bot.live.world import World
from shared.errors import OpsError
from shared.leases import Lease, LeaseLost, Leases, let_go
from shared.stream.tasks import stop
from shared.timeline import Picture

_log = logging.getLogger(__name__)

WATCH = "watch:"
_LONGEST_NAME = 300


def lease_name(execution_id: str) -> str:
    """The lease of whoever follows an execution; ids of any length fit."""
    name = WATCH + execution_id
    if len(name) <= _LONGEST_NAME:
        return name
    return WATCH + hashlib.sha256(execution_id.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Followed:
    follower: Follower
    task: asyncio.Task[None]


class Followers:
    """Takes its share of what is watched, and what nobody else follows."""

    def __init__(self, world: World, leases: Leases) -> None:
        self._world = world
        self._leases = leases
        self._followed: dict[str, _Followed] = {}
        self._held: dict[str, Lease] = {}
        self._presence: Lease | None = None
        self._left: frozenset[str] = frozenset()
        self._stored = 0
        self._group: asyncio.TaskGroup | None = None
        self._turn = asyncio.Lock()

    def picture(self, execution_id: str) -> Picture | None:
        """All that is known of an execution, when it is followed here."""
        followed = self._followed.get(execution_id)
        if followed is None or followed.follower.picture.status is None:
            return None
        return followed.follower.picture

    async def run(self) -> None:
        """Follow for ever; whoever stops us lets others go on at once."""
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                group.create_task(self._stay())
                await self._look_for_ever()
        finally:
            self._group = None
            await self._leave()

    async def attach(self, watched: Watched) -> None:
        """Show a stored watch, unless another process follows its execution and will show it."""
        async with self._turn:
            if self._group is None:
                # Nothing runs yet; what is stored will be resumed.
                return
            name = lease_name(watched.execution_id)
            if watched.execution_id not in self._held:
                lease = await self._leases.acquire(name)
                if lease is None:
                    return
                self._held[watched.execution_id] = lease
            await self._show(watched)

    async def detach(self, watched: Watched) -> None:
        """Show it there no more."""
        async with self._turn:
            followed = self._followed.get(watched.execution_id)
            if followed is not None:
                await followed.follower.remove(watched.id)
                if not followed.follower.watches:
                    await self._end(watched.execution_id)

    async def _look_for_ever(self) -> None:
        rhythm, failures = self._world.rhythm, 0
        while True:
            try:
                # What is to be shown here is attached at once, and nobody else asks for anything.
                wait = rhythm.take * (1 if await self._look() else 2)
                failures = 0
            except OpsError as error:
                failures += 1
                wait = min(self._world.backoff(failures), rhythm.sweep)
                _log.warning("what is watched could not be looked after: %s", error)
            except Exception:
                wait = rhythm.take
                _log.exception("looking after what is watched failed")
            await asyncio.sleep(wait)

    async def _look(self) -> bool:
        """Follow what is stored and nobody follows, and leave what is not stored any more.

        Whether anything is watched, or another process is at work.
        """
        async with self._turn:
            stored, owners = await self._read()
            wanted = list(dict.fromkeys(each.execution_id for each in stored))
            share = Share(len(wanted), len(names_of_replicas(owners)))
            self._stored = len(stored)
            await self._forget_others(stored)
            await self._take(wanted, owners, share)
            for watched in stored:
                if watched.execution_id in self._held:
                    await self._show(watched)
            await self._hand_over(share)
            return share.total > 0 or share.processes > 1

    async def _stay(self) -> None:
        """Renew what is held, for ever."""
        wait = self._leases.seconds / 3
        while True:
            await asyncio.sleep(wait)
            try:
                await self._renew()
                wait = self._leases.seconds / 3
            except OpsError as error:
                wait = self._leases.seconds / 10
                _log.warning("leases could not be renewed: %s", error)

    async def _renew(self) -> None:
        held, presence = dict(self._held), self._presence
        kept = await self._leases.renew([*held.values(), *([presence] if presence else [])])
        async with self._turn:
            if presence and presence.name not in kept:
                self._presence = None
            for execution_id, lease in held.items():
                if lease.name not in kept and self._held.get(execution_id) is lease:
                    _log.info("%s is followed by another process", execution_id)
                    await self._end(execution_id)

    async def _read(self) -> tuple[list[Watched], Mapping[str, str]]:
        """What is watched, and who has which lease."""
        if self._presence is None:
            self._presence = await self._leases.acquire(REPLICA + self._leases.owner)
        store = await self._world.database.store()
        async with store.reading() as connection:
            return await rows.all_live(connection), await self._leases.holders(connection)

    async def _take(self, wanted: Sequence[str], owners: Mapping[str, str], share: Share) -> None:
        """What is free: as much as is fair, and whatever was there at the last look already."""
        free = {
            lease_name(each): each
            for each in wanted
            if each not in self._held and lease_name(each) not in owners
        }
        fair = random.sample(sorted(free), min(share.room(len(self._held)), len(free)))
        chosen = {*fair, *(name for name, each in free.items() if each in self._left)}
        if chosen:
            taken = await self._leases.acquire_some(chosen, len(chosen))
            self._held |= {free[name]: lease for name, lease in taken.items()}
        self._left = frozenset(free.values()) - self._held.keys()

    async def _hand_over(self, share: Share) -> None:
        """Leave what is far too much to those who have less."""
        excess = share.excess(len(self._held))
        for execution_id in list(self._held)[len(self._held) - excess :]:
            _log.info("%s is left to another process", execution_id)
            await self._end(execution_id)

    async def _show(self, watched: Watched) -> None:
        followed = self._followed.get(watched.execution_id)
        follower = followed.follower if followed and not followed.follower.over else None
        shown = follower.find(watched.id) if follower else None
        if follower is not None and shown is not None:
            if shown.told.mode != watched.mode:
                shown.told.mode = watched.mode
                follower.add(shown)
            return
        made = await self._shown(watched.id)
        if made is not None:
            (follower or self._begin(watched)).add(made)

    async def _shown(self, watch_id: str) -> Shown | None:
        """What a watch was shown by now, if it is live: whoever had the lease may have gone on."""
        store = await self._world.database.store()
        async with store.reading() as connection:
            watched = await rows.get(connection, watch_id)
            if watched is None or not watched.live:
                return None
            keys = await rows.told_keys(connection, watched.id)
            chapter = await present_chapter(connection, watched)
        told = Told.of(watched.mode, self._world.rhythm, keys)
        return Shown(self._world, watched, told, chapter)

    def _begin(self, watched: Watched) -> Follower:
        assert self._group is not None
        guard = self._leases.guard(self._held[watched.execution_id])
        follower = Follower(self._world, guard, self._count, watched.execution_id, watched.workflow)
        task = self._group.create_task(self._keep(follower))
        self._followed[watched.execution_id] = _Followed(follower, task)
        return follower

    async def _keep(self, follower: Follower) -> None:
        """One execution that cannot be followed must not stop the others."""
        failures = 0
        with contextlib.suppress(LeaseLost):
            while not follower.over:
                try:
                    await follower.run()
                except LeaseLost:
                    raise
                except Exception:
                    failures += 1
                    _log.exception("following %s failed", follower.execution_id)
                    await asyncio.sleep(self._world.backoff(failures))
        async with self._turn:
            followed = self._followed.get(follower.execution_id)
            if followed is not None and followed.follower is follower:
                del self._followed[follower.execution_id]
                await self._release([follower.execution_id])

    async def _forget_others(self, stored: Sequence[Watched]) -> None:
        """Leave what was ended, here or by way of another process."""
        live = {watched.id for watched in stored}
        for execution_id, followed in tuple(self._followed.items()):
            if followed.follower.over:
                continue
            for watched in followed.follower.watches:
                if watched.id not in live:
                    await followed.follower.remove(watched.id)
            if not followed.follower.watches:
                await self._end(execution_id)
        wanted = {watched.execution_id for watched in stored}
        await self._release(self._held.keys() - self._followed.keys() - wanted)

    async def _end(self, execution_id: str) -> None:
        """Follow it here no more, and then let others do so."""
        followed = self._followed.pop(execution_id, None)
        if followed is not None:
            await followed.follower.stop_looking()
            await stop(followed.task)
        await self._release([execution_id])

    async def _release(self, execution_ids: Iterable[str]) -> None:
        held = [self._held.pop(each) for each in execution_ids if each in self._held]
        if held:
            await let_go(self._leases, held)

    async def _leave(self) -> None:
        self._followed.clear()
        held = [*self._held.values(), *([self._presence] if self._presence else [])]
        self._held.clear()
        self._presence = None
        if held:
            await let_go(self._leases, held)

    def _count(self) -> int:
        """How many cards live, also by way of other processes: they share Slack's limits."""
        here = sum(len(each.follower.watches) for each in self._followed.values())
        return max(here, self._stored)
