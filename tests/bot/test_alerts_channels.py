"""A channel is an id to Slack and a name to assistants: alerts know it by both."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.alerts import subscriptions
from shared.alerts.subscriptions import Subscription
from tests.bot.test_alerts_announcer import Desk, made_desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with made_desk(f"sqlite:///{tmp_path / 'ops.db'}") as made:
        yield made


async def known_as(desk: Desk, channel: str) -> list[Subscription]:
    """The subscriptions that whoever writes this means."""
    async with desk.writing() as connection:
        return await subscriptions.active(connection, channel=channel)


async def test_a_channel_that_an_assistant_named_keeps_that_name_beside_its_id(
    desk: Desk,
) -> None:
    made = await desk.subscribe("#ops")
    await desk.put()

    for written in ("#ops", desk.ops.channel("ops").id):
        (found,) = await known_as(desk, written)
        assert (found.id, found.channel) == (made.id, desk.ops.channel("ops").id)


async def test_a_channel_that_slack_gave_as_an_id_is_known_by_its_name_soon_and_asked_for_once(
    desk: Desk,
) -> None:
    for channel in ("ops", "ops", "general"):
        await desk.subscribe(channel)
    for _ in range(5):
        await desk.put()

    assert len(await known_as(desk, "#ops")) == 2
    assert len(await known_as(desk, "#general")) == 1
    assert len(desk.ops.calls_of("conversations.info")) == 2


async def test_names_that_the_app_may_not_read_are_not_asked_for_at_every_turn(
    desk: Desk,
) -> None:
    desk.ops.app.scopes -= {"channels:read", "groups:read"}
    await desk.subscribe()
    for _ in range(3):
        await desk.put()
    assert len(desk.ops.calls_of("conversations.info")) == 1

    desk.ops.app.scopes |= {"channels:read"}
    desk.clock.pass_(hours=1)
    await desk.put()

    assert len(await known_as(desk, "#ops")) == 1
