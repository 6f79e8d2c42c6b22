"""From alerts in the store to what people see in Slack, on both databases."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts.announcer import Announcer
from bot.delivery import Sender
from sandbox.slack.faults import Fault
from sandbox.slack.model import Message
from shared.alerts import group_rows, subscriptions
from shared.alerts.groups import Group, acknowledged, muted, opened, recovered, returned, struck
from shared.alerts.occurrence import Occurrence
from shared.alerts.subscriptions import Subscription
from shared.alerts.wanted import Wanted
from shared.call import Actor
from shared.leases import LeaseLost
from shared.tables.alerts import alert_occurrences
from tests.bot.alerts_made import NOON, failures, occurrence
from tests.bot.deliveries import QUICK, World, running, world
from tests.bot.live_stage import shown as texts_of
from tests.bot.stores import postgres, store_url
from tests.slack.workspace import until

ANA = Actor("slack", "U0ANA1234", "Ana")
__all__ = ["postgres", "store_url"]


@dataclass
class Clock:
    """A time that a test moves."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **spans: float) -> None:
        self.now += timedelta(**spans)


@dataclass
class Desk:
    """A store with alerts in it, an announcer, and the workspace it tells."""

    ops: World
    clock: Clock
    announcer: Announcer

    async def subscribe(self, channel: str = "ops", **wanted: Any) -> Subscription:
        """A subscription of Ana's for a channel, or for a name of one."""
        where = channel if channel.startswith("#") else self.ops.channel(channel).id
        ana = next(u.id for u in self.ops.slack.workspace.users.values() if u.name == "ana")
        async with self.writing() as connection:
            actor = Actor("slack", ana, "Ana")
            return await subscriptions.add(
                connection, where, Wanted(**wanted), actor, NOON - timedelta(hours=1)
            )

    async def strike(self, owner: Subscription, happened: Sequence[Occurrence]) -> Group:
        """The alert of a subscription to which these happen now, as the matcher keeps it."""
        async with self.writing() as connection:
            group = await group_rows.get(connection, "al23456")
            for each in happened:
                if group is None:
                    labels = {"workflow": each.workflow, "kind": str(each.kind)}
                    group = opened("al23456", owner.id, "f" * 40, labels, each, self.clock())
                    await group_rows.add(connection, [group])
                else:
                    again = struck if group.is_firing else returned
                    group = again(group, each, owner.wanted, self.clock())
                row = {
                    "subscription_id": owner.id,
                    "finding_key": f"{each.subject}:{each.at}",
                    "group_id": group.id,
                    "number": group.count,
                    "at": each.at,
                    "snapshot": each.model_dump(mode="json"),
                    "told": False,
                }
                await connection.execute(insert(alert_occurrences), row)
            assert group is not None
            await group_rows.save(connection, [group])
            return group

    async def change(self, change: Any) -> Group:
        """Change the alert as a person or a recovery does."""
        async with self.writing() as connection:
            [group] = await group_rows.lock(connection, ["al23456"])
            after: Group = change(group)
            await group_rows.save(connection, [after])
            return after

    async def announce(self) -> None:
        """Announce all that is due, and let Slack take it."""
        await self.put()
        await self.ops.settled()

    async def put(self) -> None:
        await self.announcer.look(free)
        await self.announcer.announce(free)

    async def group(self) -> Group:
        async with (await self.ops.outbox.database.store()).reading() as connection:
            found = await group_rows.get(connection, "al23456")
        assert found is not None
        return found

    async def subscription(self, identifier: str) -> Subscription:
        async with (await self.ops.outbox.database.store()).reading() as connection:
            found = await subscriptions.get(connection, identifier)
        assert found is not None
        return found

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        async with (await self.ops.outbox.database.store()).writing() as connection:
            yield connection

    def cards(self, channel: str = "ops") -> list[Message]:
        return [each for each in self.ops.shown(channel) if each.thread_ts in (None, each.ts)]

    def thread(self, channel: str = "ops") -> list[str]:
        return [
            texts_of(each)
            for each in self.ops.shown(channel)
            if each.thread_ts not in (None, each.ts)
        ]

    def direct(self) -> list[str]:
        """What the owner was told in person."""
        return [
            texts_of(each)
            for channel in self.ops.slack.workspace.channels.values()
            if channel.kind == "im"
            for each in channel.messages
        ]


async def free(_: AsyncConnection) -> None:
    """The lease is ours."""


@pytest.fixture
async def desk(store_url: str) -> AsyncIterator[Desk]:
    async with made_desk(store_url) as made:
        yield made


@pytest.fixture
async def lite(tmp_path: Path) -> AsyncIterator[Desk]:
    async with made_desk(f"sqlite:///{tmp_path / 'ops.db'}") as made:
        yield made


@contextlib.asynccontextmanager
async def made_desk(url: str) -> AsyncIterator[Desk]:
    """A desk whose sender runs."""
    async with world(url) as ops:
        clock = Clock()
        ops.outbox.clock = clock
        announcer = Announcer(ops.outbox.database, ops.outbox, ops.calls, clock=clock)
        sender = Sender(ops.outbox, ops.calls, on_dead=announcer.lost, timing=QUICK)
        async with running(sender.run):
            yield Desk(ops, clock, announcer)


async def test_one_message_changes_with_what_happens_and_turns_green(desk: Desk) -> None:
    owner = await desk.subscribe(mention="@oncall")
    first, *others = failures(4)
    await desk.strike(owner, [first])
    await desk.announce()

    [card] = desk.cards()
    assert "failed in `extract`" in texts_of(card)
    assert "<!subteam^" in texts_of(card)
    assert desk.thread() == []

    desk.clock.pass_(minutes=5)
    await desk.strike(owner, others)
    await desk.announce()
    [card] = desk.cards()
    assert "×4" in texts_of(card)  # noqa: RUF001
    [lines] = desk.thread()
    assert [line.split("`")[1] for line in lines.splitlines()] == [
        "inv-1",
        "inv-2",
        "inv-3",
        "inv-4",
    ]

    desk.clock.pass_(minutes=5)
    await desk.change(lambda group: recovered(group, desk.clock(), "inv-9", desk.clock()))
    await desk.announce()
    [card] = desk.cards()
    assert "✅ *invoice-import* recovered" in texts_of(card)
    assert "by `inv-9`" in desk.thread()[-1]
    assert len(desk.ops.calls_of("chat.postMessage")) == 3


async def test_announcing_again_after_any_step_shows_nothing_twice(desk: Desk) -> None:
    owner = await desk.subscribe()
    await desk.strike(owner, failures(3))
    await desk.put()
    again = Announcer(desk.ops.outbox.database, desk.ops.outbox, desk.ops.calls, clock=desk.clock)
    assert await again.announce(free) == 0
    await desk.announce()

    assert len(desk.cards()) == 1
    assert len(desk.thread()) == 1
    assert (await desk.group()).shown_version == (await desk.group()).version


async def test_whoever_lost_the_lease_puts_nothing(desk: Desk) -> None:
    owner = await desk.subscribe()
    await desk.strike(owner, failures(1))

    async def lost(_: AsyncConnection) -> None:
        raise LeaseLost("somebody else has it")

    with pytest.raises(LeaseLost):
        await desk.announcer.announce(lost)
    assert await desk.ops.outbox.depth() == {}
    await desk.announce()
    assert len(desk.cards()) == 1


async def test_an_hour_without_slack_ends_with_one_card_and_few_replies(lite: Desk) -> None:
    owner = await lite.subscribe()
    happened = failures(240)
    lite.ops.slack.faults.add(Fault("reset_before", times=100_000))
    for at in range(0, 240, 4):
        await lite.strike(owner, happened[at : at + 4])
        await lite.put()
        lite.clock.pass_(minutes=1)
    lite.ops.slack.faults.clear()
    for _ in range(3):
        lite.clock.pass_(minutes=11)
        await lite.announce()

    [card] = lite.cards()
    assert "×240" in texts_of(card)  # noqa: RUF001
    thread = lite.thread()
    assert len(thread) <= 8
    told = [line.split("`")[1] for each in thread for line in each.splitlines() if "#" in line[:4]]
    assert told == [f"inv-{number}" for number in range(1, 101)]
    assert "#240" in "\n".join(thread)


async def test_an_acknowledged_alert_is_quiet_and_others_are_reminded(desk: Desk) -> None:
    owner = await desk.subscribe(repeat_seconds=3_600, mention="U0ANA1234", broadcast=True)
    await desk.strike(owner, failures(1))
    await desk.announce()
    desk.clock.pass_(hours=1, minutes=1)
    await desk.announce()
    [again] = desk.thread()
    assert "still failed" in again
    assert "<@U0ANA1234>" in again
    [reminder] = [each for each in desk.ops.shown() if each.thread_ts not in (None, each.ts)]
    assert reminder.broadcast

    await desk.change(lambda group: acknowledged(group, ANA, desk.clock()))
    for _ in range(5):
        desk.clock.pass_(hours=1)
        await desk.announce()
    assert len(desk.thread()) == 1
    [card] = desk.cards()
    assert "Ana looks after it" in texts_of(card)


async def test_a_muted_alert_is_counted_and_shown_when_the_mute_is_over(desk: Desk) -> None:
    owner = await desk.subscribe()
    async with desk.writing() as connection:
        until_then = desk.clock() + timedelta(hours=1)
        await subscriptions.mute(connection, [owner.id], until_then, "Ana")
    await desk.strike(owner, failures(3))
    await desk.announce()
    assert desk.cards() == []

    desk.clock.pass_(hours=1, minutes=1)
    await desk.announce()
    [card] = desk.cards()
    assert "×3" in texts_of(card)  # noqa: RUF001


async def test_of_what_came_and_went_during_a_mute_nobody_hears(desk: Desk) -> None:
    owner = await desk.subscribe()
    await desk.strike(owner, failures(1))
    await desk.change(lambda g: muted(g, desk.clock() + timedelta(hours=1), "Ana", desk.clock()))
    await desk.change(lambda g: recovered(g, desk.clock(), "inv-9", desk.clock()))
    await desk.announce()
    desk.clock.pass_(hours=2)
    await desk.announce()

    assert desk.ops.shown() == []


async def test_what_came_in_quiet_hours_is_shown_in_the_morning(desk: Desk) -> None:
    quiet = {"since": "11:00", "until": "13:00"}
    owner = await desk.subscribe(quiet=quiet)
    await desk.strike(owner, failures(2))
    await desk.announce()
    assert desk.cards() == []

    desk.clock.pass_(hours=1)
    await desk.announce()
    [card] = desk.cards()
    assert "🌙 held in quiet hours" in texts_of(card)


async def test_a_digest_is_one_message_at_the_end_of_each_window(desk: Desk) -> None:
    owner = await desk.subscribe(mode="digest", digest_seconds=900)
    await desk.strike(owner, failures(3))
    await desk.announce()
    assert desk.cards() == []

    desk.clock.pass_(minutes=15)
    await desk.announce()
    [first] = desk.cards()
    assert "3 occurrences of 1 alert" in first.text

    desk.clock.pass_(minutes=1)
    await desk.strike(owner, [occurrence(subject="late", at=desk.clock())])
    await desk.announce()
    assert len(desk.cards()) == 1
    desk.clock.pass_(minutes=15)
    await desk.announce()
    assert "1 occurrence of 1 alert" in desk.cards()[1].text
    desk.clock.pass_(minutes=45)
    await desk.announce()
    assert len(desk.cards()) == 2


async def test_digests_that_slack_did_not_take_become_one(lite: Desk) -> None:
    owner = await lite.subscribe(mode="digest", digest_seconds=60)
    lite.ops.slack.faults.add(Fault("reset_before", times=100_000))
    for number in range(30):
        at = lite.clock()
        await lite.strike(owner, [occurrence(subject=f"inv-{number}", at=at)])
        await lite.put()
        lite.clock.pass_(minutes=2)
    lite.ops.slack.faults.clear()
    for _ in range(3):
        lite.clock.pass_(minutes=2)
        await lite.announce()

    first, second = (each.text for each in lite.cards())
    assert "2 occurrences of 1 alert" in first
    assert "28 occurrences of 1 alert" in second


async def test_a_digest_goes_where_its_subscription_belongs_by_then(lite: Desk) -> None:
    owner = await lite.subscribe(mode="digest", digest_seconds=60)
    await lite.strike(owner, failures(3))
    lite.clock.pass_(minutes=2)

    async def moved(connection: AsyncConnection) -> None:
        general = lite.ops.channel("general").id
        await subscriptions.relocate(connection, owner.id, general, lite.clock())

    await lite.announcer.announce(moved)
    await lite.ops.settled()

    assert lite.cards() == []
    assert "3 occurrences of 1 alert" in lite.cards("general")[0].text


async def test_a_digest_whose_subscription_wants_cards_by_then_is_not_posted(lite: Desk) -> None:
    owner = await lite.subscribe(mode="digest", digest_seconds=60)
    await lite.strike(owner, failures(3))
    lite.clock.pass_(minutes=2)

    async def edited(connection: AsyncConnection) -> None:
        await subscriptions.change(connection, owner.id, Wanted(), lite.clock())

    await lite.announcer.announce(edited)
    assert await lite.ops.outbox.depth() == {}
    await lite.announce()

    [card] = lite.cards()
    assert "failed in `extract`" in texts_of(card)


async def test_in_the_manner_of_a_thread_a_day_is_one_message(desk: Desk) -> None:
    owner = await desk.subscribe(mode="thread")
    await desk.strike(owner, failures(2))
    await desk.announce()

    [day] = desk.cards()
    assert "1 alert, 1 firing, 2 in all" in day.text
    alert, single = desk.thread()
    assert "*invoice-import* failed" in alert
    assert "invoice-import · alert `al23456`" in single
    assert [line.split("`")[1] for line in single.splitlines()[1:]] == ["inv-1", "inv-2"]

    await desk.change(lambda group: recovered(group, desk.clock(), "inv-9", desk.clock()))
    desk.clock.pass_(seconds=10)
    await desk.announce()
    [day] = desk.cards()
    assert "✅" in day.text
    alert, _, over = desk.thread()
    assert "recovered" in alert
    assert "✅ invoice-import recovered" in over


async def test_a_channel_by_name_is_found_and_gets_what_waited_for_it(desk: Desk) -> None:
    owner = await desk.subscribe("#ops")
    await desk.strike(owner, failures(1))
    await desk.announce()
    await desk.announce()

    assert len(desk.cards()) == 1
    assert (await desk.subscription(owner.id)).channel == desk.ops.channel("ops").id


async def test_a_name_that_no_channel_has_is_told_to_the_owner_once(desk: Desk) -> None:
    owner = await desk.subscribe("#no-such-channel")
    for _ in range(3):
        desk.clock.pass_(minutes=2)
        await desk.announce()

    [word] = desk.direct()
    assert "no-such-channel cannot be posted: There is no channel" in word
    assert "There is no channel #no-such-channel" in str((await desk.subscription(owner.id)).error)


@pytest.mark.parametrize("written", ["#ops", "#no-such-channel"])
async def test_the_channel_that_a_person_chooses_while_a_name_is_looked_up_stays(
    desk: Desk, written: str
) -> None:
    owner = await desk.subscribe(written)
    general = desk.ops.channel("general").id

    async def chosen(connection: AsyncConnection) -> None:
        await subscriptions.relocate(connection, owner.id, general, desk.clock())

    await desk.announcer.look(chosen)

    known = await desk.subscription(owner.id)
    assert (known.channel, known.error) == (general, None)
    assert await desk.ops.outbox.depth() == {}


async def test_an_archived_channel_stops_nothing_and_its_alerts_come_when_it_is_back(
    desk: Desk,
) -> None:
    owner = await desk.subscribe()
    desk.ops.channel("ops").archived = True
    await desk.strike(owner, failures(3))
    await desk.put()

    async def noted() -> str | None:
        return (await desk.subscription(owner.id)).error

    assert "is_archived" in str(await until(noted))
    await until(lambda: _now(desk.direct()))
    desk.ops.channel("ops").archived = False
    desk.clock.pass_(minutes=6)
    desk.ops.outbox.wake()
    await desk.ops.settled()
    desk.clock.pass_(minutes=1)
    await desk.announce()

    assert len(desk.cards()) == 1
    assert len(desk.thread()) == 1
    assert len(desk.direct()) == 1
    assert (await desk.subscription(owner.id)).error is None


async def test_a_card_that_somebody_deleted_comes_back_when_it_happens_again(desk: Desk) -> None:
    owner = await desk.subscribe()
    await desk.strike(owner, failures(1))
    await desk.announce()
    desk.ops.channel("ops").messages.clear()
    desk.clock.pass_(minutes=1)
    await desk.change(lambda group: acknowledged(group, ANA, desk.clock()))
    await desk.announce()
    assert desk.cards() == []
    assert (await desk.subscription(owner.id)).error is None

    await desk.strike(owner, failures(3)[1:])
    await desk.announce()
    [card] = desk.cards()
    assert "×3" in texts_of(card)  # noqa: RUF001


async def test_an_ended_subscription_says_so_on_its_cards_and_shows_nothing_new(desk: Desk) -> None:
    owner = await desk.subscribe()
    await desk.strike(owner, failures(1))
    await desk.announce()
    async with desk.writing() as connection:
        await subscriptions.end(connection, owner.id, desk.clock())
    await desk.announce()

    [card] = desk.cards()
    assert "is not followed any more" in texts_of(card)


async def _now(found: list[str]) -> list[str]:
    return found
