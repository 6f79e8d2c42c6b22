"""Subscriptions in the store."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.alerts.subscriptions import (
    SubscriptionState,
    active,
    add,
    change,
    end,
    firing_counts,
    get,
    mute,
    note_error,
    relocate,
    unmute,
)
from shared.alerts.wanted import Wanted
from tests.alerts.match_stage import ANA, NOW, MatchStage, finding, match_stage
from tests.bot.stores import KINDS, postgres, store_url

__all__ = ["KINDS", "postgres", "store_url"]

WANTED = Wanted(workflows=("invoice-*",), errors="rate", search_keys=("a==:1",))
HOUR = timedelta(hours=1)


@pytest.fixture
async def stage(store_url: str) -> AsyncIterator[MatchStage]:
    """A store of each kind."""
    async with match_stage(store_url) as running:
        yield running


@pytest.fixture
async def connection(stage: MatchStage) -> AsyncIterator[AsyncConnection]:
    """A transaction on it."""
    async with (await stage.database.store()).writing() as open_connection:
        yield open_connection


async def test_a_subscription_comes_back_as_it_was_written(connection: AsyncConnection) -> None:
    made = await add(connection, "#ops", WANTED, ANA, NOW)

    assert await get(connection, made.id) == made
    assert made.wanted == WANTED
    assert (made.created_by, made.created_name, made.version) == ("U0ANA", "ana", 1)
    assert await get(connection, "nobody") is None


async def test_a_life_of_changes_ends_with_nothing_that_counts(
    connection: AsyncConnection,
) -> None:
    made = await add(connection, "#ops", WANTED, ANA, NOW)
    other = await add(connection, "C0DEV", Wanted(), ANA, NOW + HOUR)

    await mute(connection, [made.id], NOW + HOUR, "ben")
    muted = await get(connection, made.id)
    assert muted is not None
    assert muted.is_muted(NOW)
    assert not muted.is_muted(NOW + HOUR)
    assert muted.muted_by == "ben"
    await unmute(connection, [made.id], NOW)

    await note_error(connection, made.id, "no such channel", NOW)
    await relocate(connection, made.id, "C0OPS", NOW)
    await change(connection, made.id, Wanted(workflows=("b",)), NOW + HOUR)
    changed = await get(connection, made.id)
    assert changed is not None
    assert (changed.channel, changed.version, changed.error) == ("C0OPS", 2, None)
    assert changed.wanted.workflows == ("b",)
    assert changed.muted_until is None
    assert changed.created_at == NOW

    assert [each.id for each in await active(connection)] == [made.id, other.id]
    assert [each.id for each in await active(connection, channel="C0DEV")] == [other.id]
    await end(connection, made.id, NOW)
    gone = await get(connection, made.id)
    assert gone is not None
    assert gone.state is SubscriptionState.ENDED
    assert [each.id for each in await active(connection)] == [other.id]


async def test_what_is_known_of_a_filter_is_not_read_again_until_it_changes(
    connection: AsyncConnection,
) -> None:
    made = await add(connection, "#ops", WANTED, ANA, NOW)
    known = {made.key: Wanted(workflows=("known",))}

    (kept,) = await active(connection, known=known)
    await change(connection, made.id, Wanted(workflows=("new",)), NOW)
    (read,) = await active(connection, known=known)

    assert kept.wanted.workflows == ("known",)
    assert read.wanted.workflows == ("new",)


async def test_what_fires_is_counted_for_each(stage: MatchStage) -> None:
    one = await stage.subscribe()
    await stage.subscribe(workflows=("nothing",))
    await stage.match(finding(number=1), finding(number=2, workflow="billing"))

    async with (await stage.database.store()).reading() as connection:
        assert await firing_counts(connection) == {one.id: 2}
