"""What Slack says when the bot asks who it is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.delivery.exchange import answered
from bot.slack_app import SlackApp, web_client
from shared.context import Clock
from shared.doctor.once import Once


@dataclass(frozen=True, slots=True)
class WhoWeAre:
    """The answer of auth.test; header names are in lower case."""

    asked: datetime
    answered: datetime
    body: Mapping[str, Any]
    headers: Mapping[str, str]

    @property
    def scopes(self) -> frozenset[str] | None:
        """What the token may do; None where Slack does not tell."""
        told = self.headers.get("x-oauth-scopes")
        if told is None:
            return None
        return frozenset(each.strip() for each in told.split(",") if each.strip())


class SlackLook:
    """Calls to Slack of the doctor's own, out of the queue of all others; nothing is repeated."""

    def __init__(self, app: SlackApp, clock: Clock) -> None:
        self.app = app
        self.clock = clock
        self.who = Once(self._who)

    async def call(
        self, method: str, arguments: Mapping[str, Any], *, token: str | None = None
    ) -> tuple[Mapping[str, Any], Mapping[str, str]]:
        """Body and headers; raises SlackRefused or SlackUnreachable."""
        async with web_client(replace(self.app, bot_token=token or self.app.bot_token)) as client:
            answer = await answered(client, method, arguments)
        headers = {str(name).lower(): str(value) for name, value in answer.headers.items()}
        return (answer.data if isinstance(answer.data, dict) else {}), headers

    async def _who(self) -> WhoWeAre:
        asked = self.clock()
        body, headers = await self.call("auth.test", {})
        return WhoWeAre(asked, self.clock(), body, headers)
