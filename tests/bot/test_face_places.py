"""Where people meet the bot besides a command in its channel."""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.slack.model import Json
from shared.operations.pending import WAITING_FILTER
from tests.bot.stage import (
    PATIENCE_SECONDS,
    BotStage,
    after,
    answer,
    field,
    fill,
    form,
    listed,
    newest,
    seen,
    text_of,
)
from tests.mcp_server.faces import Stage, fresh
from tests.slack.workspace import Person, Refused, until

LONG = 300.0


@dataclass(frozen=True, slots=True)
class World:
    """What there is to be seen."""

    waiting: str
    failed: str
    running: str
    schedule: str


async def new_world(face: BotStage) -> World:
    """One of each kind, when lists show them."""
    stage, api = Stage(face.api_url), face.parts.api
    schedule = fresh("digest")
    await api.create_schedule(
        {"input": {}, "intervals": [{"every": "PT3H"}]},
        workflow_identifier="daily-digest",
        schedule_id=schedule,
    )
    waiting, failed = await asyncio.gather(asking(face), stage.ended("failing-report"))
    running = await stage.start("long-sync", seconds=4_000)
    await listed(face, running, search=running, status=["RUNNING"])
    await listed(face, failed, search=failed, status=["FAILED"])

    async def schedules() -> set[str]:
        page = await api.list_schedules(workflow_name="daily-digest")
        return {each.schedule_id for each in page.schedules}

    await until(schedules, lambda found: schedule in found, deadline=PATIENCE_SECONDS)
    return World(waiting, failed, running, schedule)


async def asking(face: BotStage, **input: Any) -> str:
    """A new execution that waits for a person, when lists say so."""
    execution_id = await Stage(face.api_url).waiting(**input)
    await listed(face, execution_id, search=execution_id, search_key=[WAITING_FILTER])
    return execution_id


async def at_home(face: BotStage, person: Person) -> tuple[World, Json]:
    """One of each kind, and the home that shows them.

    It shows the newest alone, and others make some as well: then there have to be newer ones.
    """
    await person.home()
    view = await home(person, "As of")
    async with asyncio.timeout(LONG):
        while True:
            made = await new_world(face)
            view = await refreshed(person, view)
            if shows(view, made):
                return made, view


def shows(view: Json, made: World) -> bool:
    """Whether each of them is below its header."""
    parts = sections(view)
    running = next((text for title, text in parts.items() if "Running" in title), "")
    return (
        made.waiting in parts.get("🟡 Waits for people", "")
        and made.running in running
        and made.failed in parts.get("❌ Failed in the last 24 hours", "")
        and made.schedule in parts.get("🗓️ Schedules", "")
    )


async def test_the_home_shows_what_waits_runs_failed_and_comes_next(
    face: BotStage, on_call: Person
) -> None:
    made, view = await at_home(face, on_call)
    assert shows(view, made)


async def test_the_home_of_a_second_look_is_as_fresh_as_its_button_makes_it(
    face: BotStage, on_call: Person
) -> None:
    await on_call.home()
    view = await home(on_call, "As of")
    execution_id = await Stage(face.api_url).start("long-sync", seconds=4_000)
    await listed(face, execution_id, search=execution_id, status=["RUNNING"])
    assert execution_id not in text_of(view)
    await home_with(on_call, execution_id)


async def test_what_a_button_of_the_home_brings_comes_in_a_direct_message(face: BotStage) -> None:
    async with face.person("cleo") as cleo:
        world, _ = await at_home(face, cleo)
        before = await newest(cleo, "ops")
        await press_beside(cleo, world.failed)
        await seen(cleo, world.failed, channel=direct(face, "cleo"))
        await press_beside(cleo, world.schedule)
        await seen(cleo, world.schedule, channel=direct(face, "cleo"))
        assert await newest(cleo, "ops") == before


async def test_a_question_is_answered_from_the_home(face: BotStage, on_call: Person) -> None:
    execution_id = await asking(face, amount=481, employee="eva")
    await on_call.home()
    view = await home_with(on_call, "amount: 481 · employee: eva")
    row = next(text_of(each) for each in view["blocks"] if execution_id in text_of(each))
    assert "amount: 481 · employee: eva" in row
    assert " ago" in row
    await press_beside(on_call, "amount: 481 · employee: eva")
    asked = await form(on_call, "Manager approval")
    assert "amount: 481 · employee: eva" in text_of(asked)
    approved = field(asked, "Approved")
    yes = approved["element"]["options"][0]
    await on_call.fill(asked, {approved["block_id"]: {approved["element"]["action_id"]: yes}})
    await on_call.submit(asked)
    await form(on_call, "has been answered")
    await status_of(face, execution_id, "COMPLETED")


async def test_a_workflow_is_started_from_the_home_with_its_card_in_a_direct_message(
    face: BotStage,
) -> None:
    execution_id = fresh("from-home")
    async with face.person("ben") as ben:
        await ben.home()
        await ben.click(await home(ben, "As of"), "Start a workflow")
        view = await chosen(ben, "Long sync")
        await ben.submit(await fill(ben, view, Execution_id=execution_id))
        await form(ben, "its card is in")
        card = await seen(ben, execution_id, channel=direct(face, "ben"))
        assert await face.parts.live.execution_at(card["channel"], card["ts"]) == execution_id


async def test_the_shortcut_for_questions_lists_them_in_a_direct_message(
    face: BotStage, on_call: Person
) -> None:
    waiting = await asking(face)
    await on_call.shortcut("pending_inputs")
    shown = await seen(on_call, waiting, channel=direct(face, "ana"))
    assert "Manager approval" in text_of(shown)


async def test_the_shortcut_of_a_message_follows_the_execution_that_it_shows(
    face: BotStage, on_call: Person
) -> None:
    execution_id = await Stage(face.api_url).start("long-sync", seconds=4_000)
    said = await on_call.say("ops", f"Is `{execution_id}` stuck?")
    message = {"channel": "ops", "ts": said}
    await on_call.shortcut("watch_message", message)
    told = await after(on_call, said, f"{execution_id} is followed here")
    assert told["ephemeral"]
    card = await seen(on_call, f"{execution_id}` is running")
    assert not card["ephemeral"]
    assert await face.parts.live.execution_at(card["channel"], card["ts"]) == execution_id


@pytest.mark.parametrize(
    "words", ["See https://console.example/executions/{id}?a=1", "Is {id} stuck in `long-sync`?"]
)
async def test_a_link_or_a_bare_id_in_a_message_is_enough_to_follow_it(
    face: BotStage, on_call: Person, words: str
) -> None:
    execution_id = await Stage(face.api_url).start("long-sync", seconds=4_000)
    said = await on_call.say("ops", words.format(id=execution_id))
    await on_call.shortcut("watch_message", {"channel": "ops", "ts": said})
    await after(on_call, said, f"{execution_id} is followed here")


async def test_a_line_below_a_card_is_about_the_execution_of_the_card(on_call: Person) -> None:
    execution_id = fresh("asked")
    before = await newest(on_call)
    start = f"/workflows start expense-approval amount=7 execution_id={execution_id}"
    await on_call.command("ops", start)
    card = await after(on_call, before, execution_id)
    question = await seen(on_call, "What the manager answers", thread=card["ts"])
    await on_call.shortcut("watch_message", {"channel": "ops", "ts": question["ts"]})
    await seen(on_call, f"{execution_id}` is followed here", thread=card["ts"])


async def test_a_message_without_an_id_cannot_be_followed(on_call: Person) -> None:
    said = await on_call.say("ops", "Nothing to see here")
    await on_call.shortcut("watch_message", {"channel": "ops", "ts": said})
    assert (await after(on_call, said, "shows no execution"))["ephemeral"]


async def test_the_list_of_questions_has_pages(face: BotStage, on_call: Person) -> None:
    for _ in range(2):
        await asking(face)
    shown = await newest_question(on_call)
    asked = text_of(next(each for each in shown["blocks"] if "asked " in text_of(each)))
    await on_call.click(shown, "Next")

    async def turned() -> str:
        messages = await on_call.messages("ops")
        return next(text_of(each) for each in messages if each["ts"] == shown["ts"])

    assert asked not in await until(turned, lambda text: "First page" in text)


async def test_watching_twice_is_one_card_and_unwatching_ends_it(
    face: BotStage, on_call: Person
) -> None:
    execution_id = await Stage(face.api_url).start("long-sync", seconds=4_000)
    first = await answer(on_call, f"watch {execution_id}", f"{execution_id} is followed here")
    second = await answer(on_call, f"watch {execution_id}", f"{execution_id} is followed here")
    assert first["ts"] != second["ts"]
    shown = await on_call.messages("ops")
    public = [each for each in shown if not each["ephemeral"] and execution_id in text_of(each)]
    assert len(public) == 1
    listed = await answer(on_call, "watches", execution_id)
    await on_call.click(listed, beside(listed, execution_id))
    await after(on_call, listed["ts"], f"{execution_id} is not followed here any more")
    await answer(on_call, f"unwatch {execution_id}", "was not followed here")
    assert execution_id not in {each.execution_id for each in await face.parts.live.watches()}


async def test_what_is_followed_has_pages(
    face: BotStage, on_call: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.acts.watching._PAGE", 1)
    for _ in range(2):
        execution_id = await Stage(face.api_url).start("long-sync", seconds=4_000)
        await answer(on_call, f"watch {execution_id}", f"{execution_id} is followed here")
    listed = await answer(on_call, "watches", "Page 1 of")
    await on_call.click(listed, "Next")

    async def turned() -> Json:
        shown = await on_call.messages("ops")
        return next(each for each in shown if each["ts"] == listed["ts"])

    second = await until(turned, lambda shown: "Page 2 of" in text_of(shown))
    assert rows_of(second).isdisjoint(rows_of(listed))
    assert "First page" in text_of(second)


async def test_a_card_in_a_direct_message_follows_to_the_end(
    face: BotStage, on_call: Person
) -> None:
    execution_id = await Stage(face.api_url).waiting()
    told = await answer(on_call, f"watch {execution_id} in=dm", "in your direct messages")
    assert told["ephemeral"]
    card = await seen(on_call, execution_id, channel=direct(face, "ana"))
    async with Stage(face.api_url).api() as api:
        await api.terminate_execution(execution_id)

    async def now() -> str:
        shown = await on_call.messages(direct(face, "ana"))
        return next(text_of(each) for each in shown if each["ts"] == card["ts"])

    await until(now, lambda text: "terminated" in text, deadline=PATIENCE_SECONDS)
    public = [each for each in await on_call.messages("ops") if not each["ephemeral"]]
    assert not any(execution_id in text_of(each) for each in public)


async def test_where_the_bot_is_no_member_it_starts_and_says_how_to_invite_it(
    face: BotStage, on_call: Person
) -> None:
    execution_id = fresh("general")
    typed = f"start long-sync seconds=4000 execution_id={execution_id}"
    told = await answer(on_call, typed, "Invite the app", channel="general")
    assert told["ephemeral"]
    assert "Invite the app" in text_of(told["blocks"][0])
    await status_of(face, execution_id, "RUNNING")
    assert execution_id not in {each.execution_id for each in await face.parts.live.watches()}
    refused = await answer(on_call, f"watch {execution_id}", "Invite the app", channel="general")
    assert refused["ephemeral"]
    listed = await answer(on_call, f"status {execution_id}", "running", channel="general")
    assert listed["ephemeral"]
    public = [each for each in await on_call.messages("general") if not each["ephemeral"]]
    assert not any(execution_id in text_of(each) for each in public)


async def test_the_next_page_takes_the_place_of_the_one_before(
    face: BotStage, on_call: Person
) -> None:
    mine = fresh("long-sync")
    executions = {f"{mine}-{number}" for number in range(3)}
    for each in executions:
        await face.parts.api.execute_workflow(
            "long-sync", input={"seconds": 4_000}, execution_id=each
        )
    await listed(face, *executions, search=mine)
    shown = await answer(on_call, f"list long-sync search={mine} limit=2", "2 executions")
    count = len(await on_call.messages("ops"))
    await on_call.click(shown, "Next")

    async def pages() -> list[Json]:
        shown = [each for each in await on_call.messages("ops") if "First page" in text_of(each)]
        return [each for each in shown if f"{mine}-" in text_of(each)]

    [turned] = await until(pages, deadline=PATIENCE_SECONDS)
    assert turned["ephemeral"]
    assert len(await on_call.messages("ops")) == count
    assert not rows_of(shown) & rows_of(turned)
    assert rows_of(shown) | rows_of(turned) == executions


async def test_what_is_too_long_comes_as_a_file_in_a_direct_message(
    face: BotStage, on_call: Person
) -> None:
    execution_id = await Stage(face.api_url).ended("order-batch", orders=20)
    told = await answer(on_call, f"history {execution_id}", "in your direct messages with me")
    assert told["ephemeral"]
    assert not told.get("files")

    async def files() -> list[Json]:
        shown = await on_call.messages(direct(face, "ana"))
        found = [file for each in shown for file in each.get("files") or ()]
        return [file for file in found if f"history-{execution_id}" in file["name"]]

    assert len(await until(files, deadline=PATIENCE_SECONDS)) == 1


async def newest_question(person: Person) -> Json:
    """A page with the newest question that waits; others may have answered the newest by then."""
    async with asyncio.timeout(LONG):
        while True:
            told = await answer(person, "inputs limit=1", "for a person")
            if "1 question waits" in text_of(told):
                return told


async def home(person: Person, words: str) -> Json:
    """The App Home, when these words are to be read in it."""
    return await until(
        lambda: at_hand(person), lambda view: words in text_of(view), deadline=PATIENCE_SECONDS
    )


async def home_with(person: Person, words: str) -> Json:
    """The App Home after as many presses of its button as these words take to be in it."""
    view = await home(person, "As of")
    async with asyncio.timeout(LONG):
        while words not in text_of(view):
            view = await refreshed(person, view)
    return view


async def press_beside(person: Person, words: str) -> None:
    """Press the button of a row of the App Home, which may change just before that."""
    async with asyncio.timeout(LONG):
        while True:
            view = await home_with(person, words)
            with contextlib.suppress(Refused):
                await person.click(view, beside(view, words))
                return


async def refreshed(person: Person, view: Json) -> Json:
    """What takes the place of the App Home when its button is pressed."""
    # Its button is refused where something else has changed it already.
    with contextlib.suppress(Refused):
        await person.click(view, "Refresh")
    return await until(
        lambda: at_hand(person),
        lambda shown: shown["hash"] != view["hash"],
        deadline=PATIENCE_SECONDS,
    )


async def at_hand(person: Person) -> Json:
    """The App Home as it is."""
    return (await person.control.get("views", user=person.name))["home"] or {}


def sections(view: Json) -> dict[str, str]:
    """What is to be read below each header."""
    found: dict[str, str] = {}
    title = ""
    for block in view["blocks"]:
        if block["type"] == "header":
            title = text_of(block)
        else:
            found[title] = f"{found.get(title, '')} {text_of(block)}"
    return found


def beside(shown: Json, words: str) -> str:
    """The button of the row in which these words are to be read."""
    rows = [each for each in shown["blocks"] if "accessory" in each and words in text_of(each)]
    return str(rows[0]["accessory"]["action_id"])


def direct(face: BotStage, name: str) -> str:
    """A person's conversation with the bot."""
    workspace = face.slack.workspace
    user = next(each for each in workspace.users.values() if each.name == name)
    return workspace.direct(user.id, face.app.user).id


def rows_of(shown: Json) -> set[str]:
    """The executions of a list."""
    words = text_of(shown).replace("`", " ").split()
    return {each for each in words if each.startswith("long-sync-")}


async def chosen(person: Person, workflow: str) -> Json:
    """The form of a workflow that is picked in the launcher."""
    launcher = await form(person, "Its form opens as soon as you choose")
    [menu] = [each["accessory"] for each in launcher["blocks"] if "accessory" in each]
    [option] = [each for each in menu["options"] if text_of(each).startswith(workflow)]
    await person.click(launcher, menu["action_id"], selected_option=option)
    return await form(person, "Execution id")


async def status_of(face: BotStage, execution_id: str, wanted: str) -> Any:
    """The execution, when it has this status."""

    async def look() -> Any:
        return await face.read(f"/executions/{execution_id}")

    return await until(look, lambda found: found.get("status") == wanted, PATIENCE_SECONDS)


async def test_a_direct_message_counts_as_a_whole_wherever_the_bot_is_named_in_it(
    face: BotStage, on_call: Person
) -> None:
    said = await on_call.direct("workflow @workflows long-sync")
    told = await after(on_call, said["ts"], "set_target", channel=said["channel"])
    assert "long-sync" in text_of(told)
    said = await on_call.direct("@workflows, whoami")
    await after(on_call, said["ts"], "your level is", channel=said["channel"])
