"""What people type, press and see, from Slack to the sandbox and back."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.bot.stage import BotStage, form, listed, seen, started, text_of
from tests.slack.workspace import Person, until


async def test_a_start_becomes_one_card_that_follows_the_execution_to_its_end(
    stage: BotStage, ana: Person
) -> None:
    await ana.command("ops", "/workflows start document-processing pages=3")
    card = await seen(ana, "completed in")
    execution_id = await started(stage, card)
    found = await stage.read(f"/executions/{execution_id}")
    await seen(ana, "extract_page", thread=card["ts"])
    assert found["status"] == "COMPLETED"
    assert found["result"]["pages"] == 3
    assert len([each for each in await ana.messages("ops") if execution_id in text_of(each)]) == 1


async def test_a_question_is_answered_with_a_button_and_the_card_says_by_whom(
    stage: BotStage, cleo: Person
) -> None:
    await cleo.command("ops", "/workflows start expense-approval amount=480")
    card = await seen(cleo, "waiting")
    question = await seen(cleo, "What the manager answers", thread=card["ts"])
    await cleo.click(question, "Approve")
    me = (await cleo.state())["me"]["id"]
    answered = await seen(cleo, f"by <@{me}>", thread=card["ts"])
    done = await seen(cleo, "completed in")
    found = await stage.read(f"/executions/{await started(stage, done)}")
    assert found["result"]["approved"] is True
    assert "Approve" in text_of(answered)
    assert answered["ts"] == question["ts"]


async def test_of_two_people_who_press_one_answers_and_the_other_is_told(
    stage: BotStage, ana: Person, cleo: Person
) -> None:
    await ana.command("ops", "/workflows start expense-approval amount=20")
    card = await seen(ana, "waiting")
    question = await seen(ana, "What the manager answers", thread=card["ts"])
    await asyncio.gather(ana.click(question, "Approve"), cleo.click(question, "Reject"))
    await seen(ana, "completed in")

    async def told() -> list[Any]:
        shown = [*await ana.messages("ops", card["ts"]), *await cleo.messages("ops", card["ts"])]
        return [each for each in shown if each["ephemeral"] and "answered by" in text_of(each)]

    # Both are on their way at once: either may be first.
    assert len(await until(told, deadline=120)) == 1

    async def accepted() -> list[Any]:
        rows = await audit_rows(stage, "submit_input")
        return [row for row in rows if row["outcome"] == "ok"]

    assert len(await until(accepted)) == 1


async def test_a_start_without_input_opens_the_form_of_the_workflow(
    stage: BotStage, ana: Person
) -> None:
    await ana.command("ops", "/workflows start document-processing")
    view = await form(ana, "Pages")
    [block] = [each for each in view["blocks"] if "Pages" in text_of(each)]
    await ana.fill(view, {block["block_id"]: {block["element"]["action_id"]: "2"}})
    assert (await ana.submit(view)).get("errors") in (None, {})
    card = await seen(ana, "document-processing")
    await form(ana, "Started")
    found = await stage.read(f"/executions/{await started(stage, card)}/history")
    assert found


async def test_an_error_in_a_form_lands_at_its_field(stage: BotStage, ana: Person) -> None:
    await ana.command("ops", "/workflows start document-processing")
    view = await form(ana, "Pages")
    [block] = [each for each in view["blocks"] if "Pages" in text_of(each)]
    await ana.fill(view, {block["block_id"]: {block["element"]["action_id"]: "-5"}})
    answer = await ana.submit(view)
    assert list(answer["errors"]) == [block["block_id"]]


async def test_cancelling_asks_first_and_then_tells_the_thread_who_did_it(
    stage: BotStage, ana: Person
) -> None:
    execution_id = await long_sync(ana)
    await ana.command("ops", "/workflows cancel last reason=lunch")
    asked = await seen(ana, "Cancel this execution?")
    assert asked["ephemeral"]
    assert (await stage.read(f"/executions/{execution_id}"))["status"] == "RUNNING"
    await ana.click(asked, "Cancel it")
    card = await seen(ana, "cancelled")
    await seen(ana, "lunch", thread=card["ts"])

    async def status() -> Any:
        return (await stage.read(f"/executions/{execution_id}"))["status"]

    await until(status, lambda found: found == "CANCELED", deadline=120)


@pytest.mark.parametrize("verb", ["cancel", "terminate"])
async def test_what_has_ended_is_not_asked_about(stage: BotStage, ana: Person, verb: str) -> None:
    execution_id = f"done-{uuid4().hex[:8]}"
    await stage.parts.api.execute_workflow("daily-digest", input={}, execution_id=execution_id)

    async def status() -> Any:
        return (await stage.read(f"/executions/{execution_id}"))["status"]

    await until(status, lambda found: found == "COMPLETED", deadline=120)
    await ana.command("ops", f"/workflows {verb} {execution_id}")
    if verb == "cancel":
        assert execution_id in text_of(await seen(ana, "has ended already (completed)"))
    else:
        # Slack gives a form three seconds, so that one may be there to say it in.
        async def told() -> str:
            return text_of([*await ana.views(), *await ana.messages("ops")])

        assert await until(told, lambda found: "has ended already" in found, deadline=120)


async def test_who_may_not_destroy_is_refused_and_the_refusal_is_audited(
    stage: BotStage, ana: Person, cleo: Person
) -> None:
    execution_id = await long_sync(ana)
    await cleo.command("ops", f"/workflows cancel {execution_id}")
    refused = await seen(cleo, "WORKFLOW_OPS_SLACK_ADMINS")
    assert refused["ephemeral"]
    assert (await stage.read(f"/executions/{execution_id}"))["status"] == "RUNNING"
    card = await seen(ana, "long-sync")
    await ana.click(card, "Cancel…")
    await seen(ana, "cancelled")


async def test_guests_and_strangers_are_refused(stage: BotStage) -> None:
    async with stage.person("dora") as dora:
        await dora.command("ops", "/workflows list")
        assert (await seen(dora, "Guests cannot use"))["ephemeral"]
    async with stage.person("eve") as eve:
        await eve.command("shared-partners", "/workflows list")
        assert await seen(eve, "other workspaces", channel="shared-partners")


async def test_terminating_needs_a_reason_in_a_form(stage: BotStage, ana: Person) -> None:
    execution_id = await long_sync(ana)
    await listed(stage, execution_id, search=execution_id)
    await ana.command("ops", f"/workflows terminate {execution_id[:-3]}")
    view = await form(ana, execution_id)
    assert (await ana.submit(view))["errors"]
    [block] = [each for each in view["blocks"] if "Reason" in text_of(each)]
    await ana.fill(view, {block["block_id"]: {block["element"]["action_id"]: "stuck"}})
    await ana.submit(view)
    await seen(ana, "terminated")
    assert (await stage.read(f"/executions/{execution_id}"))["status"] == "TERMINATED"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("lst status=failed", "list status=failed"),
        ("list statsu=failed", "list status=failed"),
        ("list failed", "say status=failed"),
        ("list expense-aproval", "expense-approval"),
        ("list status=runing", "did you mean RUNNING"),
        ("start expnse-approval", "expense-approval"),
        ("status last", "looked at no execution here yet"),
        ("result", "execution_id is required"),
        ("audit limit=999", "limit must be at most 200"),
    ],
)
async def test_a_mistake_is_answered_with_what_was_probably_meant(
    ana: Person, typed: str, said: str
) -> None:
    await ana.command("ops", f"/workflows {typed}")
    assert (await seen(ana, said))["ephemeral"]


async def test_what_may_have_been_meant_is_one_press_away(stage: BotStage, ana: Person) -> None:
    await ana.command("ops", "/workflows start document-procesing pages=1")
    told = await seen(ana, "did you mean document-processing?")
    await ana.click(told, "document-processing")
    card = await seen(ana, "document-processing · ")
    history = await stage.read(f"/executions/{await started(stage, card)}")
    assert history["workflow_name"] == "document-processing"


async def test_of_several_ids_that_begin_alike_the_chosen_one_is_still_asked_about(
    stage: BotStage, ana: Person
) -> None:
    root = f"twin-{uuid4().hex[:8]}"
    for each in ("a", "b"):
        await stage.parts.api.execute_workflow(
            "long-sync", input={"seconds": 3600}, execution_id=f"{root}-{each}"
        )
    await listed(stage, f"{root}-a", f"{root}-b", search=root)
    await ana.command("ops", f"/workflows cancel {root} reason=lunch")
    told = await seen(ana, "Several executions begin with")
    await ana.click(told, f"{root}-b")
    asked = await seen(ana, "Cancel this execution?")
    assert f"{root}-b" in text_of(asked)
    assert f"{root}-a" not in text_of(asked)
    found = await stage.read(f"/executions/{root}-b")
    await stage.parts.api.terminate_executions([f"{root}-a", f"{root}-b"])
    assert found["status"] == "RUNNING"


async def test_what_is_said_to_the_bot_is_what_follows_its_name(
    stage: BotStage, ana: Person
) -> None:
    shown = await ana.say("ops", "@Workflows whoami")
    assert await seen(ana, "whoami", thread=shown)
    said = await ana.say("ops", "hey @workflows whoami please")
    assert await seen(ana, "whoami", thread=said)
    bare = await ana.say("ops", "@workflows")
    door = await seen(ana, "Which workflow?", thread=bare)
    await ana.click(door, "Choose a workflow")
    await form(ana, "Its form opens as soon as you choose")


async def test_in_the_thread_of_a_card_a_mention_means_its_execution(
    stage: BotStage, ana: Person
) -> None:
    await ana.command("ops", "/workflows start failing-report")
    card = await seen(ana, "failed in")
    await ana.say("ops", "@workflows diagnose", thread_ts=card["ts"])
    assert await seen(ana, "net_revenue' is missing", thread=card["ts"])
    await ana.click(card, "Trace")

    async def picture() -> list[Any]:
        shown = await ana.messages("ops", card["ts"])
        return [file for each in shown for file in each.get("files") or ()]

    files = await until(picture, deadline=120)
    assert files[0]["name"].endswith(".png")


async def long_sync(person: Person) -> str:
    """A long execution, with its card."""
    await person.command("ops", "/workflows start long-sync seconds=3600")
    card = await seen(person, "long-sync")
    return next(word.strip("`") for word in text_of(card).split() if word.startswith("`long-sync-"))


async def audit_rows(stage: BotStage, operation: str) -> list[dict[str, Any]]:
    """The trail of an operation."""
    from shared.audit_rows import read_rows

    return await read_rows(await stage.parts.database.store(), operation=operation)
