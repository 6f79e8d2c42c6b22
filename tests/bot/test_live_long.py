"""What tells very much, or for very long: a file at the end, and cards that follow one another."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, update

from bot.links import message_url
from sandbox.slack.model import Message
from shared.tables import outbox
from tests.bot.live_stage import QUICK, Bot, Line, Theatre, shown, theatre, title
from tests.slack.workspace import until

SHORT = replace(QUICK, most_lines=3)
# The last card waits for its links for so many looks: on a slow machine they are to take a while.
CHAPTERS = replace(QUICK, least_refresh=1.0)


class Unlisted(Line):
    """A line on which nobody can list the events so many times; nothing is repeated by the API."""

    def __init__(self, status: int, times: int = 10**6) -> None:
        super().__init__()
        self.status = status
        self.times = times

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Refuse some."""
        if self.times == 0 or not request.url.path.endswith("/events/list"):
            return await super().handle_async_request(request)
        self.times -= 1
        headers = {"retry-after": "600"}
        return httpx.Response(self.status, headers=headers, json={"message": "not now"})


@pytest.fixture
async def stage(sandbox_url: str, tmp_path: Path) -> AsyncGenerator[Theatre]:
    async with theatre(sandbox_url, tmp_path) as opened:
        yield opened


async def test_a_thread_that_told_some_of_it_in_numbers_gets_the_whole_history_at_its_end(
    stage: Theatre,
) -> None:
    async with stage.bot(rhythm=SHORT) as bot:
        execution_id = await stage.watched(bot, "document-processing", pages=4)
        await all_is_over(bot)

    [(name, text)] = await shared_files(stage)
    assert name == f"history-{execution_id}.txt"
    assert text.count("activity completed") == 5
    assert sum("extract_page" in line and "completed" in line for line in text.splitlines()) == 4
    assert "workflow completed" in text.splitlines()[-1]
    assert any(line.startswith("… ") for line in stage.lines())
    assert stage.thread()[-1].files


async def test_the_history_comes_once_when_the_bot_stopped_between_the_end_and_the_file(
    stage: Theatre,
) -> None:
    stage.line.hold("/events/list")
    async with stage.bot(rhythm=SHORT) as bot:
        execution_id = await stage.watched(bot, "document-processing", pages=4)
        await stage.titled("✅ document-processing · completed in")
        await stage.until(lambda: ends(stage))
        assert [each.execution_id for each in await bot.live.watches()] == [execution_id]
    assert files(stage) == []

    stage.line.release()
    for _ in range(2):
        async with stage.bot(rhythm=SHORT) as bot:
            await all_is_over(bot)
    assert len(await shared_files(stage)) == len(ends(stage)) == 1


async def test_a_history_comes_late_when_the_api_is_away_at_the_end(stage: Theatre) -> None:
    line = Unlisted(503, times=8)
    away = replace(stage, line=line)

    async with away.bot(rhythm=SHORT) as bot:
        execution_id = await away.watched(bot, "document-processing", pages=4)
        await all_is_over(bot)

    assert line.times == 0
    [(name, _)] = await shared_files(stage)
    assert name == f"history-{execution_id}.txt"
    assert told(stage, "could not be read") == []


async def test_a_history_that_cannot_be_read_is_told_and_the_watch_ends(stage: Theatre) -> None:
    refused = replace(stage, line=Unlisted(403))

    async with refused.bot(rhythm=SHORT) as bot:
        await refused.watched(bot, "document-processing", pages=4)
        await all_is_over(bot)

    assert told(stage, "The complete history could not be read")
    assert files(stage) == []


async def test_a_thread_that_told_every_line_gets_no_file(stage: Theatre) -> None:
    async with stage.bot() as bot:
        await stage.watched(bot, "document-processing", pages=1)
        await all_is_over(bot)

    assert len(ends(stage)) == 1
    assert files(stage) == []


async def test_what_happens_a_day_after_a_card_was_posted_comes_with_a_new_card(
    stage: Theatre,
) -> None:
    execution_id = await stage.sandbox.waiting()
    async with stage.bot(rhythm=CHAPTERS) as bot:
        await bot.live.watch(execution_id, stage.channel(), by=stage.user("ana"))
        first = await stage.titled("🟡 expense-approval · waiting")
        await stage.until(lambda: told(stage, "Manager approval"))
        await a_day_goes_by(bot)

    async with stage.bot(rhythm=CHAPTERS) as bot:
        await bot.api.terminate_execution(execution_id)
        await stage.until(lambda: len(stage.cards()) == 2 and "goes on" in title(first))
        second = stage.cards()[1]
        await stage.until(lambda: replies(stage, second))
        await all_is_over(bot)

        for each in (first, second):
            assert await bot.live.execution_at(stage.channel(), each.ts) == execution_id
    assert title(second).startswith("🛑 expense-approval · terminated in")
    assert url_of(stage, second) in shown(first)
    assert url_of(stage, first) in shown(second)
    assert "was terminated" in shown(replies(stage, second)[-1])
    assert not any("was terminated" in shown(each) for each in replies(stage, first))


async def test_an_old_card_stays_where_it_is_while_nothing_happens(stage: Theatre) -> None:
    execution_id = await stage.sandbox.waiting()
    async with stage.bot() as bot:
        await bot.live.watch(execution_id, stage.channel(), by=stage.user("ana"))
        await stage.titled("🟡 expense-approval · waiting")
        await stage.until(lambda: told(stage, "Manager approval"))
        await a_day_goes_by(bot)

    before = stage.line.streams
    async with stage.bot():
        await stage.until(lambda: stage.line.streams > before)
        stage.line.cut()
        await stage.until(lambda: "The stream is interrupted since" in shown(stage.cards()[0]))
        stage.line.mend()
        await stage.until(lambda: "The stream is interrupted" not in shown(stage.cards()[0]))

    assert len(stage.cards()) == 1


async def test_a_very_long_thread_goes_on_below_a_new_card_and_tells_everything_once(
    stage: Theatre,
) -> None:
    execution_id = await stage.sandbox.start("document-processing", pages=15)
    # However long we stand still, it is told of in the middle.
    stage.line.young.add(execution_id)

    async with stage.bot(rhythm=replace(CHAPTERS, lines_per_reply=4, card_replies=1)) as bot:
        await bot.live.watch(execution_id, stage.channel(), by=stage.user("ana"))
        await stage.until(lambda: told(stage, "extract_page"))
        stage.line.young.discard(execution_id)
        await all_is_over(bot)

    *earlier, last = stage.cards()
    assert earlier
    assert all("goes on" in title(each) for each in earlier)
    assert title(last).startswith("✅ document-processing · completed in")
    for before, after in zip(earlier, stage.cards()[1:], strict=True):
        assert url_of(stage, after) in shown(before)
    everything = [line for each in stage.cards() for line in lines(stage, each)]
    assert sum("✅ `extract_page`" in line for line in everything) == 15
    assert sum("completed after" in line for line in everything) == 1
    assert "completed after" in lines(stage, last)[-1]


async def all_is_over(bot: Bot) -> None:
    """Nothing is watched, and nothing is on its way to Slack any more."""

    async def over() -> bool:
        return await bot.live.watches() == [] and await bot.outbox.depth() == {}

    await until(over, deadline=240)


async def a_day_goes_by(bot: Bot) -> None:
    """The store remembers everything as a day older."""
    async with (await bot.database.store()).writing() as connection:
        for seq, at in (await connection.execute(select(outbox.c.seq, outbox.c.created_at))).all():
            older = update(outbox).where(outbox.c.seq == seq)
            await connection.execute(older.values(created_at=at - timedelta(hours=25)))


def files(stage: Theatre) -> list[tuple[str, str]]:
    """The names and texts of the files in the channel."""
    known = stage.slack.workspace.files
    found = [known[each] for message in everything_said(stage) for each in message.files]
    return [(each.name, (each.content or b"").decode()) for each in found]


async def shared_files(stage: Theatre) -> list[tuple[str, str]]:
    """Those files, when Slack shows them: a moment after it has taken them."""
    await stage.until(lambda: files(stage))
    return files(stage)


def everything_said(stage: Theatre) -> list[Message]:
    return [
        each
        for each in stage.slack.workspace.channel_named("ops").messages
        if each.app_id == stage.app.id
    ]


def replies(stage: Theatre, card: Message) -> list[Message]:
    return [each for each in everything_said(stage) if each.thread_ts == card.ts]


def lines(stage: Theatre, card: Message) -> list[str]:
    return [line for each in replies(stage, card) for line in shown(each).splitlines()]


def told(stage: Theatre, words: str) -> list[Message]:
    return [each for each in everything_said(stage) if each.thread_ts and words in shown(each)]


def ends(stage: Theatre) -> list[Message]:
    return told(stage, "completed after")


def url_of(stage: Theatre, message: Message) -> str:
    return message_url(stage.slack.workspace.base_url, stage.channel(), message.ts)
