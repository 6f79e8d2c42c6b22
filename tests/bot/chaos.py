"""Executions that people start, answer and cancel while their bot is killed again and again."""

import asyncio
import contextlib
import random
import sqlite3
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

from sandbox.slack.limits import Limits as SlackLimits
from sandbox.slack.limits import Tier
from sandbox.slack.local import LocalSlack
from sandbox.slack.model import Channel, Message
from shared.api import WorkflowsApi, open_api
from shared.models import is_terminal
from tests.bot.bot_process import BotProcess, bot_process
from tests.bot.live_stage import labels, title
from tests.bot.stage import installed_app
from tests.slack.workspace import Person, Refused, local_slack, until

KINDS = (
    ("document-processing", "pages=60"),
    ("expense-approval", "amount=480"),
    ("order-batch", "orders=4"),
    ("long-sync", "seconds=3600"),
    ("flaky-import", "records=5"),
    ("failing-report", ""),
)
_LONGEST_PAUSE = 1.5
_LOOK_SECONDS = 0.4


class Limits(SlackLimits):
    """Slack's limits but one: it lets an app connect once a minute, and ours restarts more."""

    def call(self, app_id: str, method: str, tier: Tier) -> None:
        """Count a call; raises `RateLimited`."""
        if method != "apps.connections.open":
            super().call(app_id, method, tier)


@dataclass(frozen=True, slots=True)
class Followed:
    """An execution, and where people watch it."""

    execution_id: str
    workflow: str
    channel: Channel


@dataclass
class Chaos:
    """A workspace, a bot that is killed, and people who do not give up."""

    slack: LocalSlack
    bot: BotProcess
    api: WorkflowsApi
    ana: Person
    database: Path
    dice: random.Random
    channels: list[Channel]
    followed: list[Followed] = field(default_factory=list)

    async def run(self, number: int, kills: int, patience: float = 240) -> None:
        """Start so many executions, kill the bot so often meanwhile, and wait for the end."""
        shares = [number * each // kills for each in range(kills + 1)]
        async with asyncio.TaskGroup() as group:
            for first, last in pairwise(shares):
                await self._start(range(first, last))
                for each in self.followed[first:last]:
                    self._attend(group, each)
                await self.kill_at_random()
        await until(self.is_over, deadline=patience)

    async def kill_at_random(self) -> None:
        """kill -9, and a new bot."""
        await asyncio.sleep(self.dice.uniform(0, _LONGEST_PAUSE))
        await self.bot.kill()
        await self.bot.start()

    async def start(self, workflow: str, given: str, channel: Channel) -> Followed:
        """Type the command of a start, until the bot has noted whom to watch."""
        execution_id = f"chaos-{workflow}-{uuid4().hex[:10]}"
        await self.ana.command(
            channel.name, f"/workflows start {workflow} {given} execution_id={execution_id}"
        )
        await until(lambda: self._is_noted(execution_id), deadline=120)
        started = Followed(execution_id, workflow, channel)
        self.followed.append(started)
        return started

    def cards(self, followed: Followed) -> list[Message]:
        """The messages in the channel itself that are cards of an execution."""
        return [
            each
            for each in followed.channel.messages
            if each.app_id and each.thread_ts is None and not each.to
            if followed.execution_id in str(each.blocks) and title(each)
        ]

    def thread(self, followed: Followed) -> list[Message]:
        """The replies of the app below the first of them."""
        first = self.cards(followed)[:1]
        return [
            each
            for each in followed.channel.messages
            if first and each.app_id and each.thread_ts == first[0].ts and each.to is None
        ]

    def duplicates(self) -> int:
        """Messages beside the first of those that are the same to the bot."""
        keys = [
            each.metadata["event_payload"]["key"]
            for channel in self.slack.workspace.channels.values()
            for each in channel.messages
            if each.app_id and each.metadata
        ]
        return len(keys) - len(set(keys))

    def read(self, query: str, *given: str) -> list[Any]:
        """Ask the database of the bot."""
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(query, given).fetchall()

    async def press(self, followed: Followed, message: Message, label: str) -> None:
        """Press a button, if there is a bot to hear of it."""
        place = {"channel": followed.channel.id, "ts": message.ts}
        with contextlib.suppress(Refused):
            await self.ana.click({**place, "blocks": message.blocks}, label)

    async def attend(self, followed: Followed) -> None:
        """Answer and cancel as often as it takes."""
        while not await self._has_ended(followed):
            await asyncio.sleep(_LOOK_SECONDS)
            for message, label in tuple(self._buttons(followed)):
                await self.press(followed, message, label)

    def _attend(self, group: asyncio.TaskGroup, followed: Followed) -> None:
        group.create_task(self.attend(followed))

    def _buttons(self, followed: Followed) -> Iterable[tuple[Message, str]]:
        if followed.workflow == "long-sync":
            cards = self.cards(followed)
            return [(each, "Cancel…") for each in cards if "Cancel…" in labels(each)]
        return [(each, "Approve") for each in self.thread(followed) if "Approve" in labels(each)]

    async def _start(self, numbers: range) -> None:
        for number in numbers:
            workflow, given = KINDS[number % len(KINDS)]
            await self.start(workflow, given, self.channels[number % len(self.channels)])

    async def _has_ended(self, followed: Followed) -> bool:
        return is_terminal((await self.api.get_execution(followed.execution_id)).status)

    async def _is_noted(self, execution_id: str) -> bool:
        return bool(self.read("SELECT 1 FROM watches WHERE execution_id = ?", execution_id))

    async def is_over(self) -> bool:
        """Nothing is on its way, followed or asked any more."""
        asked = "SELECT 1 FROM questions WHERE state IN ('open', 'answering')"
        live = "SELECT 1 FROM watches WHERE state = 'live'"
        unsent = "SELECT 1 FROM outbox WHERE state NOT IN ('sent', 'dead')"
        # An answer ends the watch and the end of a watch is told: each is read before its effect.
        return not any(map(self.read, (asked, live, unsent)))


@contextlib.asynccontextmanager
async def chaos(
    api_url: str, folder: Path, *, seed: int, channels: int = 4
) -> AsyncIterator[Chaos]:
    """Everything up; the workspace keeps Slack's limits of calls and posts."""
    database = folder / "ops.db"
    async with contextlib.AsyncExitStack() as stack:
        slack = await stack.enter_async_context(local_slack())
        slack.limits = Limits(slack.workspace.clock)
        app = await installed_app(slack)
        bot = await stack.enter_async_context(
            bot_process(app, api_url, f"sqlite:///{database}", folder)
        )
        api = await stack.enter_async_context(open_api(api_url, None))
        ana = await stack.enter_async_context(Person(slack.workspace.base_url, "ana"))
        rooms = [await _room(slack, ana, f"team-{number}") for number in range(channels)]
        yield Chaos(slack, bot, api, ana, database, random.Random(seed), rooms)


async def _room(slack: LocalSlack, ana: Person, name: str) -> Channel:
    made = await ana.control.post("channels", create=name, user="ana")
    channel = slack.workspace.channels[made["channel"]]
    channel.members.add(next(iter(slack.workspace.apps.values())).user)
    return channel
