"""A method that Slack does not have: the bot does without it, says which one it is, and goes on."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

import bot
from sandbox.slack.faults import Fault
from sandbox.slack.local import LocalSlack
from sandbox.slack.methods import METHODS
from shared.errors import OpsError
from tests.bot.stage import (
    PATIENCE_SECONDS,
    BotStage,
    after,
    answer,
    bot_stage,
    fill,
    form,
    newest,
    seen,
    text_of,
)
from tests.mcp_server.faces import fresh
from tests.slack.workspace import Person, until

type Doing = Callable[[BotStage, Person, str], Awaitable[None]]


async def card_that_cannot_change(face: BotStage, ana: Person, running: str) -> None:
    """The thread says why the card stays as it is, and tells the end."""
    execution_id = fresh("stays")
    start = f"start document-processing pages=1 execution_id={execution_id}"
    card = await answer(ana, start, execution_id)
    told = await seen(ana, "stays as it is", thread=card["ts"])
    assert "chat.update: unknown_method" in text_of(told)
    await seen(ana, "completed after", thread=card["ts"])


async def thread_that_cannot_be_written_to(face: BotStage, ana: Person, running: str) -> None:
    """Who asked hears it alone, and why."""
    said = await ana.say("ops", "@workflows whoami")
    told = await seen(ana, "your level is", thread=said)
    assert told["ephemeral"]
    assert "chat.postMessage: unknown_method" in text_of(told)


async def nothing_ephemeral(face: BotStage, ana: Person, running: str) -> None:
    """Once the address for answers is of no use either, a direct message is left."""
    face.slack.faults.add(Fault("invalid_blocks", "response_url", times=9))
    await ana.command("ops", "/workflows whoami")
    await seen(ana, "your level is", await direct(face, ana))


async def no_direct_messages(face: BotStage, ana: Person, running: str) -> None:
    """Somebody who asked for a card there is told."""
    told = await answer(ana, f"watch {running} where=dm", "conversations.open")
    assert "unknown_method" in text_of(told)


async def no_way_to_look(face: BotStage, ana: Person, running: str) -> None:
    """A post whose answer was lost is sent again, which is counted."""
    counters = face.parts.calls.counters
    before, execution_id = counters.possible_duplicates, fresh("blind")
    face.slack.faults.add(Fault("reset_before", "chat.postMessage"))
    await ana.command("ops", f"/workflows start long-sync seconds=3600 execution_id={execution_id}")
    await seen(ana, execution_id)
    assert counters.possible_duplicates == before + 1


async def no_lookup_of_channels(face: BotStage, ana: Person, running: str) -> None:
    """Names of channels wait; ids do, and everything else goes on."""
    told = await answer(ana, "alerts subscribe status=failed workflow=none-* in=nowhere", "nowhere")
    assert told["ephemeral"]


async def no_name_of_a_channel(face: BotStage, ana: Person, running: str) -> None:
    """A channel that is known by its id alone is heard of all the same."""
    await answer(ana, "alerts subscribe status=failed workflow=failing-*", "failing-*")
    before = await newest(ana)
    await face.parts.api.execute_workflow("failing-report", input={})
    await after(ana, before, "failing-report failed")

    async def asked() -> bool:
        return face.slack.calls.of("conversations.info") != []

    await until(asked, deadline=PATIENCE_SECONDS)


async def no_upload(face: BotStage, ana: Person, running: str) -> None:
    """What would be a file is text."""
    said = await ana.say("ops", f"@workflows history {running} details=true")
    told = await seen(ana, "Its text follows", thread=said)
    assert "unknown_method" in text_of(told)


async def no_lookup_of_a_person(face: BotStage, ana: Person, running: str) -> None:
    """Nobody unknown may do anything, and they hear why."""
    async with face.person("ben") as ben:
        told = await answer(ben, "list", "users.info")
        assert "unknown_method" in text_of(told)


async def no_form(face: BotStage, ana: Person, running: str) -> None:
    """The words that would do the same are named."""
    told = await answer(ana, "start document-processing", "views.open")
    assert "start WORKFLOW" in text_of(told)


async def form_that_cannot_change(face: BotStage, ana: Person, running: str) -> None:
    """It was sent all the same."""
    await ana.command("ops", "/workflows start long-sync")
    view = await form(ana, "Execution id")
    execution_id, before = fresh("formed"), await newest(ana)
    await ana.submit(await fill(ana, view, Execution_id=execution_id))
    await after(ana, before, execution_id)


async def no_home(face: BotStage, ana: Person, running: str) -> None:
    """A direct message says that it cannot be shown."""
    await ana.home()
    told = await seen(ana, "views.publish", await direct(face, ana))
    assert "unknown_method" in text_of(told)


async def no_check_of_cards(face: BotStage, ana: Person, running: str) -> None:
    """The doctor says that it cannot tell."""
    said = await ana.say("ops", "@workflows doctor everything=true")
    await seen(ana, "Slack does not tell: unknown_method", thread=said)


# By method, in the order in which they are tried.
DOINGS: dict[str, Doing] = {
    "blocks.validate": no_check_of_cards,
    "chat.postEphemeral": nothing_ephemeral,
    "chat.postMessage": thread_that_cannot_be_written_to,
    "chat.update": card_that_cannot_change,
    "conversations.history": no_way_to_look,
    "conversations.info": no_name_of_a_channel,
    "conversations.list": no_lookup_of_channels,
    "conversations.open": no_direct_messages,
    "files.completeUploadExternal": no_upload,
    "files.getUploadURLExternal": no_upload,
    "users.info": no_lookup_of_a_person,
    "views.open": no_form,
    "views.publish": no_home,
    "views.update": form_that_cannot_change,
}
AT_THE_START = {"auth.test", "apps.connections.open"}
OF_RIGHTS = {"usergroups.list", "usergroups.users.list"}
# As conversations.history, for a reply whose answer was lost.
LIKEWISE = {"conversations.replies"}


@pytest.fixture(scope="module")
async def running(face: BotStage) -> str:
    """An execution that goes on."""
    execution_id, api = fresh("goes-on"), face.parts.api
    await api.execute_workflow("long-sync", input={"seconds": 80_000}, execution_id=execution_id)
    return execution_id


def test_every_method_that_the_bot_calls_is_tried_here() -> None:
    folder = Path(bot.__file__).parent
    called = {
        name
        for path in folder.rglob("*.py")
        if path.name != "limits.py"
        for name in re.findall(r'"([a-z]+(?:\.[a-zA-Z]+)+)"', path.read_text())
        if name in METHODS
    }
    assert called == {*DOINGS, *AT_THE_START, *OF_RIGHTS, *LIKEWISE}


@pytest.mark.parametrize("method", DOINGS)
async def test_without_a_method_the_bot_says_so_and_goes_on(
    face: BotStage, on_call: Person, running: str, method: str
) -> None:
    faults = [Fault("unknown_method", method, times=99)]
    if method == "conversations.history":
        faults.append(Fault("unknown_method", "conversations.replies", times=99))
    for fault in faults:
        face.slack.faults.add(fault)
    try:
        await DOINGS[method](face, on_call, running)
    finally:
        face.slack.faults.clear()
    await answer(on_call, "whoami", "your level is destructive")


@pytest.mark.parametrize("method", sorted(OF_RIGHTS))
async def test_without_user_groups_people_may_look_and_are_told_why_they_may_do_no_more(
    sandbox_url: str, tmp_path: Path, method: str
) -> None:
    async with bot_stage(sandbox_url, tmp_path / "ops.db") as stage, stage.person("ana") as ana:
        execution_id = fresh("refused")
        api = stage.parts.api
        await api.execute_workflow("long-sync", input={"seconds": 9}, execution_id=execution_id)
        stage.slack.faults.add(Fault("unknown_method", method, times=99))
        who = await answer(ana, "whoami", "your level is write")
        await answer(ana, "schedules list", "chedule")
        refused = await answer(ana, f"cancel {execution_id}", "You may not use")
        stage.slack.faults.clear()
        await answer(ana, "whoami", "your level is destructive")

    for told in (who, refused):
        assert f"{method}: unknown_method" in text_of(told)


@pytest.mark.parametrize("method", sorted(AT_THE_START))
async def test_without_what_the_start_needs_the_bot_names_it_and_ends(
    sandbox_url: str, tmp_path: Path, method: str
) -> None:
    slack = LocalSlack()
    slack.faults.add(Fault("unknown_method", method, times=99))
    with pytest.raises(OpsError, match="unknown_method"):
        async with bot_stage(sandbox_url, tmp_path / "ops.db", slack=slack):
            pass


async def direct(face: BotStage, person: Person) -> str:
    """Where the bot writes to the person alone."""
    me = (await person.state())["me"]["id"]
    return face.slack.workspace.direct(me, face.app.user).id
