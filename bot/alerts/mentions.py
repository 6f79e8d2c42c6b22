"""Whom a subscription mentions, as Slack takes it; nothing that was found can mention anybody."""

import re
import time
from collections.abc import Callable

from bot.delivery import Priority, SlackCalls
from bot.mrkdwn import line, user

_PERSON = re.compile(r"[UW][A-Z0-9]{4,20}", re.ASCII)
_GROUP = re.compile(r"S[A-Z0-9]{4,20}", re.ASCII)
_ALL = {"here": "<!here>", "channel": "<!channel>", "everyone": "<!everyone>"}
_MOST = 5
_KEPT_SECONDS = 600


class Mentions:
    """Looks up handles of user groups, and remembers them for a while."""

    def __init__(self, calls: SlackCalls, now: Callable[[], float] = time.monotonic) -> None:
        self._calls = calls
        self._now = now
        self._handles: dict[str, str] = {}
        self._asked = float("-inf")

    async def markup(self, written: str | None) -> str:
        """The mention as markup; a name that nobody has is only text.

        Raises SlackRefused or SlackUnreachable.
        """
        names = (written or "").replace(",", " ").split()[:_MOST]
        return " ".join([await self._one(name.strip("<>")) for name in names])

    async def _one(self, name: str) -> str:
        bare = name.removeprefix("!subteam^").removeprefix("@").partition("|")[0]
        if _PERSON.fullmatch(bare):
            return user(bare)
        if _GROUP.fullmatch(bare):
            return f"<!subteam^{bare}>"
        if bare.removeprefix("!") in _ALL:
            return _ALL[bare.removeprefix("!")]
        found = await self._group(bare.casefold())
        return f"<!subteam^{found}>" if found else line(f"@{bare}", 80)

    async def _group(self, handle: str) -> str | None:
        if self._now() - self._asked > _KEPT_SECONDS:
            found = await self._calls.call("usergroups.list", {}, Priority.ALERT)
            groups = found.get("usergroups") or ()
            self._handles = {str(each["handle"]).casefold(): str(each["id"]) for each in groups}
            self._asked = self._now()
        return self._handles.get(handle)
