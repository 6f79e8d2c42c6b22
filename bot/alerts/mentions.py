"""Whom a subscription mentions, as Slack takes it; nothing that was found can mention anybody."""

import asyncio
import re
from collections.abc import Callable

from bot.delivery import Priority, SlackCalls, SlackRefused, SlackUnreachable
from bot.mrkdwn import line, user
from shared.timers import loop_time

_PERSON = re.compile(r"[UW][A-Z0-9]{4,20}", re.ASCII)
_GROUP = re.compile(r"S[A-Z0-9]{4,20}", re.ASCII)
_ALL = {"here": "<!here>", "channel": "<!channel>", "everyone": "<!everyone>"}
_MOST = 5
_KEPT_SECONDS = 600
_PATIENCE_SECONDS = 5
_LIST = "usergroups.list"


class Mentions:
    """Looks up handles of user groups, and remembers them for a while."""

    def __init__(self, calls: SlackCalls, now: Callable[[], float] = loop_time) -> None:
        self._calls = calls
        self._now = now
        self._handles: dict[str, str] = {}
        self._asked = float("-inf")

    async def markup(self, written: str | None) -> str:
        """The mention as markup; a name that nobody has is only text.

        Raises SlackRefused or SlackUnreachable.
        """
        return " ".join(
            [await self._known(name) or line(f"@{name}", 80) for name in _names(written)]
        )

    async def strangers(self, written: str | None) -> list[str]:
        """The names that nobody has, and no group; raises SlackRefused or SlackUnreachable."""
        return [name for name in _names(written) if await self._known(name) is None]

    async def _known(self, name: str) -> str | None:
        if _PERSON.fullmatch(name):
            return user(name)
        if _GROUP.fullmatch(name):
            return f"<!subteam^{name}>"
        if name.removeprefix("!") in _ALL:
            return _ALL[name.removeprefix("!")]
        found = await self._group(name.casefold())
        return f"<!subteam^{found}>" if found else None

    async def _group(self, handle: str) -> str | None:
        if self._now() - self._asked > _KEPT_SECONDS:
            try:
                await self._ask()
            except (SlackRefused, SlackUnreachable):
                # Who was meant an hour ago is better than an alert that waits.
                if handle not in self._handles:
                    raise
        return self._handles.get(handle)

    async def _ask(self) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                found = await self._calls.call(_LIST, {}, Priority.ALERT)
        except TimeoutError:
            slow = f"no answer in {_PATIENCE_SECONDS} s"
            raise SlackUnreachable(_LIST, slow, maybe_done=False) from None
        groups = found.get("usergroups") or ()
        self._handles = {str(each["handle"]).casefold(): str(each["id"]) for each in groups}
        self._asked = self._now()


def _names(written: str | None) -> list[str]:
    """What was written, without the markup around it."""
    words = [each.strip("<>") for each in (written or "").replace(",", " ").split()[:_MOST]]
    return [each.removeprefix("!subteam^").removeprefix("@").partition("|")[0] for each in words]
