"""Small things about alerts that people would stumble over."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.slack.faults import Fault
from sandbox.slack.model import Json
from shared.alerts import group_rows, subscriptions
from shared.alerts.groups import State
from shared.alerts.words import written
from shared.api import Exchanged
from shared.context import utc_now
from shared.operations.alerts import create_alert_subscription, update_alert_subscription
from shared.operations.alerts_store import Overtaken
from tests.bot.stage import (
    PATIENCE_SECONDS,
    BotStage,
    after,
    answer,
    bot_stage,
    close_all,
    field,
    fill,
    form,
    newest,
    people_of_acme,
    seen,
    text_of,
)
from tests.bot.stores import opened, postgres, store_url  # noqa: F401 - fixtures
from tests.bot.test_alerts_buttons import card_of, choose
from tests.bot.test_alerts_threads import alert, subscription
from tests.mcp_server.faces import fresh
from tests.shared.operating import Routes, faced
from tests.slack.workspace import Person, until

TRY = "What would this have matched?"
MEANWHILE = "was changed while this form was open"


@pytest.fixture
async def cleo(face: BotStage) -> AsyncIterator[Person]:
    """Somebody else of the same channel."""
    async with face.person("cleo") as person:
        yield person
        await close_all(person)


async def test_an_alert_is_closed_from_its_card_once_a_person_agrees(
    face: BotStage, on_call: Person
) -> None:
    made = await alert(face, await subscription(face), fresh("gone"))
    card = await card_of(face, on_call, made)
    await choose(on_call, card, "Close…")
    asked = await seen(on_call, "Close this alert?", thread=card["ts"])
    assert asked["ephemeral"]
    assert "is not followed any more" not in text_of(await card_of(face, on_call, made))

    await on_call.click(asked, "Close it")
    closed = await card_of(face, on_call, made, "is not followed any more: closed by Ana")
    assert "Acknowledge" not in text_of(closed)
    told = await seen(on_call, "The alert is closed", thread=card["ts"])
    assert told["ts"] == asked["ts"], "it takes the place of the question"


async def test_an_alert_that_is_over_is_not_closed_again(face: BotStage, on_call: Person) -> None:
    made = await alert(face, await subscription(face), fresh("gone"))
    card = await card_of(face, on_call, made)
    await choose(on_call, card, "Close…")
    asked = await seen(on_call, "Close this alert?", thread=card["ts"])
    store = await face.parts.database.store()
    async with store.writing() as connection:
        [known] = await group_rows.lock(connection, [made.id])
        over = replace(known, state=State.RECOVERED, open={}, recovered_at=utc_now(), due_at=None)
        await group_rows.save(connection, [over])

    await on_call.click(asked, "Close it")
    await seen(on_call, "This alert is over: it recovered", thread=card["ts"])
    before = await newest(on_call)
    await choose(on_call, card, "Close…")

    async def told() -> list[Json]:
        shown = await on_call.messages("ops", card["ts"])
        return [each for each in shown if each["ts"] > before and "is over" in text_of(each)]

    await until(told, deadline=PATIENCE_SECONDS)
    async with store.reading() as connection:
        kept = await group_rows.get(connection, made.id)
    assert kept is not None
    assert kept.state is State.RECOVERED


async def test_who_may_not_write_closes_no_alert(sandbox_url: str, tmp_path: Path) -> None:
    nobody = people_of_acme(writers=frozenset())
    async with (
        bot_stage(sandbox_url, tmp_path / "ops.db", settings=nobody) as stage,
        stage.person("cleo") as cleo,
    ):
        made = await alert(stage, await subscription(stage), fresh("gone"))
        card = await card_of(stage, cleo, made)
        await choose(cleo, card, "Close…")
        refused = await seen(cleo, "WORKFLOW_OPS_SLACK_WRITERS", thread=card["ts"])
        assert refused["ephemeral"]


async def test_of_two_people_who_save_at_the_same_moment_nobody_overwrites_the_other(
    face: BotStage, on_call: Person, cleo: Person
) -> None:
    typed = f"workflow={fresh('both')} repeat=1h mention=@oncall"
    identifier = (await answer(on_call, f"alerts subscribe {typed}", "tells of"))["text"].split(
        "`"
    )[1]
    ana, ben = await edited(on_call, identifier), await edited(cleo, identifier)
    ana = await fill(on_call, ana, Remind_after="2h")
    ben = await fill(cleo, ben, Error_matches="rate limit")
    # Between the look at the subscription and the change of it, names are looked up.
    face.slack.faults.add(Fault("slow", "usergroups.list", times=2, seconds=1))
    await asyncio.gather(on_call.submit(ana), cleo.submit(ben))

    async def late() -> tuple[Person, Json] | None:
        for person in (on_call, cleo):
            views = await person.views()
            if views and MEANWHILE in text_of(views[-1]):
                return person, views[-1]
        return None

    found = await until(late, deadline=PATIENCE_SECONDS)
    assert found is not None
    person, again = found
    await person.submit(again)
    await form(person, "tells of")
    store = await face.parts.database.store()
    async with store.reading() as connection:
        kept = await subscriptions.get(connection, identifier)
    assert kept is not None
    assert {"error": "rate limit", "repeat": "2h"}.items() <= written(kept.wanted).items()


async def edited(person: Person, identifier: str) -> Json:
    """The form of a subscription."""
    await person.command("ops", f"/workflows alerts edit {identifier}")
    return await form(person, identifier)


async def test_a_version_that_was_seen_is_changed_once(
    store_url: str,  # noqa: F811
    tmp_path: Path,
) -> None:
    routes: Routes = {"GET /v1/workflows/runs": {"executions": [], "next_page_token": None}}
    async with opened(store_url) as database, faced(routes, tmp_path) as (caller, _):
        context = replace(caller.context, database=database)
        made = await create_alert_subscription.invoke(context, {"channel": "#ops"})
        me = {"subscription_id": made.subscription.subscription_id, "seen_version": 1}
        saved = await asyncio.gather(
            *(update_alert_subscription.invoke(context, {**me, "repeat": f"{n}h"}) for n in "1234"),
            return_exceptions=True,
        )

    assert sum(isinstance(each, Overtaken) for each in saved) == 3


async def test_a_form_keeps_what_is_filled_in_when_trying_it_meets_a_bug(
    stage: BotStage, ana: Person
) -> None:
    def broken(exchanged: Exchanged) -> None:
        if exchanged.route == "/v1/workflows/runs":
            raise ZeroDivisionError

    await ana.command("ops", "/workflows alerts subscribe")
    view = await fill(ana, await form(ana, "Alerts for"), Workflows="never-tried")
    with stage.parts.api.observed_by(broken):
        await ana.click(view, TRY)
        told = await form(ana, "That could not be tried: internal error")
    assert "Looking" not in text_of(told)
    assert typed_into(told, "Workflows") == "never-tried"

    before = await newest(ana)
    await ana.submit(told)
    await after(ana, before, "never-tried")


def typed_into(view: Json, label: str) -> Any:
    """What a text field holds."""
    block = field(view, label)
    return view["state"]["values"][block["block_id"]][block["element"]["action_id"]]["value"]
