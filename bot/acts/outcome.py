"""What follows an operation that went well: the answer, a live card, a word in threads."""

import asyncio
from collections.abc import Callable
from typing import Any

from bot.acts.cards import post_card
from bot.forms import message_view
from bot.message import File, Message
from bot.mrkdwn import code, line, user
from bot.pictures import rows_of_trace, waterfall
from bot.request import By
from bot.views import change_view
from bot.visit import Visit
from shared.operation import Operation
from shared.results import Done, ExecutionDetail, Outcomes, Result, Trace


async def told(
    visit: Visit, operation: Operation[Any, Any], result: Result, show: Callable[[], Message]
) -> None:
    """Show what an operation answered, in the way of its kind."""
    await _tell_threads(visit, result)
    if operation.name == "start_workflow" and isinstance(result, ExecutionDetail):
        await post_card(visit, result, show())
        return
    message = show()
    if isinstance(result, Trace):
        message = await _with_picture(result, message)
    await say(visit, message)


async def say(visit: Visit, message: Message) -> None:
    """Answer; a form that was sent becomes the answer's short version."""
    if visit.origin.by is By.FORM and visit.origin.view_id is not None:
        await change_view(visit.parts, visit.origin.view_id, message_view("Done", message.text))
    await visit.answer(message)


async def _with_picture(trace: Trace, message: Message) -> Message:
    rows = rows_of_trace(trace)
    if not rows:
        return message
    picture = await asyncio.to_thread(waterfall, rows, title=trace.execution_id)
    file = File(f"{trace.execution_id}.png", picture, title=f"Trace of {trace.execution_id}")
    return Message(message.text, message.blocks, (*message.files, file))


async def _tell_threads(visit: Visit, result: Result) -> None:
    """Threads of executions tell what people did to them, and why."""
    by, reason = user(visit.person.id), visit.arguments.get("reason")
    because = f": {line(str(reason), 300)}" if reason else ""
    match result:
        case Outcomes():
            verb = {"cancel": "asked it to stop", "terminate": "terminated it"}[result.act]
            for each in result.outcomes:
                if each.ok:
                    await visit.parts.live.tell(each.execution_id, f"⛔ {by} {verb}{because}")
        case Done() if result.execution_id is not None:
            point = code(str(visit.arguments.get("event_id", "")))
            words = f"↩️ {by} reset it to event {point}{because}"
            await visit.parts.live.tell(result.execution_id, words)
        case _:
            await _tell_message(visit, by)


async def _tell_message(visit: Visit, by: str) -> None:
    name, execution_id = visit.request.name, visit.arguments.get("execution_id")
    if name in ("signal_execution", "update_execution") and isinstance(execution_id, str):
        kind = name.partition("_")[0]
        words = f"✉️ {by} sent the {kind} {code(str(visit.arguments.get('name', '')))}"
        await visit.parts.live.tell(execution_id, words)
