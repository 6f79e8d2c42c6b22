"""The bot as users run it, a process that a test may kill."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.slack_app import SlackApp

# Some machines set it; it makes every process compile all modules again.
_SLOW_START = "PYTHONDONTWRITEBYTECODE"


@dataclass
class BotProcess:
    """One bot after another on the same database."""

    slack: SlackApp
    api_url: str
    database_url: str
    log: Path
    sweep_seconds: float = 0.5
    kills: int = 0
    _process: asyncio.subprocess.Process | None = field(default=None)

    @property
    def pid(self) -> int:
        """The number of the process that runs."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Return when it is ready."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot"),
                env=self._environment(),
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        assert self._process.stdout is not None
        ready = await self._process.stdout.readline()
        assert ready.startswith(b"ready"), self.log.read_text()

    async def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()
        self.kills += 1

    async def stop(self) -> None:
        """End it as an operator does."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()

    def _environment(self) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if name != _SLOW_START},
            "DATABASE_URL": self.database_url,
            "MISTRAL_SERVER_URL": self.api_url,
            "SLACK_API_URL": self.slack.api_url,
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token or "",
            "WORKFLOW_OPS_SWEEP_SECONDS": str(self.sweep_seconds),
            "WORKFLOW_OPS_SLACK_WRITERS": "*",
            "WORKFLOW_OPS_SLACK_ADMINS": "@oncall",
        }


@contextlib.asynccontextmanager
async def bot_process(
    slack: SlackApp, api_url: str, database_url: str, folder: Path
) -> AsyncIterator[BotProcess]:
    """A running bot, which is gone after the block."""
    bot = BotProcess(slack, api_url, database_url, folder / "bot.log")
    await bot.start()
    try:
        yield bot
    finally:
        await bot.stop()
