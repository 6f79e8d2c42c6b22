"""Starting a workflow: the card comes at once, and a wait that was asked for after it."""

import re
from typing import Any

from bot.acts.aftermath import done, why
from bot.acts.cards import post_card
from bot.message import Message
from bot.mrkdwn import code
from bot.render import render
from bot.visit import Visit
from shared.errors import OpsError
from shared.operation import Operation
from shared.operations.wait import wait_for_execution
from shared.results import ExecutionDetail

_ODD = re.compile(r"[^A-Za-z0-9_-]+")


async def start(visit: Visit, operation: Operation[Any, Any]) -> None:
    """Start an execution and follow it; raises OpsError."""
    given = dict(visit.arguments)
    seconds = int(given.pop("wait_seconds", None) or 0)
    given["execution_id"] = given.get("execution_id") or _id_of_delivery(visit)
    result: ExecutionDetail = await operation.invoke(visit.context, given)
    async with done(visit, lambda: render(result, visit.view)):
        await visit.parts.targets.notice(visit.place, result)
        await post_card(visit, result, render(result, visit.view))
        if seconds:
            await _wait(visit, result.execution_id, seconds)


async def _wait(visit: Visit, execution_id: str, seconds: int) -> None:
    asked = {"execution_id": execution_id, "timeout_seconds": seconds}
    waiting = visit.asking("wait_for_execution", asked)
    try:
        result = await wait_for_execution.invoke(waiting.context, asked)
    except OpsError as error:
        started = f"Started {code(execution_id)}: do not start it again."
        await visit.whisper(Message(f"{started} Waiting for it failed: {why(error)}"))
        return
    await visit.answer(render(result, waiting.view))


def _id_of_delivery(visit: Visit) -> str:
    """The same for the same delivery, so that a form that is sent twice starts one execution."""
    readable = _ODD.sub("-", str(visit.arguments["workflow"]))[:200]
    return f"{readable}-{visit.origin.digest}"
