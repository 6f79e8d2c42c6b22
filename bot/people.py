"""Who somebody in Slack is to us, and what they may do."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.delivery import Priority, SlackCalls
from bot.settings import ANYONE, BotSettings
from shared.call import Actor, Effect
from shared.errors import NotAllowed
from shared.policy import Policy
from shared.text import one_line

_USER_SECONDS = 300
_GROUP_SECONDS = 60
_REFUSAL = (
    "You may not use {operation}: it needs the level {effect}, and you have {allow}. "
    "Whoever runs Workflow Ops can add you, or a user group of yours, to "
    "WORKFLOW_OPS_SLACK_WRITERS (write) or WORKFLOW_OPS_SLACK_ADMINS (destructive)."
)


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the workspace; `allow` is the highest effect they may have."""

    id: str
    name: str
    allow: Effect

    @property
    def actor(self) -> Actor:
        """As the audit trail names them."""
        return Actor("slack", self.id, self.name)

    @property
    def policy(self) -> Policy:
        """As operations check them."""
        return Policy(self.allow, refusal=_REFUSAL)


class People:
    """Looks people up, and remembers them for a few minutes."""

    def __init__(
        self,
        calls: SlackCalls,
        settings: BotSettings,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._calls = calls
        self._settings = settings
        self._now = now
        self._users = _Remembered[Mapping[str, Any]](_USER_SECONDS, now)
        self._groups = _Remembered[frozenset[str]](_GROUP_SECONDS, now)

    async def person(self, user_id: str, team_id: str | None) -> Person:
        """The person behind an id; raises NotAllowed for guests and strangers."""
        user = await self._users.have(user_id, partial(self._user, user_id))
        _refuse_outsiders(user, team_id)
        shown = user.get("real_name") or user.get("name") or user_id
        return Person(user_id, one_line(str(shown), 80), await self._allow(user_id))

    async def _allow(self, user_id: str) -> Effect:
        if await self._is_among(user_id, self._settings.admins):
            return Effect.DESTRUCTIVE
        if await self._is_among(user_id, self._settings.writers):
            return Effect.WRITE
        return Effect.READ

    async def _is_among(self, user_id: str, names: frozenset[str]) -> bool:
        if ANYONE in names or user_id in names:
            return True
        for name in sorted(name for name in names if name.startswith(("S", "@"))):
            if user_id in await self._groups.have(name, partial(self._members, name)):
                return True
        return False

    async def _user(self, user_id: str) -> Mapping[str, Any]:
        found = await self._calls.call("users.info", {"user": user_id}, Priority.INTERACTIVE)
        user: Mapping[str, Any] = found["user"]
        return user

    async def _members(self, name: str) -> frozenset[str]:
        group_id = name if name.startswith("S") else await self._group_id(name.removeprefix("@"))
        if group_id is None:
            return frozenset()
        found = await self._calls.call(
            "usergroups.users.list", {"usergroup": group_id}, Priority.INTERACTIVE
        )
        return frozenset(found["users"])

    async def _group_id(self, handle: str) -> str | None:
        found = await self._calls.call("usergroups.list", {}, Priority.INTERACTIVE)
        return next((str(g["id"]) for g in found["usergroups"] if g.get("handle") == handle), None)


class _Remembered[T]:
    """Answers kept for a while; one question at a time for each name."""

    def __init__(self, seconds: float, now: Callable[[], float]) -> None:
        self._seconds = seconds
        self._now = now
        self._kept: dict[str, tuple[float, T]] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    async def have(self, name: str, ask: Callable[[], Awaitable[T]]) -> T:
        async with self._turns.setdefault(name, asyncio.Lock()):
            kept = self._kept.get(name)
            if kept is None or self._now() - kept[0] > self._seconds:
                kept = (self._now(), await ask())
                self._kept[name] = kept
            return kept[1]


def _refuse_outsiders(user: Mapping[str, Any], team_id: str | None) -> None:
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        raise NotAllowed("Guests cannot use Workflow Ops. Ask a member of this workspace.")
    foreign = team_id is not None and user.get("team_id") not in (None, team_id)
    if user.get("is_stranger") or foreign:
        raise NotAllowed(
            "People of other workspaces cannot use Workflow Ops. Ask somebody who works here."
        )
    if user.get("deleted") or user.get("is_bot"):
        raise NotAllowed("Workflow Ops answers to people of this workspace only.")
