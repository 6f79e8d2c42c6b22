"""Live cards: real executions, the real outbox, and what people see in the workspace."""

import asyncio
import signal
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from shared.errors import NotFound
from shared.models import is_terminal
from shared.operations.start import start_workflow
from tests.bot.live_stage import Theatre, labels, shown, theatre, title
from tests.mcp_server.faces import fresh
from tests.slack.workspace import until


@pytest.fixture
async def stage(sandbox_url: str, tmp_path: Path) -> AsyncGenerator[Theatre]:
    async with theatre(sandbox_url, tmp_path) as opened:
        yield opened


async def test_a_card_follows_an_execution_to_its_end_and_the_thread_tells(stage: Theatre) -> None:
    async with stage.bot() as bot:
        execution_id = await stage.watched(bot, "document-processing", pages=3)
        card = await stage.titled("✅ document-processing · completed in")
        await stage.until(lambda: any("completed after" in line for line in stage.lines()))
        await bot.settled()

        assert await bot.live.execution_at(stage.channel(), card.ts) == execution_id
        assert await bot.live.watches() == []
    assert f"<@{stage.user('ana')}>" in shown(card)
    assert labels(card) == ["Result", "Logs", "Trace", "Start again…"]
    assert sum("✅ `extract_page`" in line for line in stage.lines()) == 3
    assert sum("completed after" in line for line in stage.lines()) == 1


async def test_a_failure_is_told_with_its_reason(stage: Theatre) -> None:
    async with stage.bot() as bot:
        await stage.watched(bot, "failing-report")
        card = await stage.titled("❌ failing-report · failed in")
        await stage.until(lambda: any("failed after" in line for line in stage.lines()))

    assert "*Failed in* `render_report`" in shown(card)
    assert labels(card)[0] == "Diagnose"


async def test_an_end_without_any_event_is_noticed(stage: Theatre) -> None:
    execution_id = await stage.sandbox.start("long-sync", seconds=4_000)

    async with stage.bot() as bot:
        await bot.live.watch(execution_id, stage.channel(), by=stage.user("ana"))
        await stage.titled("⏳ long-sync · running")
        await bot.api.terminate_execution(execution_id)

        await stage.titled("🛑 long-sync · terminated in")
        await stage.until(lambda: any("was terminated" in line for line in stage.lines()))


async def test_two_channels_share_a_stream_and_each_has_one_card(stage: Theatre) -> None:
    execution_id = await stage.sandbox.waiting()

    async with stage.bot() as bot:
        ops, general = stage.channel("ops"), stage.channel("general")
        first = await bot.live.watch(execution_id, ops, by=stage.user("ana"))
        again = await bot.live.watch(execution_id, ops, by=stage.user("ben"), mode="state")
        other = await bot.live.watch(execution_id, general, by=stage.user("ben"))
        await stage.titled("🟡 expense-approval · waiting", "ops")
        await stage.titled("🟡 expense-approval · waiting", "general")

        assert (first.fresh, again.fresh, other.fresh) == (True, False, True)
        assert (again.id, again.mode) == (first.id, "state")
        assert len(await bot.live.watches()) == 2
        assert [each.id for each in await bot.live.watches(general)] == [other.id]
        assert stage.line.streams == 1


async def test_a_bot_that_was_killed_goes_on_in_the_same_card_and_tells_nothing_twice(
    stage: Theatre,
) -> None:
    execution_id = await stage.sandbox.start("document-processing", pages=40)
    async with stage.killable(execution_id, stage.channel(), stage.user("ana")) as process:
        await stage.until(lambda: stage.cards() and stage.thread())
        process.kill()
        assert await process.wait() == -signal.SIGKILL
    [before] = stage.cards()

    async with stage.bot() as bot:
        card = await stage.titled("completed in")
        await stage.until(lambda: any("completed after" in line for line in stage.lines()))
        await bot.settled()

    assert card.ts == before.ts
    assert sum("✅ `extract_page`" in line for line in stage.lines()) == 40
    assert sum("completed after" in line for line in stage.lines()) == 1


async def test_a_bot_that_was_down_at_the_end_shows_the_end_when_it_is_back(
    stage: Theatre,
) -> None:
    execution_id = await stage.sandbox.waiting()
    async with stage.bot() as bot:
        await bot.live.watch(execution_id, stage.channel(), by=stage.user("ana"))
        await stage.titled("waiting")
    async with stage.sandbox.api() as api:
        await api.terminate_execution(execution_id)

    async with stage.bot():
        await stage.titled("🛑 expense-approval · terminated")


async def test_an_end_is_told_once_and_last_when_the_stream_comes_long_after_the_state(
    stage: Theatre,
) -> None:
    async with stage.bot() as bot:
        execution_id = await stage.watched(bot, "document-processing", pages=1)
    await over(stage, execution_id)

    stage.line.slowness = 1.5
    async with stage.bot() as bot:
        await stage.titled("✅ document-processing · completed in")
        await stage.until(lambda: any("completed after" in line for line in stage.lines()))
        await stage.until(lambda: sum("✅" in line for line in stage.lines()) >= 3)
        await bot.settled()

    assert sum("completed after" in line for line in stage.lines()) == 1
    assert "steps" in stage.lines()[-1]


async def test_a_card_is_honest_about_an_interrupted_stream_and_goes_on(stage: Theatre) -> None:
    execution_id = await stage.sandbox.waiting()

    async with stage.bot() as bot:
        await bot.live.watch(execution_id, stage.channel(), by=stage.user("ana"))
        await stage.titled("waiting")
        stage.line.cut()
        await stage.until(lambda: "The stream is interrupted since" in shown(stage.cards()[0]))
        stage.line.mend()
        await stage.until(lambda: "The stream is interrupted" not in shown(stage.cards()[0]))
        await bot.api.terminate_execution(execution_id)

        await stage.titled("terminated")


async def test_an_execution_that_the_api_forgets_ends_its_watch(stage: Theatre) -> None:
    execution_id = await stage.sandbox.waiting()

    async with stage.bot() as bot:
        await bot.live.watch(execution_id, stage.channel(), by=stage.user("ana"))
        await stage.titled("waiting")
        stage.line.gone = True
        stage.line.cut()
        stage.line.mend()
        card = await stage.titled("gone")

        assert await bot.live.watches() == []
    assert labels(card) == []


async def test_an_execution_that_has_ended_gets_its_last_card_once(stage: Theatre) -> None:
    execution_id = await stage.sandbox.ended("document-processing", pages=2)

    async with stage.bot() as bot:
        first = await bot.live.watch(execution_id, stage.channel(), by=stage.user("ana"))
        again = await bot.live.watch(execution_id, stage.channel(), by=stage.user("ben"))
        card = await stage.titled("✅ document-processing · completed in")

        assert again.id == first.id
        assert (first.fresh, again.fresh) == (True, False)
        assert "`extract_page`" in shown(card)
        assert stage.thread() == []


async def test_a_card_that_is_not_watched_any_more_stands_still(stage: Theatre) -> None:
    execution_id = await stage.sandbox.waiting()

    async with stage.bot() as bot:
        watched = await bot.live.watch(execution_id, stage.channel(), by=stage.user("ana"))
        await stage.titled("waiting")
        stopped = await bot.live.unwatch(execution_id, stage.channel())
        card = await stage.until(
            lambda: [each for each in stage.cards() if "No longer watched" in shown(each)]
        )

        assert stopped is not None
        assert (stopped.id, stopped.live) == (watched.id, False)
        assert await bot.live.unwatch(execution_id, stage.channel()) is None
        assert labels(card[0]) == ["Status", "Logs", "Trace", "Watch again"]
        anew = await bot.live.watch(execution_id, stage.channel(), by=stage.user("ana"))
        assert anew.id != watched.id
        await stage.until(lambda: len(stage.cards()) == 2)


async def test_a_watch_in_a_channel_that_is_lost_ends(stage: Theatre) -> None:
    execution_id = await stage.sandbox.waiting()

    async with stage.bot() as bot:
        stage.slack.workspace.channel_named("ops").archived = True
        await bot.live.watch(execution_id, stage.channel(), by=stage.user("ana"))
        await bot.live.watch(execution_id, stage.channel("general"), by=stage.user("ana"))
        await stage.titled("waiting", "general")
        async with asyncio.timeout(30):
            while len(await bot.live.watches()) > 1:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

        [left] = await bot.live.watches()
        assert left.channel == stage.channel("general")


async def test_a_card_says_who_started_its_execution_and_who_else_watches_it(
    stage: Theatre,
) -> None:
    ana, ben = stage.user("ana"), stage.user("ben")

    async with stage.bot() as bot:
        given = {"workflow": "expense-approval", "execution_id": fresh("expense-approval")}
        started = await start_workflow.invoke(bot.person(ana), given)
        await bot.live.watch(started.execution_id, stage.channel("ops"), by=ana)
        await bot.live.watch(started.execution_id, stage.channel("general"), by=ben)
        hers = await stage.titled("🟡 expense-approval · waiting", "ops")
        his = await stage.titled("🟡 expense-approval · waiting", "general")

        assert f"*Started by* <@{ana}>" in shown(hers)
        assert "*Watched by*" not in shown(hers)
        assert f"*Started by* <@{ana}>" in shown(his)
        assert f"*Watched by* <@{ben}>" in shown(his)


async def test_a_card_of_what_nobody_started_here_says_who_watches_it(stage: Theatre) -> None:
    execution_id = await stage.sandbox.waiting()

    async with stage.bot() as bot:
        await bot.live.watch(execution_id, stage.channel(), by=stage.user("ana"))
        card = await stage.titled("waiting")

    assert f"*Watched by* <@{stage.user('ana')}>" in shown(card)
    assert "*Started by*" not in shown(card)


async def test_what_people_do_is_told_in_the_thread(stage: Theatre) -> None:
    execution_id = await stage.sandbox.waiting()

    async with stage.bot() as bot:
        await bot.live.watch(execution_id, stage.channel(), by=stage.user("ana"))
        await bot.live.tell(execution_id, "Ana asked it to stop")
        await stage.until(lambda: stage.cards() and "Ana asked it to stop" in stage.lines())


async def test_an_unknown_execution_is_not_watched(stage: Theatre) -> None:
    async with stage.bot() as bot:
        with pytest.raises(NotFound):
            await bot.live.watch("nobody-knows-me", stage.channel(), by=stage.user("ana"))
    assert [title(each) for each in stage.cards()] == []


async def over(stage: Theatre, execution_id: str) -> None:
    """The API says that it has ended."""
    async with stage.sandbox.api() as api:

        async def has_ended() -> bool:
            return is_terminal((await api.get_execution(execution_id)).status)

        await until(has_ended, deadline=120)
