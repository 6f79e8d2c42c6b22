"""What Slack does later than we know of, and senders that stood still meanwhile."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery import Pacing, Priority, Sender, SlackCalls, Timing
from bot.delivery.claims import Blocked, Claims
from bot.delivery.delivering import Delivering
from bot.delivery.losses import Losses
from bot.delivery.sender import nobody_told
from bot.delivery.timing import DEFAULT
from bot.message import File, Message
from bot.settings import BotSettings
from sandbox.slack import file_shares
from sandbox.slack.faults import Fault
from tests.bot.deliveries import QUICK, World, running, until, world


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'late.db'}"


async def test_a_card_that_goes_back_after_a_change_of_unknown_outcome_is_changed_again(
    url: str,
) -> None:
    async with world(url) as ops, ops.sending():
        await ops.put("card", "open")
        await ops.settled()
        ops.slack.faults.add(Fault("reset_after", method="chat.update"))
        await ops.put("card", "is answering")
        await until(partial(nothing_is_to_come, ops))
        await ops.put("card", "open")
        await ops.settled()

    assert ops.texts() == ["open"]


async def test_a_change_that_slack_makes_after_we_gave_up_on_it_does_not_come_last(
    url: str,
) -> None:
    async with world(url) as ops:
        address = f"{ops.slack.workspace.base_url}/api/"
        client = AsyncWebClient(ops.app.bot_token, base_url=address, timeout=1)
        calls = SlackCalls(client, Pacing(scale=50))
        patient = replace(QUICK, settling=5.0)
        async with running(Sender(ops.outbox, calls, timing=patient).run):
            await ops.put("card", "card")
            await ops.settled()
            ops.slack.faults.add(Fault("slow", method="chat.update", seconds=3))
            await ops.put("card", "runs", priority=Priority.TERMINAL)
            await until(partial(nothing_is_to_come, ops))
            await ops.put("card", "is done", priority=Priority.TERMINAL)
            await ops.settled()

    assert ops.texts() == ["is done"]


async def test_a_file_that_slack_shows_late_is_not_shared_again(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_shares, "SHARED_AFTER", 1.5)
    async with world(url) as ops, ops.sending(replace(QUICK, sharing=10.0)):
        ops.slack.faults.add(Fault("reset_after", method="files.completeUploadExternal"))
        await ops.put("card", Message("card", files=(File("a.txt", b"a"),)))
        await ops.settled()
        await ops.put("end", "end")
        shown = await ops.until_shown(3)

    assert [bool(message.files) for message in shown].count(True) == 1
    assert len(ops.calls_of("files.completeUploadExternal")) == 1


async def test_a_file_that_is_shared_anew_has_as_long_to_be_shown_as_before(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_shares, "SHARED_AFTER", 1.5)
    async with world(url) as ops, ops.sending(replace(QUICK, sharing=4.0)):
        for kind in ("reset_before", "reset_after"):
            ops.slack.faults.add(Fault(kind, method="files.completeUploadExternal"))
        await ops.put("card", Message("card", files=(File("a.txt", b"a"),)))
        await ops.settled()
        await ops.put("end", "end")
        shown = await ops.until_shown(3)

    assert [bool(message.files) for message in shown].count(True) == 1
    assert len(ops.calls_of("files.completeUploadExternal")) == 2


async def test_a_sender_that_stood_still_until_another_took_over_sends_nothing(url: str) -> None:
    """As on a machine that was asleep between a claim and its call."""
    async with world(url) as ops:
        await ops.put("card", "card")
        timing = replace(QUICK, held=0.1)
        claims = Claims(ops.outbox, timing)
        losses = Losses(ops.outbox, claims, ops.calls.counters, nobody_told)
        asleep = Delivering(ops.outbox, claims, ops.calls, losses, timing)
        [waiting] = await claims.waiting(0, Blocked(), 9)
        [row] = await claims.claim([waiting.seq], 0)
        async with ops.sending():
            await ops.settled()
        await asleep.deliver(row)

    assert ops.texts() == ["card"]
    assert len(ops.calls_of("chat.postMessage")) == 1


def test_a_claim_is_not_taken_over_before_what_was_being_sent_has_arrived() -> None:
    soonest = BotSettings.model_validate({"WORKFLOW_OPS_TAKEOVER_SECONDS": 1}).takeover_seconds
    assert Timing.taking_over(soonest).held > DEFAULT.settling
    assert Timing.taking_over(60).held == 60


async def nothing_is_to_come(ops: World) -> bool:
    """The call that a fault strikes was made."""
    return not ops.slack.faults.waiting()
