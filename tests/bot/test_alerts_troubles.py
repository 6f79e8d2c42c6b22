"""What people and hosts do to alerts that are shown: nothing of it stops them, or loses one."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select, update

from bot.alerts import rows
from bot.alerts.card import Setting
from bot.alerts.digest import Part, digest
from bot.delivery import Dead, Priority, State
from bot.render.page import BUDGET, size
from sandbox.slack.faults import Fault
from sandbox.slack.model import Json, Message
from shared.alerts import group_rows, subscriptions
from shared.alerts.finding import Kind
from shared.alerts.groups import acknowledged, dropped, opened, recovered
from shared.alerts.occurrence import Occurrence
from shared.alerts.wanted import Quiet, Wanted
from shared.tables import outbox
from shared.tables.alerts import subscriptions as table
from tests.alerts.test_locks import BLOCKED
from tests.bot.alerts_made import NOON, failures, group, occurrence, subscription
from tests.bot.live_stage import shown as texts_of
from tests.bot.reading import check, words
from tests.bot.stage import PATIENCE_SECONDS
from tests.bot.stores import postgres, store_url
from tests.bot.test_alerts_announcer import ANA, Desk, free, made_desk
from tests.postgres import Postgres
from tests.slack.workspace import until

__all__ = ["postgres", "store_url"]


@pytest.fixture
async def desk(store_url: str) -> AsyncIterator[Desk]:
    async with made_desk(store_url) as made:
        yield made


@pytest.fixture
async def lite(tmp_path: Path) -> AsyncIterator[Desk]:
    async with made_desk(f"sqlite:///{tmp_path / 'ops.db'}") as made:
        yield made


async def again(desk: Desk, cards: int, replies: int) -> tuple[list[Message], list[str]]:
    """So many cards and replies, once they are there."""

    async def look() -> tuple[list[Message], list[str]]:
        return desk.cards(), desk.thread()

    def all_there(seen: tuple[list[Message], list[str]]) -> bool:
        return (len(seen[0]), len(seen[1])) == (cards, replies)

    return await until(look, all_there, deadline=PATIENCE_SECONDS)


def question(number: int) -> Occurrence:
    """A question that waits, under the key of the finding that began it."""
    at = NOON + timedelta(minutes=number)
    subject = f"exec-{number}:task"
    return occurrence(
        Kind.WAITING,
        subject=subject,
        key=f"{subject}:{at}",
        execution_id=f"exec-{number}",
        at=at,
        error=None,
        step=None,
        label=f"Question {number}",
    )


def opened_by(blocks: list[Json]) -> str:
    """The execution that a card opens."""
    [row] = [block for block in blocks if block["type"] == "actions"]
    found = [json.loads(each["value"]) for each in row["elements"] if "get_execution" in str(each)]
    return str(found[0]["a"]["execution_id"])


async def test_a_card_that_somebody_deleted_comes_back_with_the_reminder(desk: Desk) -> None:
    owner = await desk.subscribe(repeat_seconds=3_600)
    await desk.strike(owner, failures(1))
    await desk.announce()
    desk.ops.channel("ops").messages.clear()
    desk.clock.pass_(hours=1, minutes=1)
    await desk.announce()

    [card], [reminder] = await again(desk, 1, 1)
    assert "failed in `extract`" in texts_of(card)
    assert "still failed" in reminder
    assert (await desk.subscription(owner.id)).error is None
    assert desk.direct() == []


@pytest.mark.parametrize("seconds", [30, 300])
async def test_a_card_that_somebody_deleted_comes_back_with_what_happens_next(
    lite: Desk, seconds: int
) -> None:
    owner = await lite.subscribe()
    await lite.strike(owner, failures(1))
    await lite.announce()
    lite.ops.channel("ops").messages.clear()
    lite.clock.pass_(seconds=seconds)
    await lite.strike(owner, failures(2)[1:])
    await lite.announce()

    [card], [lines] = await again(lite, 1, 1)
    assert "×2" in texts_of(card)  # noqa: RUF001
    assert "inv-2" in lines


async def test_the_message_of_a_day_that_somebody_deleted_comes_back_with_the_next_alert(
    lite: Desk,
) -> None:
    owner = await lite.subscribe(mode="thread")
    await lite.strike(owner, failures(1))
    await lite.announce()
    lite.ops.channel("ops").messages.clear()
    lite.clock.pass_(minutes=5)
    other = occurrence(workflow="order-batch", subject="o-1", execution_id="o-1", at=lite.clock())
    async with lite.writing() as connection:
        made = opened("al99999", owner.id, "e" * 40, {"workflow": "order"}, other, lite.clock())
        await group_rows.add(connection, [made])
    await lite.announce()

    [day], [alert] = await again(lite, 1, 1)
    assert "2 alerts, 2 firing" in day.text
    assert "o-1" in alert
    assert lite.direct() == []


async def test_a_card_that_was_deleted_stays_so_once_its_alert_is_looked_after(
    lite: Desk,
) -> None:
    owner = await lite.subscribe(repeat_seconds=3_600)
    await lite.strike(owner, failures(2))
    await lite.announce()
    lite.ops.channel("ops").messages.clear()
    lite.clock.pass_(minutes=5)
    await lite.change(lambda now: acknowledged(now, ANA, lite.clock()))
    await lite.announce()
    lite.clock.pass_(hours=2)
    await lite.announce()

    assert lite.ops.shown() == []


async def test_a_subscription_that_cannot_be_shown_stops_no_other_and_says_why(
    desk: Desk,
) -> None:
    bad, good = await desk.subscribe(), await desk.subscribe(workflows=("invoice-*",))
    async with desk.writing() as connection:
        # Another host knew this time zone.
        wanted = await connection.scalar(select(table.c.wanted).where(table.c.id == bad.id))
        quiet = {"since": "01:00", "until": "02:00", "zone": "Mars/Base"}
        change = update(table).where(table.c.id == bad.id)
        await connection.execute(change.values(wanted={**(wanted or {}), "quiet": quiet}))
        for name, owner in (("al1", bad), ("al2", good)):
            made = opened(name, owner.id, name * 10, {}, occurrence(), desk.clock())
            await group_rows.add(connection, [made])
    await desk.announce()

    [card] = desk.cards()
    assert "alert `al2`" in texts_of(card)
    [word] = desk.direct()
    assert "found with key Mars/Base" in word
    assert "Edit the subscription." in word
    assert "Mars/Base" in str((await desk.subscription(bad.id)).error)
    assert await desk.announcer.announce(free) == 0

    async with desk.writing() as connection:
        await subscriptions.change(connection, bad.id, Wanted(), desk.clock())
    await desk.announce()
    assert len(desk.cards()) == 2
    assert len(desk.direct()) == 1


async def test_a_digest_that_cannot_be_shown_stops_no_other(lite: Desk) -> None:
    bad = await lite.subscribe(mode="digest", digest_seconds=60)
    good = await lite.subscribe()
    async with lite.writing() as connection:
        wanted = bad.wanted.model_dump(mode="json")
        quiet = {"since": "01:00", "until": "02:00", "zone": "Mars/Base"}
        change = update(table).where(table.c.id == bad.id)
        await connection.execute(change.values(wanted={**wanted, "quiet": quiet}))
        for name, owner in (("al1", bad), ("al2", good)):
            made = opened(name, owner.id, name * 10, {}, occurrence(), lite.clock())
            await group_rows.add(connection, [made])
    lite.clock.pass_(minutes=2)
    await lite.announce()

    [card] = lite.cards()
    assert "alert `al2`" in texts_of(card)
    assert "Mars/Base" in str((await lite.subscription(bad.id)).error)


@pytest.mark.parametrize("zone", ["Mars/Base", "", "../etc/passwd", "Europe"])
def test_quiet_hours_are_of_a_time_zone_that_there_is(zone: str) -> None:
    with pytest.raises(ValidationError, match="no time zone"):
        Quiet.model_validate({"since": "22:00", "until": "07:00", "zone": zone})


async def test_a_question_that_still_waits_is_in_reach_however_many_came_after_it(
    desk: Desk,
) -> None:
    owner = await desk.subscribe(kinds=frozenset({Kind.WAITING}))
    first, *others = asked = [question(number) for number in range(1, 9)]
    made = await desk.strike(owner, asked)
    assert first.key not in {each.key for each in made.recent}
    await desk.change(
        lambda now: replace(
            now, open={first.key: NOON}, version=now.version + 1, due_at=desk.clock()
        )
    )
    await desk.announce()

    [card] = desk.cards()
    assert opened_by(card.blocks or []) == "exec-1"
    # What is shown is not what is kept.
    assert [each.key for each in (await desk.group()).recent] == [each.key for each in others[-5:]]


async def test_the_buttons_of_several_questions_are_about_one_that_waits(desk: Desk) -> None:
    owner = await desk.subscribe(kinds=frozenset({Kind.WAITING}))
    first, second = question(1), question(2)
    await desk.strike(owner, [first, second])
    await desk.change(
        lambda now: replace(
            now, open={first.key: NOON}, version=now.version + 1, due_at=desk.clock()
        )
    )
    await desk.announce()

    [card] = desk.cards()
    assert opened_by(card.blocks or []) == "exec-1"


def test_a_digest_of_very_long_alerts_lists_those_that_fit_and_counts_the_others() -> None:
    long = '"' * 400
    made = group(occurrence(workflow=long, step=long, error=long))
    parts = [Part(replace(made, id=f"al{number:05}"), 1) for number in range(30)]
    message = digest(parts, NOON, NOON, Setting(subscription(), NOON))

    check(message)
    assert size(message.blocks) <= BUDGET
    [table_] = [block for block in message.blocks if block["type"] == "table"]
    hidden = 30 - (len(table_["rows"]) - 1)
    assert hidden > 10
    assert f"{hidden} more alerts: `alerts firing` lists them" in words(message)


async def noted(desk: Desk) -> None:
    """The thread says that the card stays as it is."""

    async def thread() -> list[str]:
        return desk.thread()

    await until(
        thread,
        lambda told: any("stays as it is" in each for each in told),
        deadline=PATIENCE_SECONDS,
    )


async def test_a_card_that_slack_does_not_let_us_change_is_left_alone_and_its_thread_goes_on(
    desk: Desk,
) -> None:
    owner = await desk.subscribe()
    happened = failures(4)
    await desk.strike(owner, happened[:1])
    await desk.announce()
    desk.ops.slack.faults.add(Fault("unknown_method", "chat.update", times=99))
    desk.clock.pass_(minutes=1)
    await desk.change(lambda now: acknowledged(now, ANA, desk.clock()))
    await desk.put()
    await noted(desk)
    for each in happened[1:]:
        desk.clock.pass_(minutes=5)
        await desk.strike(owner, [each])
        await desk.announce()

    assert len(desk.ops.calls_of("chat.update")) == 1
    thread = desk.thread()
    assert len([each for each in thread if "stays as it is" in each]) == 1
    assert [each for each in thread if "inv-4" in each]


async def test_what_only_a_card_would_say_is_said_below_it_once_where_it_cannot_be_changed(
    desk: Desk,
) -> None:
    owner = await desk.subscribe()
    await desk.strike(owner, failures(1))
    await desk.announce()
    desk.ops.slack.faults.add(Fault("unknown_method", "chat.update", times=99))
    desk.clock.pass_(minutes=1)
    await desk.change(lambda now: acknowledged(now, ANA, desk.clock()))
    await desk.put()
    await noted(desk)
    for _ in range(3):
        desk.clock.pass_(minutes=2)
        await desk.announce()
    assert [each for each in desk.thread() if "Ana looks after" in each] == desk.thread()[1:]

    await desk.change(lambda now: recovered(now, desk.clock(), "inv-9", desk.clock()))
    for _ in range(3):
        desk.clock.pass_(minutes=2)
        await desk.announce()

    [_, _, over] = desk.thread()
    assert "✅ invoice-import recovered" in over
    assert (await desk.group()).due_at is None


async def test_an_end_that_slack_does_not_let_us_show_is_told_below_the_card(lite: Desk) -> None:
    owner = await lite.subscribe()
    await lite.strike(owner, failures(1))
    await lite.announce()
    lite.ops.slack.faults.add(Fault("unknown_method", "chat.update", times=99))
    await lite.change(lambda now: recovered(now, lite.clock(), "inv-9", lite.clock()))
    await lite.put()
    await noted(lite)
    lite.clock.pass_(minutes=2)
    await lite.announce()

    [_, over] = lite.thread()
    assert "✅ invoice-import recovered" in over


async def test_an_end_is_told_below_a_card_whose_post_was_on_its_way_by_then(lite: Desk) -> None:
    owner = await lite.subscribe()
    slow = Fault("slow", "chat.postMessage", seconds=1)
    lite.ops.slack.faults.add(slow)
    lite.ops.slack.faults.add(Fault("unknown_method", "chat.update", times=99))
    lite.ops.slack.workspace.clock.freeze()
    await lite.strike(owner, failures(1))
    await lite.put()

    async def on_its_way() -> bool:
        return slow.times == 0 and State.SENDING in await lite.ops.outbox.depth()

    await until(on_its_way)
    await lite.change(lambda now: recovered(now, lite.clock(), "inv-9", lite.clock()))
    await lite.put()
    lite.ops.slack.workspace.clock.advance(1)
    await noted(lite)
    lite.clock.pass_(minutes=2)
    await lite.announce()

    [_, over] = lite.thread()
    assert "✅ invoice-import recovered" in over


@pytest.mark.parametrize("mode", ["card", "thread"])
async def test_a_message_that_is_posted_anew_is_changed_again_though_the_old_one_was_not(
    lite: Desk, mode: str
) -> None:
    owner = await lite.subscribe(mode=mode)
    happened = failures(4)
    await lite.strike(owner, happened[:1])
    await lite.announce()
    lite.ops.slack.faults.add(Fault("unknown_method", "chat.update", times=99))
    lite.clock.pass_(minutes=5)
    await lite.strike(owner, happened[1:2])
    await lite.announce()
    await noted(lite)

    lite.ops.slack.faults.clear()
    lite.ops.channel("ops").messages.clear()
    for each in happened[2:]:
        lite.clock.pass_(minutes=5)
        await lite.strike(owner, [each])
        await lite.announce()
        await until(lambda: is_back(lite))

    if mode == "card":
        assert "×4" in texts_of(lite.cards()[0])  # noqa: RUF001
    lite.clock.pass_(minutes=5)
    await lite.change(lambda now: recovered(now, lite.clock(), "inv-9", lite.clock()))
    await lite.announce()

    [first] = lite.cards()
    assert "✅" in texts_of(first)


async def is_back(desk: Desk) -> bool:
    """A message was posted anew, and all that belongs to it."""
    return len(desk.cards()) == 1 and await desk.ops.outbox.depth() == {}


async def test_what_came_and_went_unseen_is_as_urgent_as_new_when_it_is_back(lite: Desk) -> None:
    owner = await lite.subscribe()
    await lite.strike(owner, failures(1))
    await lite.change(lambda now: dropped(recovered(now, lite.clock(), "inv-9", lite.clock())))
    await lite.strike(owner, failures(2)[1:])
    await lite.announce()

    assert len(lite.cards()) == 1
    async with lite.writing() as connection:
        wanted = select(outbox.c.priority).where(outbox.c.key == "alert:al23456")
        assert await connection.scalar(wanted) == Priority.ALERT


async def test_replies_come_back_with_their_card_whichever_is_given_up_first(
    postgres: Postgres,
) -> None:
    async with made_desk(postgres.new_database()) as desk:
        owner = await desk.subscribe()
        await desk.put()
        desk.ops.channel("ops").archived = True
        await desk.strike(owner, failures(3))
        async with desk.writing() as connection:
            await subscriptions.lock(connection, [owner.id])
            await desk.put()
            await until(lambda: both_are_heard_of(desk), deadline=PATIENCE_SECONDS)

        async def wanted() -> bool:
            return await desk.ops.outbox.depth() == {"pending": 2}

        await until(wanted, deadline=PATIENCE_SECONDS)


async def test_cards_are_locked_before_their_replies_by_whoever_brings_them_back(
    postgres: Postgres,
) -> None:
    async with made_desk(postgres.new_database()) as desk:
        desk.ops.channel("ops").archived = True
        await desk.ops.put("alert:al1", "card")
        await desk.ops.put("alert:al1:line:1", "line", thread_key="alert:al1")
        await until(lambda: are_dead(desk, 2))
        lost = Dead("alert:al1:line:1", desk.ops.channel("ops").id, "thread_not_found")
        async with asyncio.TaskGroup() as tasks, desk.writing() as connection:
            card = select(outbox.c.seq).where(outbox.c.key == "alert:al1")
            await connection.execute(card.with_for_update())
            tasks.create_task(desk.announcer.lost(lost))
            await until(lambda: one_waits(desk))
            desk.ops.channel("ops").archived = False
            await rows.revive(connection, "alert:al1", desk.clock())
        desk.ops.outbox.wake()
        await desk.ops.settled()

        assert desk.ops.texts() == ["card", "line"]


async def are_dead(desk: Desk, number: int) -> bool:
    """So many messages are given up, and everybody has heard of it."""
    async with (await desk.ops.outbox.database.store()).reading() as connection:
        told = (outbox.c.state == State.DEAD, outbox.c.claimed_by.is_(None))
        count = await connection.scalar(select(func.count()).where(*told))
    return count == number


async def one_waits(desk: Desk) -> bool:
    """A transaction waits for another one."""
    async with (await desk.ops.outbox.database.store()).reading() as connection:
        blocked = await connection.scalar(BLOCKED)
    return bool(blocked == 1)


async def both_are_heard_of(desk: Desk) -> bool:
    """The card and its reply are given up, and what that means waits for us or is done."""
    async with (await desk.ops.outbox.database.store()).reading() as connection:
        blocked = await connection.scalar(BLOCKED)
        reply = select(outbox.c.state, outbox.c.claimed_by).where(outbox.c.ts.is_(None))
        rows = (await connection.execute(reply.where(outbox.c.thread_key.is_not(None)))).all()
    return any(row.state == "dead" and (not row.claimed_by or blocked == 2) for row in rows)
