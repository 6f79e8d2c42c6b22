"""The outbox and its sender against the strict workspace."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot import blocks
from bot.delivery import Outbox, Priority, State, Timing
from bot.message import File, Message
from sandbox.slack.faults import Fault
from shared.context import utc_now
from shared.tables import outbox
from tests.bot.deliveries import QUICK, World, running, until, world
from tests.postgres import Postgres, running_postgres


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """One server for the module."""
    with running_postgres() as server:
        yield server


@pytest.fixture
async def ops(tmp_path: Path) -> AsyncIterator[World]:
    """A world on SQLite."""
    async with world(f"sqlite:///{tmp_path / 'ops.db'}") as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
async def either(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """A world on each kind of database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'ops.db'}"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        url = server.new_database()
    async with world(url) as made:
        yield made


async def test_a_message_is_posted_once_and_then_changed(either: World) -> None:
    async with either.sending():
        await either.put("card", "first")
        await either.settled()
        await either.put("card", "second")
        await either.settled()

    assert either.texts() == ["second"]
    [message] = either.shown()
    assert message.metadata == {"event_type": "workflow_ops", "event_payload": {"key": "card"}}
    assert await either.outbox.ts("card") == message.ts
    assert await either.outbox.find(message.channel, message.ts) == "card"


async def test_equal_content_sends_nothing(ops: World) -> None:
    async with ops.sending():
        await ops.put("card", Message("same", (blocks.section("same"),)))
        await ops.settled()
        await ops.put("card", Message("same", (blocks.section("same"),)))
        await ops.settled()

    assert len(ops.calls_of("chat.postMessage")) == 1
    assert ops.calls_of("chat.update") == []


async def test_only_the_newest_of_many_versions_is_sent(ops: World) -> None:
    await ops.put("card", "0")
    async with ops.sending():
        await ops.settled()
    for number in range(1, 10):
        await ops.put("card", str(number), priority=Priority.TERMINAL)
    async with ops.sending():
        await ops.settled()

    assert ops.texts() == ["9"]
    assert len(ops.calls_of("chat.update")) == 1


async def test_going_back_to_what_is_shown_sends_nothing(ops: World) -> None:
    async with ops.sending():
        await ops.put("card", "shown")
        await ops.settled()
    await ops.put("card", "other")
    await ops.put("card", "shown")
    async with ops.sending():
        await ops.settled()

    assert ops.calls_of("chat.update") == []
    assert ops.calls.counters.unchanged == 1


async def test_replies_wait_for_their_first_message_and_keep_their_order(either: World) -> None:
    for number in range(5):
        priority = Priority.TAIL if number < 4 else Priority.TERMINAL
        await either.put(f"reply-{number}", str(number), thread_key="card", priority=priority)
        if number == 0:
            await either.put("card", "card", priority=Priority.TAIL)
    async with either.sending():
        await either.settled()

    shown = either.shown()
    assert [message.text for message in shown] == ["card", "0", "1", "2", "3", "4"]
    assert {message.thread_ts for message in shown[1:]} == {shown[0].ts}


async def test_an_urgent_message_overtakes_others(ops: World) -> None:
    for number in range(3):
        await ops.put(f"log-{number}", "log", priority=Priority.TAIL)
    await ops.put("question", "question", priority=Priority.QUESTION)
    async with ops.sending():
        await ops.settled()

    assert ops.texts()[0] == "question"


@pytest.mark.parametrize("kind", ["reset_before", "reset_after"])
async def test_a_lost_connection_shows_a_post_once(either: World, kind: Any) -> None:
    either.slack.faults.add(Fault(kind, method="chat.postMessage"))
    async with either.sending():
        await either.put("card", "card")
        await either.put("reply", "reply", thread_key="card")
        await either.settled()
        await either.put("card", "changed")
        await either.settled()

    assert either.texts() == ["changed", "reply"]
    assert either.calls.counters.ambiguous == 1
    assert either.calls.counters.found == (1 if kind == "reset_after" else 0)


async def test_a_lost_answer_to_a_reply_shows_it_once(ops: World) -> None:
    async with ops.sending():
        await ops.put("card", "card")
        await ops.settled()
        ops.slack.faults.add(Fault("reset_after", method="chat.postMessage"))
        await ops.put("reply", "reply", thread_key="card")
        await ops.put("next", "next", thread_key="card")
        await ops.settled()

    assert ops.texts() == ["card", "reply", "next"]


async def test_a_newer_version_of_a_post_in_doubt_is_shown_in_its_place(ops: World) -> None:
    hand = Hand(utc_now())
    ops = replace(ops, outbox=Outbox(ops.outbox.database, hand))
    ops.slack.faults.add(Fault("reset_after", method="chat.postMessage"))
    await ops.put("card", "old")
    async with ops.sending(replace(QUICK, settling=600)):
        await until(lambda: in_state(ops, State.AMBIGUOUS))
    await ops.put("card", "new")
    hand.pass_(600)
    async with ops.sending():
        await ops.settled()

    assert ops.texts() == ["new"]


async def test_without_the_right_to_look_a_post_in_doubt_is_repeated_once(ops: World) -> None:
    ops.app.scopes.discard("channels:history")
    ops.slack.faults.add(Fault("reset_after", method="chat.postMessage"))
    async with ops.sending():
        await ops.put("card", "card")
        await ops.settled()

    assert ops.texts() == ["card", "card"]
    assert ops.calls.counters.possible_duplicates == 1


async def test_without_the_right_to_look_doubt_ends(ops: World) -> None:
    ops.app.scopes.discard("channels:history")
    ops.slack.faults.add(Fault("reset_before", method="chat.postMessage", times=2))
    async with ops.sending():
        await ops.put("card", "card")
        await ops.settled()

    assert ops.texts() == []
    assert "cannot be looked up" in ops.dead[0].error


async def test_slack_asking_for_patience_loses_and_repeats_nothing(ops: World) -> None:
    for kind in ("ratelimited", "ratelimited_200"):
        ops.slack.faults.add(Fault(kind, method="chat.postMessage", times=2, retry_after=0))
    async with ops.sending():
        for number in range(4):
            await ops.put(f"line-{number}", str(number), priority=Priority.TERMINAL)
        await ops.settled()

    assert sorted(ops.texts()) == ["0", "1", "2", "3"]
    assert ops.calls.counters.limited == 4


async def test_what_slack_takes_long_over_stays_with_its_sender(either: World) -> None:
    impatient = Timing(held=0.9, poll=0.05, settling=0.1, blind=0.1, trouble=0.05)
    hand = Hand(utc_now())
    ops = replace(either, outbox=Outbox(either.outbox.database, hand))
    ops.slack.faults.add(Fault("slow", "chat.postMessage", seconds=3))
    ops.slack.workspace.clock.freeze()
    async with ops.sending(impatient), ops.sending(impatient):
        await ops.put("card", "first")
        await until(lambda: is_held_up(ops))
        for _ in range(5):
            before = await claimed_until(ops)
            hand.pass_(impatient.held / 2)
            await until(partial(is_held_after, ops, before))
        ops.slack.workspace.clock.advance(3)
        await ops.settled()
    assert ops.texts() == ["first"]
    assert len(ops.calls_of("chat.postMessage")) == 1
    assert ops.calls.counters.found == 0, "nobody took it over"


async def test_an_update_is_repeated_after_trouble(ops: World) -> None:
    async with ops.sending():
        await ops.put("card", "old")
        await ops.settled()
        for kind in ("error_500", "reset_after"):
            ops.slack.faults.add(Fault(kind, method="chat.update"))
        await ops.put("card", "new")
        await ops.settled()

    assert ops.texts() == ["new"]
    assert ops.calls.counters.ambiguous == 0


async def test_a_reply_to_a_dead_message_dies_and_says_why(either: World) -> None:
    either.channel("ops").archived = True
    async with either.sending():
        await either.put("card", "card")
        await either.put("reply", "reply", thread_key="card")
        await either.put("second", "second", thread_key="card")
        await either.settled()

    assert [dead.key for dead in either.dead] == ["card", "reply", "second"]
    assert all("is_archived" in dead.error for dead in either.dead)
    assert {dead.key for dead in await either.outbox.dead()} == {"card", "reply", "second"}


async def test_a_reply_to_nothing_dies(ops: World) -> None:
    async with ops.sending():
        await ops.put("reply", "reply", thread_key="unknown")
        await ops.settled()

    assert "not known" in ops.dead[0].error


async def test_a_message_that_somebody_deleted_is_left_alone(ops: World) -> None:
    async with ops.sending():
        await ops.put("card", "card")
        await ops.settled()
        ops.channel("ops").messages.clear()
        for number in range(3):
            await ops.put("card", f"version {number}")
            await ops.settled()

    assert ops.texts() == []
    assert [dead.key for dead in ops.dead] == ["card"]
    assert len(ops.calls_of("chat.update")) == 1


async def test_blocks_that_slack_does_not_know_are_shown_as_older_ones(ops: World) -> None:
    ops.slack.faults.add(Fault("invalid_blocks", block_type="table", times=9))
    table = blocks.table([["run", "status"], ["a", "failed"]])
    async with ops.sending():
        await ops.put("card", Message("text", (blocks.section("title"), table)))
        await ops.settled()
        await ops.put("card", Message("text", (blocks.section("changed"), table)))
        await ops.settled()

    [message] = ops.shown()
    assert [block["type"] for block in message.blocks or ()] == ["section", "rich_text"]
    assert "a | failed" in str(message.blocks)
    assert len(ops.calls_of("chat.update")) == 1, "the second time nobody tries the table"


async def test_blocks_that_are_wrong_altogether_leave_the_text(ops: World) -> None:
    async with ops.sending():
        await ops.put("card", Message("text", ({"type": "section"},)))
        await ops.settled()

    [message] = ops.shown()
    assert (message.text, message.blocks) == ("text", None)


async def test_text_alone_says_what_the_blocks_would_have_said(ops: World) -> None:
    button = {"type": "button", "action_id": "a", "text": blocks.plain_text("Stop")}
    rows = (
        blocks.section("*a* failed"),
        blocks.context("since noon"),
        blocks.preformatted("<!channel> KeyError"),
        blocks.actions(button),
    )
    ops.slack.faults.add(Fault("invalid_blocks", block_type="section", times=9))
    async with ops.sending():
        await ops.put("card", Message("one of two", rows))
        await ops.settled()

    [message] = ops.shown()
    assert message.blocks is None
    assert message.text.splitlines() == [
        "one of two",
        "*a* failed",
        "since noon",
        "&lt;!channel&gt; KeyError",
    ]


async def test_too_many_characters_in_blocks_keep_the_buttons(ops: World) -> None:
    long = tuple(blocks.section("x" * 2_900) for _ in range(6))
    button = {"type": "button", "action_id": "a", "text": blocks.plain_text("Stop")}
    async with ops.sending():
        await ops.put("card", Message("text", (*long, blocks.actions(button))))
        await ops.settled()

    [message] = ops.shown()
    assert [block["type"] for block in message.blocks or ()][-1] == "actions"


async def test_what_a_message_brings_is_put_into_its_thread(either: World) -> None:
    file = File("result.json", b'{"a": 1}', "Result", "json")
    async with either.sending():
        await either.put("card", Message("card", files=(file,)))
        await either.put_file("log", File("log.txt", b"line"), "card", "The log")
        await either.settled()

    card, result, log = await either.until_shown(3)
    assert result.thread_ts == log.thread_ts == card.ts
    assert log.text == "The log"
    files = {each.name: each.content for each in either.slack.workspace.files.values()}
    assert files == {"result.json": b'{"a": 1}', "log.txt": b"line"}


@pytest.mark.parametrize("kind", ["reset_before", "reset_after"])
async def test_a_lost_connection_shows_a_file_once(ops: World, kind: Any) -> None:
    ops.slack.faults.add(Fault(kind, method="files.completeUploadExternal"))
    async with ops.sending():
        await ops.put("card", Message("card", files=(File("a.txt", b"a"),)))
        await ops.settled()
        await ops.put("end", "end")
        shown = await ops.until_shown(3)

    assert [message.text for message in shown if not message.files] == ["card", "end"]
    assert len(shown) == 3


async def test_text_that_is_too_long_is_cut_and_brought_as_a_file(ops: World) -> None:
    async with ops.sending():
        await ops.put("card", "short")
        await ops.settled()
        await ops.put("card", "long " * 10_000)
        await ops.settled()

    card, rest = await ops.until_shown(2)
    assert len(card.text) <= 3_000
    assert rest.thread_ts == card.ts
    [file] = ops.slack.workspace.files.values()
    assert file.content == b"long " * 10_000


async def test_a_message_to_a_person_is_found_where_slack_put_it(ops: World) -> None:
    ana = next(user for user in ops.slack.workspace.users.values() if user.name == "ana")
    async with (await ops.outbox.database.store()).writing() as connection:
        await ops.outbox.put(connection, "dm", ana.id, Message("hello"), priority=Priority.QUESTION)
    ops.slack.faults.add(Fault("reset_after", method="chat.postMessage"))
    async with ops.sending():
        await ops.settled()
        async with (await ops.outbox.database.store()).writing() as connection:
            await ops.outbox.put(
                connection, "dm", ana.id, Message("changed"), priority=Priority.QUESTION
            )
        await ops.settled()

    direct = ops.slack.workspace.direct(ana.id, ops.app.user)
    assert [message.text for message in direct.messages] == ["changed"]


async def test_replies_can_be_put_under_a_message_of_somebody_else(ops: World) -> None:
    async with ops.sending():
        await ops.put("card", "somebody else's")
        await ops.settled()
        [theirs] = ops.shown()
        async with (await ops.outbox.database.store()).writing() as connection:
            await ops.outbox.drop(connection, "card")
            key = await ops.outbox.anchor(connection, theirs.channel, theirs.ts)
        await ops.put("reply", "reply", thread_key=key)
        await ops.settled()

    assert ops.shown()[1].thread_ts == theirs.ts


async def test_a_dropped_message_is_not_sent(ops: World) -> None:
    await ops.put("card", "card")
    await ops.put("reply", "reply", thread_key="card")
    await ops.put("other", "other")
    async with (await ops.outbox.database.store()).writing() as connection:
        await ops.outbox.drop(connection, "card")
    async with ops.sending():
        await ops.settled()

    assert ops.texts() == ["other"]


async def test_names_in_what_others_wrote_call_nobody(ops: World) -> None:
    async with ops.sending():
        await ops.put("card", "@here #general")
        await ops.settled()

    [call] = ops.calls_of("chat.postMessage")
    assert call.arguments["parse"] == "none"
    assert call.arguments["link_names"] in (False, "false")
    assert ops.texts() == ["@here #general"]


async def test_several_senders_of_one_process_send_everything_once(either: World) -> None:
    for number in range(20):
        await either.put(f"card-{number % 4}", f"card {number % 4}")
        await either.put(f"line-{number}", str(number), thread_key=f"card-{number % 4}")
    # Whoever sleeps for a while keeps what it sends.
    patient = replace(QUICK, held=60)
    async with (
        running(either.sender(patient).run),
        running(either.sender(patient).run),
        running(either.sender(patient).run),
    ):
        await either.settled()

    lines = [int(text) for text in either.texts() if text.isdigit()]
    assert sorted(lines) == list(range(20))
    for card in range(4):
        in_thread = [line for line in lines if line % 4 == card]
        assert in_thread == sorted(in_thread)


async def test_a_stopped_sender_finishes_what_is_on_its_way(ops: World) -> None:
    ops.slack.faults.add(Fault("slow", method="chat.postMessage", seconds=0.3))
    ops.slack.workspace.clock.freeze()
    await ops.put("card", "card")
    async with ops.sending(replace(QUICK, grace=60)):
        await until(lambda: is_held_up(ops))
        ops.slack.workspace.clock.advance(1)
    await asyncio.sleep(0)

    assert ops.texts() == ["card"]
    assert await ops.outbox.ts("card") is not None


@dataclass
class Hand:
    """A time that a test moves."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


async def is_held_up(world: World) -> bool:
    """A message is being sent, and Slack takes its time over it."""
    return world.slack.faults.waiting() == [] and await in_state(world, State.SENDING)


async def is_held_after(world: World, moment: datetime) -> bool:
    return await claimed_until(world) > moment


async def claimed_until(world: World) -> datetime:
    """When the claim of the only message ends."""
    async with (await world.outbox.database.store()).reading() as connection:
        ends = (await connection.execute(select(outbox.c.claimed_until))).scalar_one()
    assert isinstance(ends, datetime)
    return ends


async def in_state(world: World, state: State) -> bool:
    return state in await world.outbox.depth()
