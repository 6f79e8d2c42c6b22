"""Every fault of Slack in turn, below real conversations: nothing is lost, nothing shown twice."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sandbox.slack.faults import Fault
from sandbox.slack.local import LocalSlack
from sandbox.slack.model import Json, Message
from tests.bot.live_stage import title
from tests.bot.stage import BotStage, bot_stage, seen, text_of
from tests.slack.workspace import Person, until

POST, UPDATE = "chat.postMessage", "chat.update"
PATIENCE = 120


type Conversation = Callable[[BotStage, Person], Awaitable[None]]


async def test_no_fault_of_a_call_loses_anything_or_shows_it_twice_uncounted(
    sandbox_url: str, tmp_path: Path
) -> None:
    faults = {
        "reset_before": [Fault("reset_before", method, times=2) for method in (POST, UPDATE)],
        "reset_after": [Fault("reset_after", method, times=2) for method in (POST, UPDATE)],
        "error_500": [Fault("error_500", method, times=2) for method in (POST, UPDATE)],
        "ratelimited": [Fault("ratelimited", method, times=3) for method in (POST, UPDATE)],
        "ratelimited_200": [Fault("ratelimited_200", method, times=2) for method in (POST, UPDATE)],
        "slow": [Fault("slow", method, times=3, seconds=1.5) for method in (POST, UPDATE)],
    }
    complete = {kind: partial(is_complete_under, each) for kind, each in faults.items()}
    cases: dict[str, Conversation] = {**complete, "nobody can look": is_repeated_and_counted}
    await side_by_side(sandbox_url, tmp_path, cases)


async def is_complete_under(faults: list[Fault], stage: BotStage, ana: Person) -> None:
    """A card and its thread tell everything, once."""
    for fault in faults:
        stage.slack.faults.add(fault)
    await ana.command("ops", "/workflows start document-processing pages=3")
    card = await seen(ana, "completed in")
    await seen(ana, "completed after", thread=card["ts"])
    await quiet(stage)
    assert len(cards(stage)) == 1
    assert lines(stage, "✅ `extract_page`") == 3
    assert lines(stage, "✅ `index_document`") == 1
    assert twice(stage) == []
    assert stage.parts.calls.counters.possible_duplicates == 0
    assert await stage.parts.outbox.dead() == []


async def is_repeated_and_counted(stage: BotStage, ana: Person) -> None:
    """Without the right to read the history a second copy is better than none."""
    bot = next(iter(stage.slack.workspace.apps.values()))
    bot.scopes.discard("channels:history")
    stage.slack.faults.add(Fault("reset_after", POST))
    await ana.command("ops", "/workflows start failing-report")
    await seen(ana, "failed in")
    await quiet(stage)
    counters = stage.parts.calls.counters
    assert len(twice(stage)) == counters.possible_duplicates == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault("duplicate_event", times=2),
        Fault("late_event", times=2, seconds=1),
        Fault("out_of_order"),
    ],
    ids=lambda fault: fault.kind,
)
async def test_events_that_come_twice_late_or_in_another_order_are_taken_once_each(
    stage: BotStage, ana: Person, fault: Fault
) -> None:
    stage.slack.faults.add(fault)
    await ana.say("ops", "@workflows start document-processing pages=1")
    await ana.say("ops", "@workflows start failing-report")
    await seen(ana, "completed in")
    await seen(ana, "failed in")
    await quiet(stage)
    assert len(cards(stage)) == 2
    assert twice(stage) == []


async def test_an_event_is_taken_once_when_the_socket_drops_in_the_middle_of_its_ack(
    stage: BotStage, ana: Person
) -> None:
    stage.slack.faults.add(Fault("drop_socket_in_ack"))
    await ana.say("ops", "@workflows start document-processing pages=1")
    await seen(ana, "completed in")
    stage.slack.workspace.clock.advance(90)  # Slack sends it again after a minute.
    await stage.slack.delivery.settled()
    await quiet(stage)
    assert len(cards(stage)) == 1


async def test_a_command_is_carried_out_once_when_its_ack_is_lost(
    stage: BotStage, ana: Person
) -> None:
    stage.slack.faults.add(Fault("drop_socket_in_ack"))
    answer = await ana.command("ops", "/workflows start document-processing pages=1")
    assert answer["error"] == "operation_timeout"
    await seen(ana, "completed in")
    await ana.command("ops", "/workflows whoami")
    await quiet(stage)
    assert len(cards(stage)) == 1


async def test_what_a_revoked_token_holds_up_is_shown_once_it_is_restored(
    stage: BotStage, ana: Person
) -> None:
    await ana.command("ops", "/workflows start long-sync seconds=3600 execution_id=" + LONG)
    await seen(ana, "long-sync · running")
    await ana.control.post("tokens", revoke=True)
    async with httpless(stage) as api:
        await api.terminate_execution(LONG)
    await until(lambda: held_up(stage), deadline=PATIENCE)
    await ana.control.post("tokens", restore=True)
    await seen(ana, "long-sync · terminated")
    await quiet(stage)
    assert len(cards(stage)) == 1
    assert await stage.parts.outbox.dead() == []


async def test_an_archived_channel_ends_its_own_watches_and_no_other(
    stage: BotStage, ana: Person
) -> None:
    await ana.control.post("channels", invite="general", user=stage.app.user)
    for channel in ("ops", "general"):
        await ana.command(channel, "/workflows start long-sync seconds=3600")
        await seen(ana, "long-sync · running", channel=channel)
    await ana.control.post("channels", archive="ops")
    card = await seen(ana, "long-sync · running", channel="general")
    for execution_id in [each.execution_id for each in await stage.parts.live.watches()]:
        await stage.parts.api.terminate_execution(execution_id)

    async def over() -> bool:
        return await stage.parts.live.watches() == []

    await seen(ana, "long-sync · terminated", channel="general")
    await until(over, deadline=PATIENCE)
    await seen(ana, "was terminated", channel="general", thread=card["ts"])

    async def given_up() -> set[str]:
        return {each.channel for each in await stage.parts.outbox.dead()}

    assert await until(given_up, deadline=PATIENCE) == {channel_id(stage, "ops")}


async def test_what_slack_does_not_know_is_shown_more_plainly(
    sandbox_url: str, tmp_path: Path
) -> None:
    kinds = ("header", "rich_text", "actions", "context")
    blocks = {kind: partial(is_shown_without, kind) for kind in kinds}
    cases: dict[str, Conversation] = {**blocks, "methods": is_answered_by_methods_it_knows}
    await side_by_side(sandbox_url, tmp_path, cases)


async def is_shown_without(block_type: str, stage: BotStage, ana: Person) -> None:
    """A card, where Slack refuses blocks of a type."""
    for method in (POST, UPDATE):
        stage.slack.faults.add(Fault("invalid_blocks", method, times=50, block_type=block_type))
    await ana.command("ops", "/workflows start failing-report")

    async def told() -> list[Message]:
        return [each for each in top(stage) if "failed after" in each.text]

    [card] = await until(told, deadline=PATIENCE)
    assert "failing-report" in text_of(card.blocks) + card.text
    await quiet(stage)
    assert len(top(stage)) == 1
    assert await stage.parts.outbox.dead() == []


async def is_answered_by_methods_it_knows(stage: BotStage, ana: Person) -> None:
    """A person is told what they asked, in another way."""
    for method in ("chat.postEphemeral", "views.publish"):
        stage.slack.faults.add(Fault("unknown_method", method, times=5))
    await ana.command("ops", "/workflows start document-processing pages=1")
    await seen(ana, "completed in")
    await ana.command("ops", "/workflows whoami")
    assert await seen(ana, "Ana")


async def side_by_side(sandbox_url: str, folder: Path, cases: Mapping[str, Conversation]) -> None:
    """Each below a bot and in a workspace of its own, since most of their time is waiting."""

    opening = asyncio.Lock()

    async def play(number: int, conversation: Conversation) -> None:
        async with contextlib.AsyncExitStack() as stack:
            # Alembic makes one database at a time in a process.
            async with opening:
                # A lost post is looked for at the time that it was sent by the bot's clock.
                opened = bot_stage(sandbox_url, folder / f"{number}.db", slack=LocalSlack())
                stage = await stack.enter_async_context(opened)
            ana = await stack.enter_async_context(stage.person("ana"))
            await conversation(stage, ana)

    played = (play(*numbered) for numbered in enumerate(cases.values()))
    results = await asyncio.gather(*played, return_exceptions=True)
    pairs = zip(cases, results, strict=True)
    failed = {name: error for name, error in pairs if isinstance(error, BaseException)}
    if failed:
        raise BaseExceptionGroup(", ".join(failed), list(failed.values()))


LONG = "long-sync-of-the-revoked-token"


def httpless(stage: BotStage) -> Any:
    """The API beside the bot."""
    from shared.api import open_api

    return open_api(stage.api_url, None)


async def held_up(stage: BotStage) -> bool:
    """Something waits for its turn, and its first attempt is over."""
    from sqlalchemy import select

    from shared.tables import outbox

    wanted = select(outbox.c.seq).where(
        outbox.c.state == "pending", outbox.c.error.contains("token_revoked")
    )
    async with (await stage.parts.database.store()).reading() as connection:
        return (await connection.execute(wanted)).first() is not None


async def quiet(stage: BotStage) -> None:
    """Nothing is on its way to Slack any more."""

    async def still() -> bool:
        depth = await stage.parts.outbox.depth()
        return all(state == "dead" for state in depth)

    await until(still, deadline=PATIENCE)


def channel_id(stage: BotStage, name: str) -> str:
    return stage.slack.workspace.channel_named(name).id


def messages(stage: BotStage) -> list[Message]:
    found = stage.slack.workspace.channel_named("ops").messages
    return [each for each in found if each.app_id == stage.app.id and each.to is None]


def top(stage: BotStage) -> list[Message]:
    return [each for each in messages(stage) if each.thread_ts is None]


def cards(stage: BotStage) -> list[Message]:
    return [each for each in top(stage) if title(each)]


def lines(stage: BotStage, words: str) -> int:
    return sum(text_of(each.blocks).count(words) for each in messages(stage) if each.thread_ts)


def twice(stage: BotStage) -> list[str]:
    """The keys of messages that are there more than once."""
    keys = [_key(each.metadata) for each in messages(stage) if each.metadata]
    return [key for key in set(keys) if keys.count(key) > 1]


def _key(metadata: Json) -> str:
    return str(metadata["event_payload"]["key"])
