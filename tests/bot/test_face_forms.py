"""Forms from a command to the API and back, with nothing lost that somebody typed."""

from typing import Any

import pytest

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
    started,
    text_of,
)
from tests.mcp_server.faces import Stage, fresh
from tests.slack.workspace import Person, until


@pytest.fixture(scope="module")
async def sync(face: BotStage) -> str:
    """An execution that takes updates for as long as this module needs it, and can be reset."""
    execution_id = await Stage(face.api_url).start("long-sync", seconds=80_000)
    await until(
        lambda: face.read(f"/executions/{execution_id}/history"),
        lambda history: "WORKFLOW_TASK_COMPLETED" in str(history),
        deadline=PATIENCE_SECONDS,
    )
    return execution_id


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Document processing"),
        ("start", "Document processing"),
        ("start order-batch", "How many orders"),
        ("update {sync}", "Send an update"),
        ("update {sync} set_target", "Target"),
        ("schedules create daily-digest", "Time zone"),
        ("reset {sync}", "Go back to"),
    ],
)
async def test_a_command_without_its_arguments_opens_a_form(
    sync: str, on_call: Person, typed: str, words: str
) -> None:
    await on_call.command("ops", f"/workflows {typed.format(sync=sync)}")
    await form(on_call, words)


async def test_options_that_were_typed_stand_in_the_form_that_asks_for_the_rest(
    face: BotStage, sync: str, on_call: Person
) -> None:
    history = await face.read(f"/executions/{sync}/history?decode_payloads=true")
    point = next(
        int(each["eventId"])
        for each in history["events"]
        if each["eventType"].endswith("WORKFLOW_TASK_COMPLETED")
    )
    await on_call.command("ops", f"/workflows reset {sync} {point} exclude_signals=true")
    view = await form(on_call, "Go back to")
    assert f"#{point} " in text_of(field(view, "Go back to")["element"]["initial_option"])
    await on_call.close(view)
    await on_call.command("ops", "/workflows schedules create daily-digest paused=true")
    view = await form(on_call, "Time zone")
    assert field(view, "Start paused")["element"]["initial_options"]


async def test_a_terminated_execution_ends_the_form_that_its_card_opened(
    face: BotStage, on_call: Person
) -> None:
    before = await newest(on_call)
    await on_call.command("ops", "/workflows start long-sync seconds=4000")
    card = await after(on_call, before, "long-sync")
    menu = next(each for each in card["blocks"][-1]["elements"] if "options" in each)
    terminate = next(each for each in menu["options"] if text_of(each) == "Terminate…")
    await on_call.click(card, menu["action_id"], selected_option=terminate)
    view = await form(on_call, "Reason")
    await fill(on_call, view, Reason="stuck")
    await on_call.submit(view)
    await form(on_call, "terminated")


async def test_an_update_that_the_workflow_refuses_shows_the_form_again_with_what_was_typed(
    face: BotStage, sync: str, on_call: Person
) -> None:
    await on_call.command("ops", f"/workflows update {sync} set_target")
    view = await form(on_call, "Target")
    await fill(on_call, view, Target="-7")
    await on_call.submit(view)
    again = await form(on_call, "must not be negative")
    assert field(again, "Target")["element"]["initial_value"] == "-7"
    before = await newest(on_call)
    await fill(on_call, again, Target="70")
    await on_call.submit(again)
    await after(on_call, before, '"target": 70')
    await form(on_call, "has taken the update")


async def test_an_execution_that_ended_meanwhile_is_told_in_the_form(
    face: BotStage, on_call: Person
) -> None:
    execution_id = await Stage(face.api_url).waiting()
    await on_call.command("ops", f"/workflows signal {execution_id} note")
    view = await form(on_call, "Text")
    async with Stage(face.api_url).api() as api:
        await api.terminate_execution(execution_id)
    await fill(on_call, view, Text="too late")
    await on_call.submit(view)
    again = await form(on_call, "⚠️")
    assert field(again, "Text")["element"]["initial_value"] == "too late"


async def test_what_was_typed_goes_on_as_json_and_is_sent_as_it_stands(
    face: BotStage, on_call: Person
) -> None:
    await on_call.command("ops", "/workflows start document-processing")
    view = await form(on_call, "Pages")
    view = await fill(on_call, view, Pages="2")
    await on_call.click(view, "Edit as JSON")
    raw = await form(on_call, "Use the form")
    [block] = [each for each in raw["blocks"] if each["type"] == "input" and "json" in str(each)]
    assert '"pages": 2' in block["element"]["initial_value"]
    await on_call.fill(raw, {block["block_id"]: {block["element"]["action_id"]: '{"pages": '}})
    assert block["block_id"] in (await on_call.submit(raw))["errors"]
    await on_call.fill(raw, {block["block_id"]: {block["element"]["action_id"]: '{"pages": 4}'}})
    before = await newest(on_call)
    await on_call.submit(raw)
    card = await after(on_call, before, "document-processing")
    execution_id = await started(face, card)

    async def result() -> Any:
        return (await face.read(f"/executions/{execution_id}")).get("result")

    assert (await until(result, deadline=120))["pages"] == 4


async def test_the_launcher_leads_to_the_form_of_the_workflow_that_is_chosen(
    on_call: Person,
) -> None:
    await on_call.shortcut("start_workflow")
    launcher = await form(on_call, "Its form opens as soon as you choose")
    [menu] = [each["accessory"] for each in launcher["blocks"] if "accessory" in each]
    [chosen] = [each for each in menu["options"] if text_of(each).startswith("Order batch")]
    await on_call.click(launcher, menu["action_id"], selected_option=chosen)
    view = await form(on_call, "How many orders")
    await fill(on_call, view, Orders="1")
    before = await newest(on_call, "ops")
    await on_call.submit(view)
    await form(on_call, "its card is in")
    assert await newest(on_call, "ops") == before


async def test_an_answer_form_has_yes_and_no_and_its_errors_are_at_the_field(
    face: BotStage, on_call: Person
) -> None:
    execution_id = await Stage(face.api_url).waiting()
    await on_call.command("ops", f"/workflows inputs answer {execution_id}")
    view = await form(on_call, "Manager approval")
    refused = await on_call.submit(view)
    approved = field(view, "Approved")
    assert list(refused["errors"]) == [approved["block_id"]]
    yes = approved["element"]["options"][0]
    await on_call.fill(view, {approved["block_id"]: {approved["element"]["action_id"]: yes}})
    before = await newest(on_call)
    await on_call.submit(view)
    await after(on_call, before, f"{execution_id} has been answered")


async def test_a_very_long_id_breaks_neither_card_nor_list_nor_menu(
    face: BotStage, on_call: Person
) -> None:
    mine = fresh("long")
    execution_id = f"{mine}-{'x' * 150}"
    typed = f"start long-sync seconds=4000 execution_id={execution_id}"
    card = await answer(on_call, typed, f"{execution_id} is running")
    assert not card["ephemeral"]
    menu = next(
        each
        for block in card["blocks"]
        for each in block.get("elements", ())
        if each["type"] == "overflow"
    )
    query = next(each for each in menu["options"] if text_of(each) == "Query…")
    await on_call.click(card, menu["action_id"], selected_option=query)
    await form(on_call, "How far the sync is")
    await listed(face, execution_id, search=mine)
    found = await answer(on_call, f"list long-sync search={mine} limit=1", execution_id)
    assert found["ephemeral"]


async def test_the_thread_of_a_card_tells_of_an_update_and_its_answer_in_one_message(
    face: BotStage, on_call: Person
) -> None:
    execution_id = fresh("updated")
    typed = f"start long-sync seconds=4000 execution_id={execution_id}"
    card = await answer(on_call, typed, f"{execution_id} is running")
    menu = next(each for each in card["blocks"][-1]["elements"] if "options" in each)
    update = next(each for each in menu["options"] if text_of(each) == "Update…")
    await on_call.click(card, menu["action_id"], selected_option=update)
    view = await form(on_call, "Send an update")
    if "Target" not in text_of(view):
        await on_call.click(view, "set_target")
        view = await form(on_call, "Target")
    await fill(on_call, view, Target="70")
    await on_call.submit((await on_call.views())[-1])
    await form(on_call, "has taken the update")
    await seen(on_call, "set_target", thread=card["ts"])

    # Whatever else would come of it has come when this is answered.
    said = await on_call.say("ops", "@workflows whoami", card["ts"])
    await until(
        lambda: on_call.messages("ops", card["ts"]),
        lambda all: any(each["ts"] > said and "your level is" in text_of(each) for each in all),
        deadline=PATIENCE_SECONDS,
    )
    told = [text_of(each) for each in await on_call.messages("ops", card["ts"])]
    [one] = [each for each in told if "set_target" in each]
    assert "sent the update" in one
    assert "target: 70" in one
