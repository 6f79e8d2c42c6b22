"""The story goes on in Slack: people start, answer and cancel in a channel."""

import json
from typing import Any

from scripts.demo.channel import Channel, Message
from scripts.demo.stage import Stage


async def play_in_slack(stage: Stage, channel: Channel) -> None:
    """Play every chapter; raises StepFailed when one did not really happen."""
    await _watch_a_card(stage, channel)
    await _decide(stage, channel)
    await _stop(stage, channel)
    await _hear_of_trouble(stage, channel)


async def _watch_a_card(stage: Stage, channel: Channel) -> None:
    stage.title("In Slack: one card that follows an execution, and its thread")
    await channel.command("ben", "start document-processing pages=4")
    card = await channel.sees("ben", "document-processing · completed")
    execution_id = _execution(card)
    await channel.sees("ben", "extract_page", thread=card)
    found = await stage.read(f"/executions/{execution_id}")
    stage.check("the execution of the card completed", found["status"], "COMPLETED")
    stage.check("four pages were read", found["result"]["pages"], 4)
    cards = [each for each in await channel.messages("ben") if execution_id in str(each)]
    stage.check("there is one card for it", len(cards), 1)


async def _decide(stage: Stage, channel: Channel) -> None:
    stage.title("In Slack: a question, and the button that answers it")
    await channel.command("ana", "start expense-approval amount=480 employee=ana")
    card = await channel.sees("ana", "expense-approval · waiting")
    question = await channel.sees("cleo", "Manager approval", thread=card, like=_has_buttons)
    await channel.press("cleo", question, "Approve")
    await channel.sees("cleo", "Approve* by", thread=card)
    await channel.sees("ana", "expense-approval · completed")
    found = await stage.read(f"/executions/{_execution(card)}")
    stage.check("the execution completed", found["status"], "COMPLETED")
    stage.check("it was approved", found["result"]["approved"], True)


async def _stop(stage: Stage, channel: Channel) -> None:
    stage.title("In Slack: cancel, after a second look")
    await channel.command("ana", "start long-sync seconds=3600")
    card = await channel.sees("ana", "long-sync · running")
    await channel.command("ana", 'cancel last reason="end of the demo"')
    asked = await channel.sees("ana", "Cancel this execution?")
    await channel.press("ana", asked, "Cancel it")
    await channel.sees("ana", "long-sync · cancelled")
    await channel.sees("ana", "end of the demo", thread=card)
    found = await stage.read(f"/executions/{_execution(card)}")
    stage.check("it was cancelled, after its clean-up", found["status"], "CANCELED")


async def _hear_of_trouble(stage: Stage, channel: Channel) -> None:
    stage.title("In Slack: an alert that changes, and turns green")
    await channel.command("ana", "alerts subscribe workflow=invoice-* status=failed,timed_out")
    await channel.sees("ana", "invoice-*")
    await channel.command("ben", "start invoice-import server=refuses")
    alert = await channel.sees("ana", "invoice-import failed in")
    found = await stage.read(f"/executions/{_execution(alert)}")
    stage.check("the execution of the alert failed", found["status"], "FAILED")
    await channel.press("ana", alert, "Acknowledge")
    await channel.sees("ana", "looks after it")
    firing = await stage.call("list_alerts", workflow="invoice-import")
    stage.check("an assistant sees the same alert", len(firing["alerts"]), 1)
    await channel.command("ben", "start invoice-import invoices=2")
    await channel.sees("ana", "invoice-import recovered")
    alerts = [each for each in await channel.messages("ana") if _is_alert(each)]
    stage.check("one message told of all that", len(alerts), 1)


def _execution(card: Message) -> str:
    """The execution of a card: the app says it in the value of every button."""
    for block in card["blocks"]:
        for element in block.get("elements", ()):
            given: dict[str, Any] = json.loads(element.get("value") or "{}").get("a") or {}
            if "execution_id" in given:
                return str(given["execution_id"])
    return ""


def _is_alert(message: Message) -> bool:
    return "invoice-import recovered" in message["text"]


def _has_buttons(message: Message) -> bool:
    return any(block["type"] == "actions" for block in message.get("blocks") or [])
