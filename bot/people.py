"""Who somebody in Slack is to us, and what they may do."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.delivery import Priority, SlackCalls, SlackRefused
from bot.settings import ANYONE, BotSettings
from shared.call import Actor, Effect
from shared.errors import NotAllowed
from shared.policy import Policy
from shared.text import one_line
from shared.timers import loop_time

_USER_SECONDS = 300
_GROUP_SECONDS = 60
_REFUSAL = (
    "You may not use {operation}: it needs the level {effect}, and you have {allow}. "
    "Whoever runs Workflow Ops can add you, or a user group of yours, to "
    "WORKFLOW_OPS_SLACK_WRITERS (write) or WORKFLOW_OPS_SLACK_ADMINS (destructive)."
)

_DOUBT = " User groups count for nothing at the moment: {error}"
_NO_BRACES = str.maketrans("{}", "()")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the workspace; `allow` is the highest effect they may have.

    `doubt` says why they may have a higher one that cannot be seen now; `zone` is the time zone
    that their clock shows.
    """

    id: str
    name: str
    allow: Effect
    doubt: str = ""
    zone: str | None = None

    @property
    def actor(self) -> Actor:
        """As the audit trail names them."""
        return Actor("slack", self.id, self.name)

    @property
    def policy(self) -> Policy:
        """As operations check them."""
        return Policy(self.allow, refusal=f"{_REFUSAL}{self.doubt}")


class People:
    """Looks people up, and remembers them for a few minutes."""

    def __init__(
        self,
        calls: SlackCalls,
        settings: BotSettings,
        now: Callable[[], float] = loop_time,
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
        allow, doubt = await self._allow(user_id)
        return Person(user_id, one_line(str(shown), 80), allow, doubt, user.get("tz") or None)

    async def _allow(self, user_id: str) -> tuple[Effect, str]:
        """What is certain, and a doubt where Slack does not tell who is in a user group."""
        doubt = ""
        for effect, names in (
            (Effect.DESTRUCTIVE, self._settings.admins),
            (Effect.WRITE, self._settings.writers),
        ):
            try:
                if await self._is_among(user_id, names):
                    return effect, doubt
            except SlackRefused as error:
                _log.warning("user groups count for nothing now: %s", error)
                doubt = _DOUBT.format(error=one_line(str(error).translate(_NO_BRACES), 300))
        return Effect.READ, doubt

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
