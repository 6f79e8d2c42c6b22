"""Several bots on one database, killed at random, while everything around them misbehaves."""

import asyncio
import contextlib
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg

from sandbox.slack.faults import Fault
from sandbox.slack.local import LocalSlack
from sandbox.slack.model import Channel, Message
from tests.alerts.runs_server import RunsServer, runs_server
from tests.bot.bot_process import BotProcess
from tests.bot.chaos import Limits
from tests.bot.stage import installed_app
from tests.slack.workspace import Person, local_slack, until

FATES = (
    ("COMPLETED", "", 10),
    ("FAILED", "rate limit of {id} reached after {number} ms", 5),
    ("FAILED", "cannot open s3://bucket/{id}/page-{number}.pdf", 3),
    ("TIMED_OUT", "", 1),
    ("TERMINATED", "", 1),
    ("CANCELED", "", 1),
)
WANTED = ("FAILED", "TIMED_OUT", "TERMINATED")
_SLACK_FAULTS = ("reset_before", "reset_after", "error_500", "slow", "ratelimited")


@dataclass
class Replicas:
    """A workspace, an API, a database, and the bots between them."""

    slack: LocalSlack
    server: RunsServer
    database_url: str
    bots: list[BotProcess]
    ana: Person
    dice: random.Random
    facts: set[tuple[str, str]] = field(default_factory=set)

    @property
    def kills(self) -> int:
        """How often a bot was killed."""
        return sum(bot.kills for bot in self.bots)

    async def subscribe(self, words: str, channel: str = "ops") -> None:
        """Type it, until it is there."""
        before = len(self.read("SELECT 1 FROM subscriptions"))
        await self.ana.command(channel, f"/workflows alerts subscribe {words}")

        async def subscribed() -> bool:
            return len(self.read("SELECT 1 FROM subscriptions")) > before

        await until(subscribed, deadline=120)

    async def happen(self, number: int, seconds: float, workflows: int = 5) -> None:
        """So many executions end, spread over some time."""
        for each in range(number):
            run = self.server.start(f"invoice-{each % workflows}", ago=self.dice.uniform(1, 60))
            status, error, _ = self.dice.choices(FATES, [share for *_, share in FATES])[0]
            words = error.format(id=run.execution_id, number=self.dice.randrange(10**6))
            self.server.end(run, status, words)
            if status in WANTED:
                self.facts.add((run.execution_id, status.lower()))
            await asyncio.sleep(seconds / number)

    async def break_things(self, kills: int, pause: float) -> None:
        """Kill bots, and let Slack and the API misbehave, at random."""
        for _ in range(kills):
            await asyncio.sleep(self.dice.uniform(0, pause))
            self.server.trouble = self.dice.choice((0.0, 0.1, 0.4))
            kind: Any = self.dice.choice(_SLACK_FAULTS)
            method = self.dice.choice(("chat.postMessage", "chat.update"))
            self.slack.faults.add(Fault(kind, method=method, times=2, seconds=1.5))
            bot = self.dice.choice(self.bots)
            await bot.kill()
            await bot.start()
        self.server.trouble = 0.0
        self.slack.faults.clear()

    async def is_shown(self) -> bool:
        """Every fact was found and matched, and every message shows what it has to."""
        unmatched = "SELECT 1 FROM findings WHERE matched_at IS NULL LIMIT 1"
        unshown = "SELECT 1 FROM alert_groups WHERE version > shown_version LIMIT 1"
        unsent = "SELECT 1 FROM outbox WHERE state NOT IN ('sent', 'dead') LIMIT 1"
        if any(map(self.read, (unmatched, unshown, unsent))):
            return False
        return self.facts <= self.alerted()

    async def is_told(self) -> bool:
        """The threads say everything, too; what happened once stands in its message alone."""
        untold = (
            "SELECT 1 FROM alert_occurrences JOIN alert_groups ON id = group_id "
            "WHERE NOT told AND count > 1 LIMIT 1"
        )
        return not self.read(untold) and await self.is_shown()

    def alerted(self) -> set[tuple[str, str]]:
        """The executions that some group counts, and how each ended."""
        rows = self.read(
            "SELECT findings.execution_id, findings.kind FROM alert_occurrences "
            "JOIN findings ON findings.key = alert_occurrences.finding_key"
        )
        return {(str(execution_id), str(kind)) for execution_id, kind in rows}

    def counted(self) -> int:
        """What the groups count together."""
        return int(self.read("SELECT coalesce(sum(count), 0) FROM alert_groups")[0][0])

    def read(self, query: str) -> list[Any]:
        """Ask the database of the bots."""
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query.encode()).fetchall()

    def posted(self) -> list[Message]:
        """Everything that the bots show in channels."""
        channels: list[Channel] = list(self.slack.workspace.channels.values())
        return [
            each
            for channel in channels
            for each in channel.messages
            if each.app_id and each.metadata and not each.to
        ]

    def duplicates(self) -> int:
        """Messages beside the first of those that are the same to the bots."""
        keys = Counter(_key(each) for each in self.posted())
        return sum(keys.values()) - len(keys)

    def disordered(self) -> int:
        """Replies that stand in their thread before one that was wanted earlier."""
        order = {key: seq for seq, key in self.read("SELECT seq, key FROM outbox")}
        threads: dict[str, list[int]] = defaultdict(list)
        for each in sorted(self.posted(), key=lambda message: float(message.ts)):
            if each.thread_ts and _key(each) in order:
                threads[each.thread_ts].append(order[_key(each)])
        return sum(
            later < earlier for seqs in threads.values() for earlier, later in pairwise(seqs)
        )


@contextlib.asynccontextmanager
async def replicas(
    database_url: str,
    folder: Path,
    *,
    number: int = 3,
    seed: int = 5,
    limits: bool = True,
    sweep_seconds: float = 0.5,
) -> AsyncIterator[Replicas]:
    """Everything up; the workspace keeps Slack's limits."""
    async with contextlib.AsyncExitStack() as stack:
        slack = await stack.enter_async_context(local_slack())
        slack.limits = Limits(slack.workspace.clock, enabled=limits)
        app = await installed_app(slack)
        server = await stack.enter_async_context(runs_server())
        bots = [
            BotProcess(app, server.url, database_url, folder / f"bot-{each}.log", sweep_seconds)
            for each in range(number)
        ]
        for bot in bots:
            await bot.start()
            stack.push_async_callback(bot.stop)
        ana = await stack.enter_async_context(Person(slack.workspace.base_url, "ana"))
        yield Replicas(slack, server, database_url, bots, ana, random.Random(seed))


def _key(message: Message) -> str:
    payload = (message.metadata or {}).get("event_payload") or {}
    return str(payload.get("key", message.ts))
