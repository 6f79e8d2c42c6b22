"""An outbox, a sender and a strict workspace that it posts to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery import Dead, Outbox, Pacing, Priority, Sender, SlackCalls, Timing
from bot.message import File, Message
from sandbox.slack.local import LocalSlack
from sandbox.slack.model import App, Channel
from sandbox.slack.model import Message as Shown
from shared.context import Clock, utc_now
from shared.database import Database, database_url
from tests.slack.workspace import MANIFEST, local_slack

QUICK = Timing(held=2.0, poll=0.05, settling=0.2, sharing=0.5, blind=0.1, probe=0.2, trouble=0.05)


@dataclass
class World:
    """Everything from a put to what people see."""

    slack: LocalSlack
    app: App
    outbox: Outbox
    calls: SlackCalls
    dead: list[Dead] = field(default_factory=list)

    def channel(self, name: str) -> Channel:
        return self.slack.workspace.channel_named(name)

    def shown(self, name: str = "ops") -> list[Shown]:
        """The messages of the app that people see in a channel, its threads included."""
        return [
            message
            for message in self.channel(name).messages
            if message.app_id == self.app.id and message.to is None
        ]

    def texts(self, name: str = "ops") -> list[str]:
        return [message.text for message in self.shown(name)]

    def calls_of(self, method: str) -> list[Any]:
        return self.slack.calls.of(method)

    async def put(
        self,
        key: str,
        message: Message | str,
        *,
        channel: str = "ops",
        thread_key: str | None = None,
        priority: Priority = Priority.ALERT,
    ) -> None:
        wanted = Message(message) if isinstance(message, str) else message
        async with (await self.outbox.database.store()).writing() as connection:
            await self.outbox.put(
                connection,
                key,
                self.channel(channel).id,
                wanted,
                thread_key=thread_key,
                priority=priority,
            )
        self.outbox.wake()

    async def put_file(
        self, key: str, file: File, thread_key: str | None, comment: str = ""
    ) -> None:
        async with (await self.outbox.database.store()).writing() as connection:
            channel = self.channel("ops").id
            await self.outbox.put_file(
                connection, key, channel, file, thread_key=thread_key, comment=comment
            )
        self.outbox.wake()

    def sender(self, timing: Timing = QUICK) -> Sender:
        return Sender(self.outbox, self.calls, on_dead=self._died, timing=timing)

    @contextlib.asynccontextmanager
    async def sending(self, timing: Timing = QUICK) -> AsyncIterator[Sender]:
        """A sender runs until the end of the block."""
        sender = self.sender(timing)
        async with running(sender.run):
            yield sender

    async def settled(self) -> None:
        """Nothing is on its way any more."""
        await until(self._is_settled)

    async def until_shown(self, number: int) -> list[Shown]:
        """So many messages are there; Slack shows a file a moment after it said yes."""

        async def are_there() -> bool:
            return len(self.shown()) >= number

        await until(are_there)
        return self.shown()

    async def _is_settled(self) -> bool:
        depth = await self.outbox.depth()
        return all(state == "dead" for state in depth)

    async def _died(self, dead: Dead) -> None:
        self.dead.append(dead)


@contextlib.asynccontextmanager
async def world(url: str, slack: LocalSlack | None = None) -> AsyncIterator[World]:
    """A workspace with the app in #ops and #general, and a database."""
    async with local_slack(slack) as running_slack, connected(url, running_slack) as made:
        # Its own pace would make these tests slow; those of the pace have it.
        running_slack.limits.enabled = False
        yield made


@contextlib.asynccontextmanager
async def connected(
    url: str,
    slack: LocalSlack,
    clock: Clock = utc_now,
    pacing: Pacing | None = None,
    kind: type[Database] = Database,
) -> AsyncIterator[World]:
    app = slack.workspace.install(MANIFEST)
    for name in ("ops", "general"):
        slack.workspace.channel_named(name).members.add(app.user)
    client = AsyncWebClient(app.bot_token, base_url=f"{slack.workspace.base_url}/api/")
    database = kind(database_url(url, Path()))
    try:
        yield World(
            slack, app, Outbox(database, clock), SlackCalls(client, pacing or Pacing(scale=50))
        )
    finally:
        await database.aclose()


@contextlib.asynccontextmanager
async def running(work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """The work goes on beside the block; when it fails, so does the test."""
    task = asyncio.ensure_future(work())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(good: Callable[[], Awaitable[bool]], seconds: float = 90) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(seconds):
        while not await good():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
