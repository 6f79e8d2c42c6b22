"""Who asks for what holds already hears of it: a question that waits does not begin anew."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest

from shared.alerts import group_rows, subscriptions
from shared.alerts.finding import Kind
from shared.alerts.groups import Group, State, ended
from shared.alerts.handover import hand_over
from shared.alerts.subscriptions import Subscription
from shared.alerts.sweeps import needs_of
from shared.alerts.wanted import Wanted
from shared.tables import questions
from tests.alerts.match_stage import ANA, Answers, Clock, MatchStage, nobody_minds, stage_on
from tests.alerts.sweep_stage import NOON, Stage, question, run, seconds, staged
from tests.bot.stores import postgres, store_url

__all__ = ["postgres", "store_url"]

WAITING = Wanted(kinds=frozenset({Kind.WAITING}))
FAILED = Wanted(kinds=frozenset({Kind.FAILED}))


@dataclass
class Room:
    """Sweeps, matching, and subscribers who come and go; `approval` waits for an answer."""

    sweeps: Stage
    matching: MatchStage

    async def subscribe(self, wanted: Wanted = WAITING) -> Subscription:
        async with (await self.sweeps.database.store()).writing() as connection:
            return await subscriptions.add(connection, "C1", wanted, ANA, self.sweeps.now)

    async def change(self, mine: Subscription, wanted: Wanted) -> None:
        async with (await self.sweeps.database.store()).writing() as connection:
            await subscriptions.change(connection, mine.id, wanted, self.sweeps.now)

    async def end(self, mine: Subscription) -> None:
        async with (await self.sweeps.database.store()).writing() as connection:
            await subscriptions.end(connection, mine.id, self.sweeps.now)

    async def turn(self, *, after: float = 20) -> None:
        """What the bot does, so many seconds later."""
        store = await self.sweeps.database.store()
        async with store.reading() as connection:
            active = await subscriptions.active(connection)
        since = min(each.created_at for each in active)
        self.sweeps.needs = needs_of((each.wanted for each in active), since)
        await self.sweeps.sweep(after=after)
        await self.hand_over()
        self.matching.clock.now = self.sweeps.now
        await self.matching.match()

    async def hand_over(self) -> int:
        store = await self.sweeps.database.store()
        async with store.reading() as connection:
            active = await subscriptions.active(connection)
        return await hand_over(store, nobody_minds, active, self.sweeps.now)

    def answer(self) -> None:
        """Nothing waits any more."""
        self.sweeps.world.questions.clear()
        self.sweeps.world.hinted.clear()

    async def alerts(self, mine: Subscription) -> list[Group]:
        return [each for each in await self.matching.groups() if each.subscription_id == mine.id]

    async def firing(self, mine: Subscription) -> list[int]:
        """How often each alert that fires for this one has happened."""
        return [each.count for each in await self.alerts(mine) if each.is_firing]


@asynccontextmanager
async def room_on(url: str) -> AsyncIterator[Room]:
    async with staged(url, run("approval", start=NOON - seconds(300))) as sweeps:
        sweeps.world.questions["approval"] = [question("t1")]
        sweeps.world.hinted.add("approval")
        yield Room(sweeps, stage_on(sweeps.database, Clock(NOON), Answers()))


@pytest.fixture
async def room(store_url: str) -> AsyncIterator[Room]:
    async with room_on(store_url) as made:
        yield made


async def test_a_second_subscriber_hears_of_what_waits_and_the_first_does_not_hear_again(
    room: Room,
) -> None:
    first = await room.subscribe()
    await room.turn()
    began = room.sweeps.now
    await room.turn(after=600)
    second = await room.subscribe()
    for _ in range(3):
        await room.turn()

    assert await room.firing(first) == [1]
    (alert,) = await room.alerts(second)
    assert (alert.count, alert.first_at, alert.kind) == (1, began, Kind.WAITING)

    room.answer()
    await room.turn(after=200)
    for each in (first, second):
        assert [alert.state for alert in await room.alerts(each)] == [State.RECOVERED]


async def test_a_filter_that_asks_for_more_hears_of_what_holds(room: Room) -> None:
    await room.subscribe()
    mine = await room.subscribe(FAILED)
    await room.turn()
    await room.turn()
    assert await room.alerts(mine) == []

    await room.change(mine, WAITING.model_copy(update={"workflows": ("billing",)}))
    await room.turn()
    assert await room.alerts(mine) == []

    await room.change(mine, WAITING)
    await room.turn()
    assert await room.firing(mine) == [1]


async def test_what_was_let_go_of_is_told_again_to_whoever_asks_for_it_again(room: Room) -> None:
    await room.subscribe()
    mine = await room.subscribe()
    await room.turn()
    for wanted in (FAILED, WAITING):
        await room.change(mine, wanted)
        await room.turn()

    assert [each.state for each in await room.alerts(mine)] == [State.ENDED, State.FIRING]


async def test_nothing_is_handed_over_before_the_sweeps_have_looked_for_the_new_one(
    room: Room,
) -> None:
    await room.subscribe()
    await room.turn()
    room.sweeps.now += seconds(1)
    second = await room.subscribe()

    assert await room.hand_over() == 0
    await room.turn()
    assert await room.firing(second) == [1]
    assert await room.hand_over() == 0


async def test_a_first_look_that_fails_loses_nothing_of_what_waits_already(room: Room) -> None:
    world = room.sweeps.world
    asked = {"id": "q1", "execution_id": "approval", "task_id": "t1", "workflow": "invoice"}
    noted = {"label": "Pay?", "state": "open", "created_at": NOON - seconds(100)}
    store = await room.sweeps.database.store()
    async with store.writing() as connection:
        await connection.execute(questions.insert(), asked | noted)
    mine = await room.subscribe()
    world.fault = lambda r: httpx.Response(500) if "search_key" in r.url.params else None
    await room.turn()
    world.fault = lambda _: None
    for _ in range(3):
        await room.turn(after=200)

    assert await room.firing(mine) == [1]


async def test_an_alert_that_somebody_closed_stays_closed_when_the_subscription_is_edited(
    room: Room,
) -> None:
    mine = await room.subscribe()
    await room.turn()
    [alert] = await room.alerts(mine)
    store = await room.sweeps.database.store()
    async with store.writing() as connection:
        await group_rows.save(connection, [ended(alert, room.sweeps.now, "closed by Ana")])
    await room.change(mine, WAITING.model_copy(update={"mention": "@oncall"}))
    for _ in range(2):
        await room.turn()

    assert [each.ended_because for each in await room.alerts(mine)] == ["closed by Ana"]


@pytest.mark.parametrize("meanwhile", ["nobody subscribes", "others ask for something else"])
async def test_what_holds_after_a_time_without_subscribers_is_told_and_what_is_over_is_not(
    room: Room, meanwhile: str
) -> None:
    world = room.sweeps.world
    world.runs.append(run("answered", start=NOON - seconds(300), workflow="billing"))
    world.questions["answered"] = [question("t2")]
    world.hinted.add("answered")
    before = await room.subscribe()
    await room.turn()
    assert await room.firing(before) == [1, 1]
    await room.end(before)
    if meanwhile == "nobody subscribes":
        room.sweeps.now += seconds(3_600)
    else:
        await room.subscribe(FAILED)
        await room.turn()
    del world.questions["answered"]
    world.hinted.remove("answered")

    mine = await room.subscribe()
    for _ in range(3):
        await room.turn()

    [alert] = await room.alerts(mine)
    assert (alert.is_firing, alert.recent[-1].execution_id) == (True, "approval")
