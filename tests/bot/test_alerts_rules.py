"""The rules by which alerts speak: reminders, mutes, what comes back, and what is not well."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.alerts.card import Setting, card
from bot.alerts.replies import over
from shared.alerts.finding import Kind
from shared.alerts.groups import Group, cleared, ended, muted, recovered
from shared.alerts.subscriptions import Subscription
from shared.alerts.words import manner_words
from tests.bot.alerts_made import NOON, failures, group, occurrence, subscription
from tests.bot.live_stage import shown as texts_of
from tests.bot.stage import BotStage, seen
from tests.bot.test_alerts_announcer import Desk, made_desk
from tests.bot.test_alerts_threads import alert, ask, placed
from tests.bot.test_alerts_threads import subscription as subscribed
from tests.mcp_server.faces import fresh
from tests.slack.workspace import Person

HERE = Setting(subscription(), NOON)
HOUR = timedelta(hours=1)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with made_desk(f"sqlite:///{tmp_path / 'ops.db'}") as made:
        yield made


async def pass_in_steps(desk: Desk, **span: float) -> None:
    """Announce whenever something is due until then."""
    until = desk.clock() + timedelta(**span)
    while (due := (await desk.group()).due_at) is not None and due <= until:
        desk.clock.now = max(due, desk.clock())
        await desk.announce()
    desk.clock.now = until
    await desk.announce()


@pytest.mark.parametrize("kind", [Kind.COMPLETED, Kind.RECOVERED, Kind.TERMINATED, Kind.CANCELLED])
async def test_nobody_is_reminded_of_what_merely_happened(desk: Desk, kind: Kind) -> None:
    owner = await desk.subscribe(kinds=frozenset({kind}), mention="U0ANA1234")
    await desk.strike(owner, [occurrence(kind, error=None, step=None)])
    await desk.announce()

    await pass_in_steps(desk, days=1)

    assert len(desk.cards()) == 1
    assert desk.thread() == []
    assert "reminder" not in texts_of(desk.cards()[0])
    assert "reminder" not in manner_words(owner.wanted)


async def test_a_reminder_that_falls_into_quiet_hours_comes_when_they_are_over(desk: Desk) -> None:
    quiet = {"since": "11:00", "until": "13:30"}
    owner = await desk.subscribe(quiet=quiet, repeat_seconds=86_400)
    await desk.strike(owner, failures(1))
    await desk.announce()
    await pass_in_steps(desk, hours=2)
    assert len(desk.cards()) == 1

    await pass_in_steps(desk, days=7)

    assert len(desk.thread()) == 7
    [last] = [each for each in desk.ops.shown() if "🔔" in texts_of(each)][-1:]
    assert "still failed" in texts_of(last)


async def test_a_card_that_was_held_over_night_is_no_reason_for_a_reminder_at_once(
    desk: Desk,
) -> None:
    owner = await desk.subscribe(quiet={"since": "11:00", "until": "20:00"}, mention="U0ANA1234")
    await desk.strike(owner, failures(1))
    await desk.announce()
    desk.clock.pass_(hours=8, minutes=1)
    await desk.announce()
    assert len(desk.cards()) == 1

    desk.clock.pass_(minutes=1)
    await desk.strike(owner, failures(2)[1:])
    await desk.announce()
    assert not any("🔔" in each for each in desk.thread())

    await pass_in_steps(desk, hours=8)
    assert sum("🔔" in each for each in desk.thread()) == 2


async def test_after_a_mute_people_are_reminded_of_what_still_fires(desk: Desk) -> None:
    owner = await desk.subscribe(repeat_seconds=3_600)
    await desk.strike(owner, failures(1))
    await desk.announce()
    desk.clock.pass_(minutes=1)
    await desk.change(lambda g: muted(g, desk.clock() + 3.5 * HOUR, "Ana", desk.clock()))
    await desk.announce()

    await pass_in_steps(desk, hours=3.4)
    assert desk.thread() == []
    await pass_in_steps(desk, hours=0.2)
    assert len(desk.thread()) == 1
    await pass_in_steps(desk, hours=1)
    assert len(desk.thread()) == 2


async def test_a_digest_lists_again_what_still_fires(desk: Desk) -> None:
    owner = await desk.subscribe(mode="digest", digest_seconds=900, repeat_seconds=3_600)
    assert "what still fires listed again every 1 h" in manner_words(owner.wanted)
    await desk.strike(owner, failures(3))
    await desk.announce()
    await pass_in_steps(desk, minutes=45)
    assert len(desk.cards()) == 1

    await pass_in_steps(desk, minutes=60)
    first, again = desk.cards()
    assert "3 occurrences of 1 alert" in texts_of(first)
    assert "1 still firing" in texts_of(again)
    assert "3, none new" in texts_of(again)

    await desk.change(lambda g: recovered(g, desk.clock(), "inv-9", desk.clock()))
    await pass_in_steps(desk, hours=5)
    assert len(desk.cards()) == 3
    assert "1 of them over" in texts_of(desk.cards()[2])


async def test_a_workflow_that_comes_and_goes_is_one_message_with_a_thread(desk: Desk) -> None:
    owner = await desk.subscribe(mention="U0ANA1234", broadcast=True)
    await desk.strike(owner, failures(1))
    await desk.announce()
    for number in range(2, 6):
        await _goes(desk)
        await _comes_back(desk, owner, number)
    await _goes(desk)

    [message] = desk.cards()
    assert "✅" in texts_of(message)
    assert "failed 5 times" in texts_of(message)
    assert not any("<@U0ANA1234>" in each for each in desk.thread())
    over_lines = [each for each in desk.ops.shown() if "recovered" in each.text][1:]
    assert [each.broadcast for each in over_lines] == [False] * 4


async def _goes(desk: Desk) -> None:
    desk.clock.pass_(minutes=5)
    await desk.change(lambda g: recovered(g, desk.clock(), "inv-9", desk.clock()))
    await desk.announce()


async def _comes_back(desk: Desk, owner: Subscription, number: int) -> None:
    desk.clock.pass_(minutes=5)
    name = f"inv-{number}"
    await desk.strike(owner, [occurrence(subject=name, execution_id=name, at=desk.clock())])
    await desk.announce()


async def test_what_came_and_went_during_a_mute_and_comes_back_in_it_is_not_posted(
    desk: Desk,
) -> None:
    owner = await desk.subscribe()
    await desk.strike(owner, failures(1))
    await desk.change(lambda g: muted(g, desk.clock() + HOUR, "Ana", desk.clock()))
    await desk.change(lambda g: recovered(g, desk.clock(), "inv-9", desk.clock()))
    await desk.announce()
    await _comes_back(desk, owner, 2)
    assert desk.ops.shown() == []

    desk.clock.pass_(hours=1)
    await desk.announce()
    [message] = desk.cards()
    assert "❌" in texts_of(message)


def state(kind: Kind = Kind.RETRYING, **facts: Any) -> Group:
    """A state that holds."""
    return group(occurrence(kind, key="k", **facts))


def closed(made: Group, because: str | None, at: datetime = NOON + HOUR) -> Group:
    return cleared(made, "k", at, None, at, because)


def test_what_is_over_without_being_well_is_grey_and_says_why() -> None:
    failed = closed(state(), "its execution failed")

    first = card(failed, HERE).text
    assert first == "▫️ invoice-import is over after 1 h: its execution failed"
    assert "✅" not in over(failed, HERE).text
    assert "is over" in over(failed, HERE).text
    assert "its execution failed" in over(failed, HERE).text
    assert card(closed(state(), None), HERE).text == "✅ invoice-import recovered after 1 h"


def test_what_is_not_followed_any_more_says_why() -> None:
    let_go = ended(group(), NOON, "the subscription was ended")

    assert "is not followed any more: the subscription was ended" in card(let_go, HERE).text


def test_how_often_an_alert_came_back_is_said() -> None:
    back = replace(group(*failures(4)), returns=2)

    assert "came back 2 times" in str(card(back, HERE).blocks)


async def test_a_person_closes_an_alert_by_hand(face: BotStage, on_call: Person) -> None:
    mine = await subscribed(face)
    made = await alert(face, mine, fresh("gone"))
    card_of_it = {"ts": await placed(face, made.message_key)}

    await ask(face, on_call, card_of_it, f"alerts ack {made.id} close=true", "▫️")
    closed = await seen(on_call, "is not followed any more: closed by")
    assert closed["ts"] == card_of_it["ts"]
    await ask(face, on_call, card_of_it, f"alerts ack {made.id} close=true", "is over")
