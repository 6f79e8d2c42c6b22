"""Channels by the name that an assistant wrote: found once, and known by their id from then on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.delivery import Priority, SlackCalls, SlackRefused
from shared.errors import OpsError
from shared.timers import loop_time

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

    def __init__(self, calls: SlackCalls, now: Callable[[], float] = loop_time) -> None:
        self._calls = calls
        self._now = now
        self._known: dict[str, Channel] = {}
        self._asked = float("-inf")

    async def find(self, written: str) -> str:
        """The id of the channel with this name; raises NotThere, SlackRefused, SlackUnreachable."""
        found = await self.named(written)
        if not found.is_member:
            raise NotThere(f"The bot is not in #{found.name}: invite it there with /invite.")
        return found.id

    async def named(self, written: str) -> Channel:
        """The channel with this name, though the bot may not be in it; raises as `find` does."""
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
        return found

    async def name_of(self, channel_id: str) -> str | None:
        """How people write the channel; None for one without a name.

        Raises SlackRefused, SlackUnreachable.
        """
        asked = {"channel": channel_id}
        found = await self._calls.call("conversations.info", asked, Priority.REFRESH)
        channel = found["channel"]
        is_named = channel.get("is_channel") or channel.get("is_group")
        return f"#{_channel(channel).name}" if is_named and channel.get("name") else None

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
