"""Channels by the name that an assistant wrote: found once, and known by their id from then on."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.delivery import Priority, SlackCalls, SlackRefused
from shared.errors import OpsError

_KEPT_SECONDS = 60
_PAGE = 999
_MOST_PAGES = 50
_PUBLIC, _PRIVATE = "public_channel", "private_channel"


class NotThere(OpsError):
    """A channel in which nothing can be posted, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Channel:
    """What matters of a channel here."""

    id: str
    name: str
    is_member: bool
    is_archived: bool


class Channels:
    """The channels of the workspace as the bot sees them, read anew after a minute."""

    def __init__(self, calls: SlackCalls, now: Callable[[], float] = time.monotonic) -> None:
        self._calls = calls
        self._now = now
        self._known: dict[str, Channel] = {}
        self._asked = float("-inf")

    async def find(self, written: str) -> str:
        """The id of the channel with this name; raises NotThere, SlackRefused, SlackUnreachable."""
        name = written.removeprefix("#").casefold()
        if self._now() - self._asked > _KEPT_SECONDS:
            self._known = await self._listed()
            self._asked = self._now()
        found = self._known.get(name)
        if found is None:
            raise NotThere(
                f"There is no channel #{name}, or it is private and the bot is not in it: correct "
                "the name, or invite the bot there."
            )
        if found.is_archived:
            raise NotThere(f"The channel #{name} is archived. Choose another one.")
        if not found.is_member:
            raise NotThere(f"The bot is not in #{name}: invite it there with /invite.")
        return found.id

    async def _listed(self) -> dict[str, Channel]:
        try:
            return await self._every(f"{_PUBLIC},{_PRIVATE}")
        except SlackRefused as error:
            if error.needed != "groups:read":
                _explain(error)
                raise
        try:
            return await self._every(_PUBLIC)
        except SlackRefused as error:
            _explain(error)
            raise

    async def _every(self, types: str) -> dict[str, Channel]:
        asked: dict[str, Any] = {"types": types, "limit": _PAGE}
        found: dict[str, Channel] = {}
        for _ in range(_MOST_PAGES):
            page = await self._calls.call("conversations.list", asked, Priority.ALERT)
            for each in page.get("channels") or ():
                channel = _channel(each)
                # The name of an archived channel may have been given to a new one.
                if channel.name not in found or found[channel.name].is_archived:
                    found[channel.name] = channel
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
            asked["cursor"] = cursor
        return found


def _explain(error: SlackRefused) -> None:
    if error.error == "missing_scope":
        raise NotThere(
            "Channels cannot be looked up by name: the app lacks the scope "
            f"{error.needed or 'channels:read'}. Give the id of the channel instead of its name."
        ) from error


def _channel(found: dict[str, Any]) -> Channel:
    return Channel(
        id=str(found.get("id", "")),
        name=str(found.get("name", "")).casefold(),
        is_member=bool(found.get("is_member")),
        is_archived=bool(found.get("is_archived")),
    )
