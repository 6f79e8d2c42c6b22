"""What the buttons of an alert do, from the press to what people see and the API holds."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from bot.home.reading import Overview
from bot.home.view import home_view
from sandbox.slack.elements import elements
from sandbox.slack.model import Json
from shared.alerts import group_rows, subscriptions
from shared.alerts.finding import Kind
from shared.alerts.groups import Group, State, opened, struck
from shared.alerts.subscriptions import short_id
from shared.alerts.wanted import Wanted
from shared.context import utc_now
from shared.operations.alerts_rows import alert_row
from shared.tables.alerts import alert_occurrences
from tests.bot.alerts_made import NOON, group, occurrence
from tests.bot.stage import (
    PATIENCE_SECONDS,
    BotStage,
    after,
    answer,
    field,
    fill,
    form,
    newest,
    seen,
    started,
    text_of,
)
from tests.bot.test_alerts_threads import alert, placed, subscription
from tests.mcp_server.faces import Stage, fresh
from tests.slack.workspace import Person, until


async def card_of(stage: BotStage, person: Person, made: Group, words: str = "") -> Json:
    """The card of an alert as it is to be seen, once these words are in it."""
    ts = await placed(stage, made.message_key)

    async def look() -> Json | None:
        shown = await person.messages("ops")
        return next((each for each in shown if each["ts"] == ts and words in text_of(each)), None)

    found = await until(look, deadline=PATIENCE_SECONDS)
    assert found is not None
    return found


async def choose(person: Person, shown: Json, label: str) -> None:
    """Take a choice of a menu or a select."""
    for element in elements(shown["blocks"]):
        for option in element.body.get("options") or ():
            if text_of(option["text"]) == label:
                await person.click(shown, element.action_id, selected_option=option)
                return
    raise AssertionError(f"There is no choice {label!r}.")


def offered(shown: Any) -> list[str]:
    """The labels of the buttons."""
    found = elements(shown["blocks"])
    return [text_of(each.body["text"]) for each in found if each.body["type"] == "button"]


async def happens_again(stage: BotStage, made: Group, **facts: Any) -> None:
    """One more occurrence, as the matcher leaves it."""
    store = await stage.parts.database.store()
    async with store.writing() as connection:
        [known] = await group_rows.lock(connection, [made.id])
        now = utc_now()
        more = occurrence(Kind.FAILED, **{"workflow": "failing-report", "at": now, **facts})
        await group_rows.save(connection, [struck(known, more, Wanted(), now)])


async def below(person: Person, card: Json, words: str) -> Json:
    """The reply in the thread of a card that has these words in it, when it has come."""

    async def look() -> list[Json]:
        shown = await person.messages("ops", card["ts"])
        return [each for each in shown if each["ts"] != card["ts"] and words in text_of(each)]

    return (await until(look, deadline=PATIENCE_SECONDS))[0]


async def test_a_failure_is_started_again_with_the_same_input_once_a_person_agrees(
    face: BotStage, on_call: Person
) -> None:
    number = 4_711
    failed = await Stage(face.api_url).ended("order", number=number, in_stock=False)
    made = await alert(face, await subscription(face), failed, workflow="order")
    card = await card_of(face, on_call, made)

    await choose(on_call, card, "Start again…")
    view = await form(on_call, "Ships one order")
    assert field(view, "Number")["element"]["initial_value"] == str(number)
    before = await newest(on_call)
    assert before == card["ts"]
    await on_call.submit(view)

    execution_id = await started(face, await after(on_call, before, "order"))
    assert execution_id != failed
    history = await face.read(f"/executions/{execution_id}/history?decode_payloads=true")
    first = next(each for each in history["events"] if "STARTED" in each["eventType"])
    assert str(number) in str(first)
    assert "False" in str(first)


async def test_a_failure_is_reset_to_the_point_before_it_through_the_form(
    face: BotStage, on_call: Person
) -> None:
    failed = await Stage(face.api_url).ended("failing-report")
    history = await face.read(f"/executions/{failed}/history")
    run_id = (await face.read(f"/executions/{failed}"))["run_id"]
    made = await alert(face, await subscription(face), failed)
    card = await card_of(face, on_call, made)

    await choose(on_call, card, "Reset…")
    view = await form(on_call, "Go back to")
    point = text_of(field(view, "Go back to")["element"]["initial_option"])
    failure = next(e for e in history["events"] if e["eventType"].endswith("TASK_FAILED"))
    assert int(point.split()[0].lstrip("#")) < int(failure["eventId"])
    await fill(on_call, view, Reason="The template is mended")
    await on_call.submit((await on_call.views())[-1])

    await form(on_call, "new run")

    async def latest() -> str:
        return str((await face.read(f"/executions/{failed}"))["run_id"])

    await until(latest, lambda found: found != run_id, deadline=PATIENCE_SECONDS)


async def test_an_alert_of_a_question_is_diagnosed_in_its_thread_and_answered(
    face: BotStage, on_call: Person
) -> None:
    waiting = await Stage(face.api_url).waiting()
    mine = await subscription(face)
    facts = {"workflow": "expense-approval", "label": "Manager approval", "key": f"w:{waiting}"}
    made = await alert(face, mine, waiting, kind=Kind.WAITING, **facts)
    card = await card_of(face, on_call, made)
    assert "Manager approval" in text_of(card)

    await choose(on_call, card, "Diagnose")
    told = await below(on_call, card, "Manager approval")
    assert not told.get("ephemeral")
    assert waiting in text_of(told)

    await on_call.click(card, "Answer…")
    view = await form(on_call, "Manager approval")
    await fill(on_call, view, Approved="0")
    await on_call.submit((await on_call.views())[-1])

    async def ended() -> str:
        return str((await face.read(f"/executions/{waiting}"))["status"])

    await until(ended, lambda status: status == "COMPLETED", deadline=PATIENCE_SECONDS)


async def test_a_digest_shows_the_one_that_is_chosen_and_its_buttons_work(
    face: BotStage, on_call: Person
) -> None:
    failed = await Stage(face.api_url).ended("failing-report")
    mine = await subscription(face, mode="digest", digest_seconds="60")
    # Its window of time is over.
    then = utc_now() - timedelta(minutes=10)
    first = occurrence(
        Kind.FAILED, workflow="failing-report", execution_id=failed, subject=failed, at=then
    )
    made = opened(short_id(), mine.id, "d" * 40, {"workflow": "failing-report"}, first, then)
    store = await face.parts.database.store()
    async with store.writing() as connection:
        await group_rows.add(connection, [made])
        row = {"subscription_id": mine.id, "finding_key": failed, "group_id": made.id}
        snapshot = first.model_dump(mode="json")
        told = {"number": 1, "at": then, "snapshot": snapshot, "told": False}
        await connection.execute(insert(alert_occurrences), {**row, **told})
    message = await seen(on_call, f"subscription `{mine.id}`")
    assert "🗞️" in text_of(message)

    await choose(on_call, message, "1. failing-report failed")
    card = await below(on_call, message, f"alert `{made.id}`")
    assert card["ephemeral"]
    assert f"`{failed}`" in text_of(card)

    await on_call.click(card, "Acknowledge")
    await below(on_call, message, "You look after it")
    async with store.reading() as connection:
        known = await group_rows.get(connection, made.id)
    assert known is not None
    assert known.is_quiet


async def test_a_card_is_muted_and_heard_again_and_nobody_looks_after_it_for_that(
    face: BotStage, on_call: Person
) -> None:
    made = await alert(face, await subscription(face), fresh("gone"))
    card = await card_of(face, on_call, made)

    await choose(on_call, card, "Mute 1 hour")
    muted = await card_of(face, on_call, made, "🔕 muted by Ana Almeida until")
    assert "looks after it" not in text_of(muted)
    assert "Acknowledge" in offered(muted)

    await choose(on_call, muted, "Unmute")

    async def heard() -> Json:
        return await card_of(face, on_call, made)

    await until(heard, lambda shown: "🔕" not in text_of(shown), deadline=PATIENCE_SECONDS)
    card = await heard()
    assert "looks after it" not in text_of(card)
    assert "Acknowledge" in offered(card)


async def test_an_acknowledged_alert_that_happens_again_is_to_be_acknowledged_again(
    face: BotStage, on_call: Person
) -> None:
    made = await alert(face, await subscription(face), fresh("gone"))
    card = await card_of(face, on_call, made)
    await on_call.click(card, "Acknowledge")
    card = await card_of(face, on_call, made, "Ana Almeida looks after it")
    assert "Acknowledge" not in offered(card)

    await happens_again(face, made, subject="more", execution_id=fresh("more"))
    card = await card_of(face, on_call, made, "it happened 1 more time since")
    assert "Acknowledge" in offered(card)
    listed = await answer(on_call, "alerts firing channel=all", made.id)
    assert "Acknowledge" in str(listed)

    await on_call.click(card, "Acknowledge")

    async def taken() -> Json:
        return await card_of(face, on_call, made)

    await until(taken, lambda shown: "more time" not in text_of(shown), deadline=PATIENCE_SECONDS)


async def test_whoever_presses_a_button_of_an_alert_that_is_over_is_told_so(
    face: BotStage, on_call: Person
) -> None:
    made = await alert(face, await subscription(face), fresh("gone"))
    card = await card_of(face, on_call, made)
    store = await face.parts.database.store()
    async with store.writing() as connection:
        [known] = await group_rows.lock(connection, [made.id])
        # Its message does not say so yet.
        over = replace(known, state=State.RECOVERED, open={}, recovered_at=utc_now(), due_at=None)
        await group_rows.save(connection, [over])

    await choose(on_call, card, "Mute 1 hour")
    told = await seen(on_call, "This alert is over", thread=card["ts"])
    assert told["ephemeral"]


def test_the_home_counts_all_that_fires_and_offers_to_acknowledge_what_happened_again() -> None:
    quiet = group(acknowledged_at=NOON, acknowledged_by="U1", acknowledged_name="Ana")
    taken = replace(quiet, acknowledged_count=1)
    again = struck(taken, occurrence(), Wanted(), NOON)
    rows = tuple(alert_row(each, None) for each in (taken, again))
    overview = Overview((), False, (), (), (), alerts=rows, firing=30)
    home = home_view(overview, name="Ana", may_write=True, now=NOON)

    assert "🔔 Alerts (30 firing)" in text_of(home)
    assert offered(home).count("Acknowledge") == 1
    assert "Show all" in offered(home)
    more = replace(overview, firing=100, more_firing=True)
    assert "(100 or more firing)" in text_of(home_view(more, name="Ana", may_write=True, now=NOON))


async def test_the_home_shows_every_number_and_lists_what_it_has_no_room_for(
    face: BotStage, on_call: Person
) -> None:
    mine = await subscription(face)
    for _ in range(9):
        await alert(face, mine, fresh("gone"))
    store = await face.parts.database.store()
    async with store.reading() as connection:
        firing = (await subscriptions.firing_counts(connection))[mine.id]
    assert firing == 9

    async def title() -> str:
        return text_of(await on_call.home())

    shown = await until(title, lambda text: "Alerts (" in text, deadline=PATIENCE_SECONDS)
    assert int(shown.split("Alerts (")[1].split()[0]) >= firing
    assert "Show all" in offered(await on_call.home())


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("workflow=stranger-* mention=@nobodyknows", "nobody is called @nobodyknows"),
        ("workflow=nowhere-* in=#nope", "There is no channel #nope"),
    ],
)
async def test_a_name_that_nobody_has_is_refused_before_anything_is_subscribed(
    face: BotStage, on_call: Person, typed: str, words: str
) -> None:
    refused = await answer(on_call, f"alerts subscribe {typed}", words)
    assert refused["ephemeral"]
    listed = await answer(on_call, "alerts list channel=all", "subscription")
    assert typed.split("=")[1].split("*")[0] not in text_of(listed)


async def test_a_form_with_a_name_that_nobody_has_comes_back_as_it_was_filled_in(
    face: BotStage, on_call: Person
) -> None:
    await on_call.command("ops", "/workflows alerts subscribe")
    view = await form(on_call, "Alerts for")
    await fill(on_call, view, Workflows="never-form", Mention="@nobodyknows")
    await on_call.submit((await on_call.views())[-1])

    again = await form(on_call, "nobody is called @nobodyknows")
    assert field(again, "Workflows")["element"]["initial_value"] == "never-form"


async def test_another_channel_is_found_by_its_name_and_quiet_hours_are_by_the_clock_of_the_person(
    face: BotStage, on_call: Person
) -> None:
    ops = face.slack.workspace.channel_named("ops").id
    before = await newest(on_call, "general")
    typed = "alerts subscribe workflow=far-* in=#ops quiet=22-07"
    await on_call.command("general", f"/workflows {typed}")
    shown = await after(on_call, before, "tells of executions of far-", "general")
    assert f"<#{ops}>" in text_of(shown)
    assert "quiet 22:00-07:00 Europe/Paris" in text_of(shown)

    here = await answer(on_call, "alerts subscribe workflow=near-* quiet=22-07 zone=UTC", "near-")
    assert "quiet 22:00-07:00 UTC" in text_of(here)
