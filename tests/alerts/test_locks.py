"""Who changes subscriptions and their alerts at once, on PostgreSQL: in one order, and seen."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.alerts import group_rows, subscriptions
from shared.alerts.details import Details
from shared.alerts.finding import Kind
from shared.alerts.groups import opened as new_group
from shared.alerts.snapshot import occurrence_of
from shared.alerts.subscriptions import Subscription
from shared.alerts.wanted import Wanted
from tests.alerts.match_stage import (
    NOW,
    Answers,
    Clock,
    MatchStage,
    finding,
    nobody_minds,
    stage_on,
    waiting,
)
from tests.bot.stores import opened, postgres
from tests.postgres import Postgres
from tests.slack.workspace import until

__all__ = ["postgres"]

type Change = Callable[[AsyncConnection, Subscription], Awaitable[None]]

BLOCKED = text(
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


async def end(connection: AsyncConnection, mine: Subscription) -> None:
    await subscriptions.end(connection, mine.id, NOW, "ben")


async def edit(connection: AsyncConnection, mine: Subscription) -> None:
    await subscriptions.change(connection, mine.id, Wanted(workflows=("billing",)), NOW)


async def unmute(connection: AsyncConnection, mine: Subscription) -> None:
    await subscriptions.unmute(connection, [mine.id], NOW)


@pytest.fixture
async def stage(postgres: Postgres) -> AsyncIterator[MatchStage]:
    async with opened(postgres.new_database()) as database:
        yield stage_on(database, Clock(), Answers())


async def blocked(
    stage: MatchStage, number: int, or_else: asyncio.Task[None] | None = None
) -> None:
    """So many transactions wait for others, unless a task is done instead."""

    async def there_are() -> bool:
        async with (await stage.database.store()).reading() as connection:
            count = await connection.scalar(BLOCKED)
        return count == number or (or_else is not None and or_else.done())

    await until(there_are)


async def changing(stage: MatchStage, change: Change, mine: Subscription) -> None:
    async with (await stage.database.store()).writing() as connection:
        await change(connection, mine)


@pytest.mark.parametrize("change", [end, edit, unmute])
async def test_alerts_are_locked_in_the_order_of_their_ids_wherever_they_lie(
    stage: MatchStage, change: Change
) -> None:
    mine = await stage.subscribe()
    store = await stage.database.store()
    async with store.writing() as connection:
        for name in ("b", "a"):
            first = occurrence_of(finding(), Details())
            group = new_group(name, mine.id, name, {"workflow": "invoice-eu"}, first, NOW)
            await group_rows.add(connection, [group])

    async def announcing() -> None:
        async with store.writing() as connection:
            groups = await group_rows.lock(connection, ["a", "b"])
            await group_rows.save(connection, groups)

    async with asyncio.TaskGroup() as tasks, store.writing() as connection:
        await group_rows.lock(connection, ["a"])
        tasks.create_task(announcing())
        await blocked(stage, 1)
        tasks.create_task(changing(stage, change, mine))
        await blocked(stage, 2)

    assert {group.due_at for group in await stage.groups()} == {NOW}
    assert {group.is_firing for group in await stage.groups()} == {change is unmute}


@pytest.mark.parametrize("change", [end, edit])
async def test_no_alert_is_born_from_a_filter_that_is_edited_or_ended_in_that_moment(
    stage: MatchStage, change: Change
) -> None:
    mine = await stage.subscribe(kinds=[Kind.WAITING])
    await stage.subscribe()
    await stage.match(finding(number=1))
    known = await stage.group()
    await stage.find(waiting(2), finding(number=3))

    async def match() -> None:
        await stage.matcher.match(nobody_minds)

    store = await stage.database.store()
    async with asyncio.TaskGroup() as tasks, store.writing() as connection:
        await group_rows.lock(connection, [known.id])
        tasks.create_task(match())
        await blocked(stage, 1)
        task = tasks.create_task(changing(stage, change, mine))
        await blocked(stage, 2, or_else=task)

    assert await stage.unmatched() == []
    assert [each.count for each in await stage.groups() if each.is_firing] == [2]
