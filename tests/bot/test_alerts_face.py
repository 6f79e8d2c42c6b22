"""Alerts as people meet them in Slack: subscribed to, shown, acknowledged, muted, and over."""

import asyncio
import contextlib
from typing import Any

import pytest

from bot.settings import ANYONE
from sandbox.slack.model import Json
from tests.bot.stage import (
    PATIENCE_SECONDS,
    BotStage,
    after,
    answer,
    bot_stage,
    fill,
    form,
    newest,
    people_of_acme,
    seen,
    text_of,
)
from tests.mcp_server.faces import Stage, fresh
from tests.slack.workspace import Person, Refused, until

# Of the failures of other tests, a message of all of them would name the latest alone.
EACH = "group_by=workflow,execution"
LONG = 300.0


async def subscribed(person: Person, typed: str, channel: str = "ops") -> tuple[Json, str]:
    """What answers a subscription, and its id."""
    shown = await answer(person, f"alerts subscribe {typed}", "tells of", channel)
    return shown, shown["text"].split("`")[1]


async def test_a_failure_is_shown_acknowledged_by_one_person_and_diagnosed_in_its_thread(
    stage: BotStage, ana: Person, cleo: Person
) -> None:
    sandbox = Stage(stage.api_url)
    shown, _ = await subscribed(ana, f"workflow=order-batch,failing-report mention=@oncall {EACH}")
    assert shown["ephemeral"]
    assert "executions of order-batch or failing-report that failed or timed out" in text_of(shown)
    assert "In the last 24 hours it would have matched" in text_of(shown)
    await seen(ana, "subscribed this channel")

    failed = await sandbox.ended("failing-report")
    card = await seen(ana, f"`{failed}`")
    assert "❌ *failing-report* failed in" in text_of(card)
    assert "<!subteam^" in text_of(card)

    await asyncio.gather(*(each.click(card, "Acknowledge") for each in (ana, cleo)))
    taken = await seen(ana, "looks after it since")
    assert taken["ts"] == card["ts"]

    async def second() -> list[Json]:
        shown = [m for p in (ana, cleo) for m in await p.messages("ops", card["ts"])]
        return [each for each in shown if "acknowledged it already" in text_of(each)]

    # They pressed at once: whoever came second hears who was first.
    [told] = await until(second, deadline=PATIENCE_SECONDS)
    first = "Ana Almeida" if "Ana Almeida looks after" in text_of(taken) else "Cleo"
    assert first in text_of(told)
    assert told["ephemeral"]

    [row] = [block for block in taken["blocks"] if block["type"] == "actions"]
    mute = next(each for each in row["elements"] if each["type"] == "static_select")
    await ana.click(taken, mute["action_id"], selected_option=mute["options"][0])
    muted = await seen(ana, "🔕 muted by Ana Almeida")
    assert muted["ts"] == card["ts"]

    await ana.click(muted, "Diagnose")
    diagnosis = await seen(ana, "net_revenue", thread=card["ts"])
    assert not diagnosis.get("ephemeral")


async def test_the_same_message_turns_green_when_the_workflow_completes_again(
    stage: BotStage, ana: Person
) -> None:
    sandbox = Stage(stage.api_url)
    await subscribed(ana, "workflow=expense-approval status=terminated,failed")
    # Executions of other tests wait as well, and would keep one message of all of them open.
    await subscribed(ana, f"workflow=expense-approval when=waiting {EACH}")
    waiting = await sandbox.waiting()
    card = await seen(ana, f"`{waiting}`", patience=LONG)
    assert "🟡 *expense-approval* waits for an answer" in text_of(card)
    assert "Manager approval" in text_of(card)

    await ana.click(card, "Answer…")
    view = await form(ana, "Manager approval")
    await fill(ana, view, Approved="0")
    await ana.submit(view)

    async def green() -> bool:
        shown = await ana.messages("ops")
        return any(m["ts"] == card["ts"] and "✅ *expense" in text_of(m) for m in shown)

    await until(green, deadline=LONG)


async def test_without_arguments_a_form_asks_and_its_answer_is_the_subscription(
    face: BotStage, on_call: Person
) -> None:
    await on_call.command("ops", "/workflows alerts subscribe")
    view = await form(on_call, "Alerts for")
    view = await fill(on_call, view, Workflows="invoice-*", Remind_after="soon")
    refused = await on_call.submit(view)
    assert "must be a duration" in str(refused["errors"])

    await fill(on_call, (await on_call.views())[-1], Remind_after="2h", Quiet_hours="22-07")
    before = await newest(on_call)
    await on_call.submit((await on_call.views())[-1])
    shown = await after(on_call, before, "tells of executions of invoice-")
    assert "reminder every 2 h" in text_of(shown)
    assert "quiet 22:00-07:00" in text_of(shown)


async def test_a_subscription_is_edited_from_what_it_is(face: BotStage, on_call: Person) -> None:
    shown, identifier = await subscribed(on_call, 'workflow=edit-* error="rate limit" repeat=1h')
    await on_call.click(shown, "Edit…")
    view = await form(on_call, "edit-*")
    assert "rate limit" in str(view)
    before = await newest(on_call)
    await fill(on_call, view, Workflows="edited-*")
    await on_call.submit((await on_call.views())[-1])
    changed = await after(on_call, before, "edited-")

    assert f"`{identifier}`" in changed["text"]
    assert "rate limit" in text_of(changed)
    assert "reminder every 1 h" in text_of(changed)
    await answer(on_call, f"alerts unsubscribe {identifier}", "hears no more of")
    assert "There is no subscription" in text_of(
        await answer(on_call, f"alerts show {identifier}", "There is no subscription")
    )


async def test_a_mute_is_shown_in_the_list_and_can_be_ended(
    face: BotStage, on_call: Person
) -> None:
    _, identifier = await subscribed(on_call, "workflow=mute-*")

    await answer(on_call, f"alerts mute {identifier} for=2h", "muted until")
    listed = await answer(on_call, "alerts list", "mute-")
    assert "🔕 muted until" in text_of(listed)
    unmuted = await answer(on_call, f"alerts unmute {identifier}", identifier)
    assert "🔕" not in text_of(unmuted)


async def test_a_test_posts_a_marked_example_where_the_alerts_go(
    face: BotStage, on_call: Person
) -> None:
    _, identifier = await subscribed(on_call, "workflow=test-* mention=@oncall")
    await answer(on_call, f"alerts test {identifier}", "An example")
    shown = await seen(on_call, "This is an example: nothing happened")

    assert "test-example" in text_of(shown)
    assert "<!subteam" not in text_of(shown)
    assert not shown.get("ephemeral")


async def test_a_channel_without_the_bot_is_told_how_to_invite_it(
    face: BotStage, on_call: Person
) -> None:
    shown, identifier = await subscribed(on_call, "workflow=invite-*", "general")

    assert "Nothing can be posted there yet" in text_of(shown)
    assert "/invite" in text_of(shown)
    listed = await answer(on_call, "alerts list", "invite-", "general")
    assert "not_in_channel" in text_of(listed)
    await answer(on_call, f"alerts unsubscribe {identifier}", "hears no more", "general")


async def test_others_may_change_a_subscription_in_its_channel_only(
    face: BotStage, on_call: Person
) -> None:
    _, identifier = await subscribed(on_call, "workflow=rights-*")
    async with face.person("cleo") as cleo:
        refused = await answer(cleo, f"alerts mute {identifier}", "is of Ana", "general")
        assert "🔒" in text_of(refused)
        await answer(cleo, f"alerts mute {identifier}", "muted until", "ops")


async def test_who_may_only_read_is_told_so_at_the_button(sandbox_url: str, tmp_path: Any) -> None:
    rights = people_of_acme(writers=frozenset[str](), admins=frozenset({"@oncall"}))
    assert ANYONE not in rights.writers
    async with (
        bot_stage(sandbox_url, tmp_path / "ops.db", settings=rights) as stage,
        stage.person("ana") as ana,
        stage.person("cleo") as cleo,
    ):
        await subscribed(ana, f"workflow=failing-report {EACH}")
        failed = await Stage(stage.api_url).ended("failing-report")
        card = await seen(ana, f"`{failed}`")
        await cleo.click(card, "Acknowledge")
        refused = await seen(cleo, "You may not use", thread=card["ts"])
        assert refused["ephemeral"]
        await cleo.command("ops", "/workflows alerts subscribe")
        assert "You may not use" in text_of(await seen(cleo, "alerts subscribe"))


async def test_the_home_shows_what_fires_and_the_subscriptions_with_a_mute(
    stage: BotStage, ana: Person
) -> None:
    await subscribed(ana, f"workflow=failing-report {EACH}")
    failed = await Stage(stage.api_url).ended("failing-report")
    await seen(ana, f"`{failed}`")

    async def shown() -> str:
        return text_of(await ana.home())

    home = await until(shown, lambda text: "Alerts" in text, deadline=PATIENCE_SECONDS)
    assert "*failing-report" in home

    async def pressed() -> bool:
        # The home may change just before its button is pressed.
        with contextlib.suppress(Refused):
            await ana.click(await ana.home(), "Mute 1 hour")
            return True
        return False

    await until(pressed, deadline=PATIENCE_SECONDS)
    await until(shown, lambda text: "🔕 until" in text, deadline=PATIENCE_SECONDS)


@pytest.mark.parametrize("typed", ["alerts ack nobody", "alerts test nobody", "alerts mute nobody"])
async def test_what_is_not_there_is_said_to_be_so(
    face: BotStage, on_call: Person, typed: str
) -> None:
    shown = await answer(on_call, typed, "There is no")
    assert shown["ephemeral"]
    assert fresh("x") not in text_of(shown)
