"""Three whole bots on one PostgreSQL database, one of which dies while people watch executions."""

import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from bot.parts import Parts
from bot.serve import running
from bot.settings import BotSettings
from bot.slack_app import SlackApp
from sandbox.slack.local import LocalSlack
from sandbox.slack.model import Message
from shared.api import open_api
from shared.database import database_url
from shared.leases import Leases
from tests.bot.gate import gate_to
from tests.bot.live_stage import Line, labels, title
from tests.bot.stage import PATIENCE_SECONDS, installed_app, people_of_acme
from tests.bot.stores import postgres
from tests.postgres import Postgres
from tests.slack.workspace import Person, local_slack, until

__all__ = ["postgres"]

# However two bots share those that wait, it is too much for one as soon as there are three.
QUESTIONS, SYNCS = 2, 7
WAITING = QUESTIONS + SYNCS
STARTED = (
    *("expense-approval amount=480" for _ in range(QUESTIONS)),
    *("long-sync seconds=3600" for _ in range(SYNCS)),
    "document-processing pages=4",
    "failing-report",
)
ENDS = ("✅ document", *QUESTIONS * ["✅ expense"], "❌ failing", *SYNCS * ["🛑 long"])
# However slow the machine is, those that live are not taken to be gone.
LIVING = people_of_acme(takeover_seconds=120.0)


@dataclass(frozen=True, slots=True)
class Company:
    """A workspace, an API, and the lines to it of bots that live and of one that dies."""

    slack: LocalSlack
    app: SlackApp
    api_url: str
    line: Line
    dying_line: Line

    @contextlib.asynccontextmanager
    async def bot(self, url: str) -> AsyncIterator[Parts]:
        """One of its bots that live."""
        async with self._bot(url, self.line, LIVING) as parts:
            yield parts

    @contextlib.asynccontextmanager
    async def dying_bot(self, url: str) -> AsyncIterator[Parts]:
        """One that is soon missed when it is gone."""
        async with self._bot(url, self.dying_line, people_of_acme()) as parts:
            yield parts

    @contextlib.asynccontextmanager
    async def _bot(self, url: str, line: Line, settings: BotSettings) -> AsyncIterator[Parts]:
        async with (
            open_api(self.api_url, None, transport=line) as api,
            running(api, self.app, settings, database_url(url, Path())) as parts,
        ):
            yield parts

    def posted(self) -> list[Message]:
        """All that bots posted where everybody sees it."""
        found = self.slack.workspace.channel_named("ops").messages
        return [each for each in found if each.app_id and not each.to]

    def cards(self) -> list[Message]:
        """What stands in the channel itself."""
        return [each for each in self.posted() if each.thread_ts is None and title(each)]

    def questions(self) -> list[Message]:
        """What waits for an answer."""
        return [each for each in self.posted() if "Approve" in labels(each)]


@pytest.fixture
async def company(sandbox_url: str) -> AsyncIterator[Company]:
    async with local_slack() as slack:
        line, dying_line = Line(), Line()
        dying_line.young = line.young
        yield Company(slack, await installed_app(slack), sandbox_url, line, dying_line)


async def test_what_people_watch_is_shared_and_a_bot_that_dies_is_not_missed(
    company: Company, postgres: Postgres
) -> None:
    url = postgres.new_database()
    ids = [f"replicas-{uuid4().hex[:10]}" for _ in STARTED]
    async with contextlib.AsyncExitStack() as stack:
        gate = await stack.enter_async_context(gate_to(postgres))
        parts = [await stack.enter_async_context(company.bot(url)) for _ in range(2)]
        dying = contextlib.AsyncExitStack()
        await dying.enter_async_context(company.dying_bot(gate.url(url)))
        ana = await stack.enter_async_context(Person(company.slack.workspace.base_url, "ana"))
        # Some end by themselves, but not before they are followed.
        company.line.young.update(ids[WAITING:])
        for execution_id, started in zip(ids, STARTED, strict=True):
            await ana.command("ops", f"/workflows start {started} execution_id={execution_id}")

        async def streamed() -> set[str]:
            return {*company.line.most, *company.dying_line.most}

        await until(streamed, lambda found: found == {*ids}, deadline=120)
        company.line.young.clear()

        async def owners() -> dict[str, str]:
            return await followed(parts[0])

        def are_shared(found: dict[str, str]) -> bool:
            waiting = set(ids[:WAITING])
            return waiting <= found.keys() and len({found[each] for each in waiting}) == 3

        await until(owners, are_shared, deadline=120)
        gate.cut()
        await dying.aclose()

        async def asked() -> list[Message]:
            return company.questions()

        for message in await until(asked, lambda found: len(found) == QUESTIONS, deadline=120):
            place = {"channel": company.slack.workspace.channel_named("ops").id, "ts": message.ts}
            await ana.click({**place, "blocks": message.blocks}, "Approve")
        for execution_id in ids[QUESTIONS:WAITING]:
            await parts[0].api.terminate_execution(execution_id)

        async def ends() -> list[str]:
            return sorted(title(each) for each in company.cards())

        def are_over(titles: list[str]) -> bool:
            return all(map(str.startswith, titles, sorted(ENDS))) and len(titles) == len(ENDS)

        await until(ends, are_over, deadline=120)

        async def on_its_way() -> int:
            depth = await parts[0].outbox.depth()
            return sum(depth.values())

        await until(on_its_way, lambda found: not found, deadline=PATIENCE_SECONDS)
        # What a card shows last is shown before its lease is left.
        await until(owners, lambda found: not found, deadline=PATIENCE_SECONDS)
        assert await parts[0].live.watches() == []

    keys = Counter(
        str(each.metadata["event_payload"]) for each in company.posted() if each.metadata
    )
    assert set(keys.values()) == {1}
    assert await streamed() == {*ids}
    for line in (company.line, company.dying_line):
        assert set(line.most.values()) == {1}
    told = Counter(text for each in company.posted() for text in ends_told(each))
    assert len(told) == len(ids)
    assert set(told.values()) == {1}


def ends_told(message: Message) -> list[str]:
    """The lines of a thread that tell how its execution ended."""
    words = ("completed after", "failed after", "was terminated")
    lines = str(message.blocks).split("\\n")
    return [line for line in lines if message.thread_ts and any(each in line for each in words)]


async def followed(parts: Parts) -> dict[str, str]:
    """Who follows which execution."""
    async with (await parts.database.store()).reading() as connection:
        found = await Leases(parts.database).holders(connection)
    return {
        name.removeprefix("watch:"): owner
        for name, owner in found.items()
        if name.startswith("watch:")
    }
