"""The form of a subscription: tried out while it is filled in, and what others did meanwhile."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.slack.model import Json
from shared.alerts import subscriptions
from shared.alerts.words import written
from shared.context import utc_now
from tests.bot.slow_api import SlowApi, slow_api
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
    text_of,
)
from tests.mcp_server.faces import Stage, fresh
from tests.slack.workspace import Person, until

TRY = "What would this have matched?"
TRIED = "In the last 24 hours it would have matched"


@pytest.fixture(scope="module")
async def api(sandbox_url: str) -> AsyncIterator[SlowApi]:
    async with slow_api(sandbox_url) as door:
        yield door


@pytest.fixture(scope="module")
async def face(api: SlowApi, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BotStage]:
    async with bot_stage(api.url, tmp_path_factory.mktemp("bot") / "ops.db") as running:
        yield running


@pytest.fixture
async def on_call(api: SlowApi, face: BotStage) -> AsyncIterator[Person]:
    async with face.person("ana") as person:
        yield person
        api.release()
        await close_all(person)


async def opened(person: Person) -> Json:
    """An empty form."""
    await person.command("ops", "/workflows alerts subscribe")
    return await form(person, "Alerts for")


async def subscribed(person: Person, typed: str) -> tuple[Json, str]:
    """What answers a subscription, and its id."""
    shown = await answer(person, f"alerts subscribe {typed}", "tells of")
    return shown, shown["text"].split("`")[1]


async def reports(face: BotStage, shown: Json) -> list[Json]:
    """The first run of each execution that is named as the last of its alert.

    It may be one of another test, which may have reset it since.
    """
    return [
        (await face.read(f"/runs?search={each}&order=asc"))["executions"][0]
        for each in last_ones(shown["blocks"])
    ]


def last_ones(shown: Any) -> list[str]:
    """The ids that follow the time of the last occurrence, in all rows there are."""
    if not isinstance(shown, list | dict):
        return []
    parts = list(shown.values()) if isinstance(shown, dict) else shown
    if any(", last " in each.get("text", "") for each in parts if isinstance(each, dict)):
        return [parts[-1]["text"]]
    return [found for part in parts for found in last_ones(part)]


def are_failed_reports(found: list[Json]) -> bool:
    """Whether there are some, and a filter for failing reports matches each of them."""
    fates = {(each["workflow_name"], each["status"]) for each in found}
    return fates == {("failing-report", "FAILED")}


def typed_into(view: Json, label: str) -> Any:
    """What a text field holds."""
    block = field(view, label)
    return view["state"]["values"][block["block_id"]][block["element"]["action_id"]]["value"]


def below(view: Json, label: str) -> str:
    """The words of the block that follows a field."""
    block = field(view, label)
    at = [each["block_id"] for each in view["blocks"]].index(block["block_id"])
    return text_of(view["blocks"][at + 1])


async def test_the_form_says_what_its_filter_would_have_matched_and_keeps_what_is_typed(
    api: SlowApi, face: BotStage, on_call: Person
) -> None:
    await Stage(api.url).ended("failing-report")
    view = await opened(on_call)
    view = await fill(on_call, view, Workflows="failing-rep*", Remind_after="2h")
    await on_call.click(view, TRY)

    tried = await form(on_call, TRIED)
    assert "executions of failing-rep* that failed or timed out" in text_of(tried)
    assert are_failed_reports(await reports(face, tried))
    assert typed_into(tried, "Workflows") == "failing-rep*"
    assert typed_into(tried, "Remind after") == "2h"

    before = await newest(on_call)
    await on_call.submit(tried)
    shown = await after(on_call, before, TRIED)
    assert "reminder every 2 h" in text_of(shown)
    assert are_failed_reports(await reports(face, shown))


async def test_what_is_wrong_is_said_below_its_field_before_anything_is_sent(
    on_call: Person,
) -> None:
    view = await opened(on_call)
    bomb = "((a{1,90}){1,90}){1,90}"
    view = await fill(on_call, view, Error_matches=bomb, Remind_after="soon")
    await on_call.click(view, TRY)

    wrong = await form(on_call, "Not tried yet")
    assert "repeats too much" in below(wrong, "Error matches")
    assert "must be a duration" in below(wrong, "Remind after")
    assert typed_into(wrong, "Error matches") == bomb


async def test_fields_that_contradict_each_other_are_told_at_the_field(on_call: Person) -> None:
    view = await fill(on_call, await opened(on_call), Time_zone="Europe/Paris")
    await on_call.click(view, TRY)
    tried = await form(on_call, "Not tried yet")
    assert "about quiet hours" in below(tried, "Time zone")

    refused = await on_call.submit(tried)
    assert "about quiet hours" in refused["errors"][field(tried, "Time zone")["block_id"]]


async def test_while_the_api_takes_its_time_the_form_says_so_and_the_last_press_counts(
    api: SlowApi, face: BotStage, on_call: Person
) -> None:
    first, second = fresh("first"), fresh("second")
    view = await fill(on_call, await opened(on_call), Workflows=first)
    api.hold("GET /v1/workflows/runs")
    await on_call.click(view, TRY)
    looking = await form(on_call, "⏳ Looking")
    view = await fill(on_call, looking, Workflows=second)
    await on_call.click(view, TRY)

    async def looked_again() -> Json:
        return (await on_call.views())[-1]

    await until(looked_again, lambda v: v["hash"] != looking["hash"], deadline=PATIENCE_SECONDS)
    api.release()
    tried = await form(on_call, TRIED)
    assert second in text_of(tried)
    assert f"executions of {first}" not in text_of(tried)
    assert typed_into(tried, "Workflows") == second


async def test_a_form_that_was_closed_while_it_looked_is_no_error(
    api: SlowApi, face: BotStage, on_call: Person
) -> None:
    before = await newest(on_call)
    view = await opened(on_call)
    api.hold("GET /v1/workflows/runs")
    await on_call.click(view, TRY)
    looking = await form(on_call, "⏳ Looking")
    await on_call.close(looking)
    sent = len(face.slack.calls.of("views.update"))
    api.release()

    async def updates() -> int:
        return len(face.slack.calls.of("views.update"))

    await until(updates, lambda count: count > sent, deadline=PATIENCE_SECONDS)
    await answer(on_call, "whoami", "Ana")
    shown = [each for each in await on_call.messages("ops") if each["ts"] > before]
    assert not [each for each in shown if "not_found" in text_of(each)]
    assert await on_call.views() == []


async def test_what_two_people_change_at_once_is_all_kept(face: BotStage, on_call: Person) -> None:
    shown, identifier = await subscribed(on_call, f"workflow={fresh('both')} repeat=1h")
    await on_call.click(shown, "Edit…")
    view = await form(on_call, identifier)
    view = await fill(on_call, view, Remind_after="2h")
    store = await face.parts.database.store()
    async with store.writing() as connection:
        mine = await subscriptions.get(connection, identifier)
        assert mine is not None
        theirs = mine.wanted.model_copy(update={"errors": "rate limit"})
        await subscriptions.change(connection, identifier, theirs, utc_now())

    await on_call.submit(view)
    again = await form(on_call, "was changed while this form was open")
    assert typed_into(again, "Error matches") == "rate limit"
    assert typed_into(again, "Remind after") == "2h"
    assert "Also sent" not in text_of(again)

    await on_call.submit(again)
    await form(on_call, "tells of")
    async with store.reading() as connection:
        kept = await subscriptions.get(connection, identifier)
    assert kept is not None
    assert written(kept.wanted) == {**written(mine.wanted), "error": "rate limit", "repeat": "2h"}


async def test_what_was_ended_while_its_form_was_open_can_be_made_anew(
    face: BotStage, on_call: Person
) -> None:
    shown, identifier = await subscribed(on_call, f"workflow={fresh('ended')} repeat=1h")
    await on_call.click(shown, "Edit…")
    view = await form(on_call, identifier)
    view = await fill(on_call, view, Remind_after="3h")
    await answer(on_call, f"alerts unsubscribe {identifier}", "hears no more of")

    await on_call.submit(view)
    again = await form(on_call, "was ended while this form was open")
    assert typed_into(again, "Remind after") == "3h"
    before = await newest(on_call)
    await on_call.submit(again)
    made = await after(on_call, before, "reminder every 3 h")
    assert identifier not in made["text"]


async def test_the_button_of_an_ended_subscription_says_that_it_is_gone(
    face: BotStage, on_call: Person
) -> None:
    shown, identifier = await subscribed(on_call, f"workflow={fresh('gone')}")
    await answer(on_call, f"alerts unsubscribe {identifier}", "hears no more of")
    before = await newest(on_call)
    await on_call.click(shown, "Edit…")
    told = await after(on_call, before, f"There is no subscription {identifier}")
    assert told["ephemeral"]
    assert await on_call.views() == []
