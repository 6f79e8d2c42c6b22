"""Whom alerts mention, also when Slack does not say who that is."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.alerts.mentions import Mentions
from bot.delivery import SlackRefused, SlackUnreachable
from sandbox.slack.faults import Fault
from tests.bot.deliveries import World, world

HOUR = 3_600.0


@pytest.fixture
async def ops(tmp_path: Path) -> AsyncIterator[World]:
    async with world(f"sqlite:///{tmp_path / 'ops.db'}") as made:
        yield made


async def test_a_group_that_is_known_is_mentioned_while_slack_cannot_say_which_there_are(
    ops: World,
) -> None:
    hours = iter(range(99))
    mentions = Mentions(ops.calls, now=lambda: HOUR * next(hours))
    found = await mentions.markup("@oncall")
    ops.slack.faults.add(Fault("error_500", "usergroups.list", times=99))

    assert found.startswith("<!subteam^")
    assert await mentions.markup("@oncall") == found
    with pytest.raises((SlackRefused, SlackUnreachable)):
        await mentions.markup("@somebody-else")
