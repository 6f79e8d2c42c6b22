"""A channel is an id to Slack and a name to assistants: alerts know it by both."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from sandbox.slack.faults import Fault
from shared.alerts import subscriptions
from shared.alerts.pipeline import Alerts, Rhythm
from shared.alerts.subscriptions import Subscription
from shared.api import WorkflowsApi
from shared.leases import Leases
from tests.bot.alerts_made import failures
from tests.bot.deliveries import running
from tests.bot.test_alerts_announcer import Desk, made_desk
from tests.slack.workspace import until


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


async def test_a_channel_that_was_renamed_is_known_by_its_new_name_within_the_hour(
    desk: Desk,
) -> None:
    for _ in range(2):
        await desk.subscribe()
    await desk.put()
    desk.ops.channel("ops").name = "operations"
    for _ in range(3):
        await desk.put()
    assert len(await known_as(desk, "#ops")) == 2

    desk.clock.pass_(hours=1)
    for _ in range(3):
        await desk.put()

    assert len(await known_as(desk, "#operations")) == 2
    assert await known_as(desk, "#ops") == []
    assert len(desk.ops.calls_of("conversations.info")) == 2


@pytest.mark.parametrize("method", ["conversations.info", "conversations.list"])
async def test_no_alert_waits_for_slack_to_say_what_a_channel_is_called(
    desk: Desk, method: str
) -> None:
    owner = await desk.subscribe()
    await desk.subscribe("#general")
    desk.ops.slack.faults.add(Fault("slow", method, seconds=25))
    desk.ops.slack.workspace.clock.freeze()
    async with running(pipeline(desk).run):
        await until(partial(was_asked, desk))
        for each in failures(2):
            struck = await desk.strike(owner, [each])
            await until(partial(told, desk, struck.version))

    assert desk.ops.calls_of(method) == [], "Slack has not answered yet"


async def test_a_name_is_asked_for_again_soon_where_slack_did_not_answer(desk: Desk) -> None:
    await desk.subscribe()
    desk.ops.slack.faults.add(Fault("error_500", "conversations.info", times=99))
    await desk.put()
    desk.ops.slack.faults.clear()
    await desk.put()
    assert await known_as(desk, "#ops") == []

    desk.clock.pass_(minutes=1)
    await desk.put()

    assert len(await known_as(desk, "#ops")) == 1


def pipeline(desk: Desk) -> Alerts:
    """What tells of alerts in a bot, in front of an API that cannot be reached."""
    api = WorkflowsApi(httpx.AsyncClient(base_url="http://127.0.0.1:9"))
    database, announcer = desk.ops.outbox.database, desk.announcer
    return Alerts(
        *(database, api, Leases(database), announcer.announce),
        clock=desk.clock,
        look=announcer.look,
        rhythm=Rhythm(look=0.02),
    )


async def was_asked(desk: Desk) -> bool:
    """Whether the slow question is on its way to Slack."""
    return desk.ops.slack.faults.waiting() == []


async def told(desk: Desk, version: int) -> bool:
    """Whether a version of the alert was handed over, and there is a card of it."""
    return bool(desk.cards()) and (await desk.group()).shown_version == version
