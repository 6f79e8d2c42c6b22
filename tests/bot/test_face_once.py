"""Whatever Slack or people send twice has one effect."""

import asyncio
from typing import Any

from sandbox.slack.faults import Fault
from sandbox.slack.model import Json
from shared.audit_rows import read_rows
from tests.bot.stage import BotStage, after, fill, form, newest, seen, text_of
from tests.mcp_server.faces import fresh
from tests.slack.workspace import Person, until


async def test_a_mention_that_slack_delivers_twice_starts_one_execution(
    face: BotStage, on_call: Person
) -> None:
    execution_id = fresh("mentioned")
    face.slack.faults.add(Fault("duplicate_event"))
    said = await on_call.say(
        "ops", f"@workflows start long-sync seconds=4000 execution_id={execution_id}"
    )
    assert face.slack.faults.waiting() == []
    await seen(on_call, "its card is below", thread=said)
    later = await on_call.say("ops", "@workflows whoami")
    await seen(on_call, "your level is", thread=later)
    assert len(await on_call.messages("ops", said)) == 2
    assert len(await cards(face, on_call, execution_id)) == 1
    assert len(await tried(face, "start_workflow", execution_id)) == 1


async def test_a_double_click_answers_once(face: BotStage, on_call: Person) -> None:
    execution_id = fresh("clicked")
    before = await newest(on_call)
    await on_call.command(
        "ops", f"/workflows start expense-approval amount=48 execution_id={execution_id}"
    )
    card = await after(on_call, before, execution_id)
    question = await seen(on_call, "What the manager answers", thread=card["ts"])
    await asyncio.gather(*(on_call.click(question, "Approve") for _ in range(2)))
    told = await seen(on_call, "answered by Ana Almeida", thread=card["ts"])
    assert told["ephemeral"]

    async def status() -> Any:
        return (await face.read(f"/executions/{execution_id}"))["status"]

    await until(status, lambda found: found == "COMPLETED", deadline=120)

    async def outcomes() -> list[str]:
        sent = await tried(face, "submit_input", execution_id)
        return [row["outcome"] for row in sent]

    # The trail has the outcome a moment after the execution has the answer.
    assert await until(outcomes, lambda seen: "started" not in seen) == ["ok"]


async def test_a_form_that_is_sent_twice_starts_one_execution(
    face: BotStage, on_call: Person
) -> None:
    execution_id = fresh("sent")
    await on_call.command("ops", "/workflows start long-sync")
    view = await form(on_call, "Execution id")
    view = await fill(on_call, view, Execution_id=execution_id)
    before = await newest(on_call)
    answers = await asyncio.gather(*(on_call.submit(view) for _ in range(2)))
    assert all("error" not in each for each in answers)
    await after(on_call, before, execution_id)
    await form(on_call, "its card is in")
    assert len(await tried(face, "start_workflow", execution_id)) == 1
    assert len(await cards(face, on_call, execution_id)) == 1


async def cards(face: BotStage, person: Person, execution_id: str) -> list[Json]:
    """What the bot shows everybody in #ops about an execution."""
    shown = await person.messages("ops")
    public = [each for each in shown if each["user"] == face.app.user and not each["ephemeral"]]
    return [each for each in public if execution_id in text_of(each)]


async def tried(face: BotStage, operation: str, execution_id: str) -> list[Json]:
    """What the trail has of an operation and an execution."""
    rows = await read_rows(await face.parts.database.store(), operation=operation)
    return [row for row in rows if execution_id in str(row)]
