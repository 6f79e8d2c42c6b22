"""All that a bot can look at, for people in Slack and on the command line."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.doctor.slack_checks import slack_examinations
from bot.doctor.slack_look import SlackLook
from bot.settings import BotSettings
from bot.slack_app import SlackApp
from bot.transport.connected import Connected
from shared.api import WorkflowsApi
from shared.context import Clock, utc_now
from shared.doctor.check import Check, Examination
from shared.doctor.examinations import shared_examinations
from shared.doctor.examining import examine
from shared.doctor.lateness import sweep_bound

_KEPT = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Report:
    """What was found, and when."""

    at: datetime
    checks: Sequence[Check]


class Doctor:
    """Looks at everything, at most twice a minute however many ask."""

    def __init__(
        self,
        api: WorkflowsApi,
        app: SlackApp,
        settings: BotSettings,
        database_url: str,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._api = api
        self._app = app
        self._settings = settings
        self._database_url = database_url
        self._clock = clock
        self._turn = asyncio.Lock()
        self._kept: Report | None = None
        self.connected: Connected | None = None

    def examinations(self) -> Sequence[Examination]:
        """Everything, for one use."""
        slack = SlackLook(self._app, self._clock)
        return [
            *slack_examinations(slack, self._settings, self.connected),
            *shared_examinations(
                self._api,
                self._database_url,
                self._clock,
                sweep_bound(self._settings.sweep_seconds),
            ),
        ]

    async def report(self) -> Report:
        """What is found now, or was found a moment ago."""
        async with self._turn:
            if self._kept is None or self._clock() - self._kept.at > _KEPT:
                checks = await examine(self.examinations())
                self._kept = Report(self._clock(), checks)
            return self._kept
