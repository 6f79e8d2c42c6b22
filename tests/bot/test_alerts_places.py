"""Where alerts go and whom they mention: names that people wrote, as Slack knows them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.alerts.channels import Channels, NotThere
from bot.alerts.mentions import Mentions
from bot.message import Message
from sandbox.slack.model import Channel
from tests.bot.deliveries import World, world


@pytest.fixture
async def ops(tmp_path: Path) -> AsyncIterator[World]:
    """A workspace with the app in #ops and #general."""
    async with world(f"sqlite:///{tmp_path / 'ops.db'}") as made:
        yield made


async def test_a_broadcast_reply_is_shown_in_the_channel_and_a_broadcast_card_is_a_card(
    ops: World,
) -> None:
    await ops.put("card", Message("card", broadcast=True))
    await ops.put("quiet", "quiet", thread_key="card")
    await ops.put("loud", Message("loud", broadcast=True), thread_key="card")
    async with ops.sending():
        await ops.settled()

    assert [(each.text, each.broadcast) for each in ops.shown()] == [
        ("card", False),
        ("quiet", False),
        ("loud", True),
    ]


async def test_a_channel_is_found_by_its_name_on_whichever_page_it_is(ops: World) -> None:
    workspace = ops.slack.workspace
    for number in range(1_200):
        workspace.channels[f"C9{number:06}"] = Channel(
            f"C9{number:06}", f"many-{number}", "channel"
        )
    last = workspace.channels["C9001199"]
    last.members.add(ops.app.user)

    assert await Channels(ops.calls).find("#Many-1199") == last.id
    assert len(ops.calls_of("conversations.list")) == 2


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("unknown", "There is no channel #alerts"),
        ("archived", "#alerts is archived"),
        ("not_member", "not in #alerts: invite it there"),
        ("no_scope", "lacks the scope channels:read"),
    ],
)
async def test_a_channel_that_takes_no_posts_says_what_to_do(
    ops: World, state: str, words: str
) -> None:
    if state != "unknown":
        channel = Channel("C9ALERTS", "alerts", "channel", archived=state == "archived")
        channel.members |= set() if state == "not_member" else {ops.app.user}
        ops.slack.workspace.channels[channel.id] = channel
    if state == "no_scope":
        ops.app.scopes -= {"channels:read", "groups:read"}

    with pytest.raises(NotThere, match=words):
        await Channels(ops.calls).find("#alerts")


async def test_public_channels_are_found_without_the_scope_for_private_ones(ops: World) -> None:
    ops.app.scopes -= {"groups:read"}

    assert await Channels(ops.calls).find("#ops") == ops.channel("ops").id


async def test_whom_a_subscription_mentions_is_what_slack_takes_and_others_are_text(
    ops: World,
) -> None:
    [group] = [each for each in ops.slack.workspace.groups.values() if each.handle == "oncall"]
    mentions = Mentions(ops.calls)

    assert await mentions.markup(None) == ""
    assert await mentions.markup("@oncall") == f"<!subteam^{group.id}>"
    assert await mentions.markup(f"{group.id}, U0ANA1234 @here") == (
        f"<!subteam^{group.id}> <@U0ANA1234> <!here>"
    )
    assert await mentions.markup("<!subteam^S0ABC123|@x>") == "<!subteam^S0ABC123>"
    assert await mentions.markup("@nobody <evil>") == "@nobody @evil"
    assert len(ops.calls_of("usergroups.list")) == 1
