"""Modals: opened in time, and changed while they are open."""

import asyncio
from collections.abc import Awaitable

from bot.delivery import Priority, SlackRefused
from bot.forms import loading_view, message_view
from bot.message import Block
from bot.mrkdwn import line
from bot.parts import Parts
from bot.request import Origin
from shared.errors import OpsError

# A trigger is good for three seconds; what takes longer to look up gets a view to wait in.
_SOON_SECONDS = 1.2


class NoTrigger(OpsError):
    """A form was wanted where Slack gives no way to open one."""


async def open_view(parts: Parts, origin: Origin, title: str, making: Awaitable[Block]) -> None:
    """Open the view that is being made, first an empty one when that takes its time.

    Raises NoTrigger, SlackRefused, and what the making meets (told in the view if it is open).
    """
    if origin.trigger_id is None:
        raise NoTrigger("Slack cannot open a form here. Use the slash command or a button.")
    task = asyncio.ensure_future(making)
    done, _ = await asyncio.wait({task}, timeout=_SOON_SECONDS)
    if done:
        await _open(parts, origin.trigger_id, task.result())
        return
    try:
        opened = await _open(parts, origin.trigger_id, loading_view(title))
    except OpsError:
        task.cancel()
        raise
    await change_view(parts, opened, await _made(parts, opened, task))


async def change_view(parts: Parts, view_id: str, view: Block) -> None:
    """Show another view in the place of an open one; one that was closed stays closed."""
    try:
        await parts.calls.call(
            "views.update", {"view_id": view_id, "view": view}, Priority.INTERACTIVE
        )
    except SlackRefused as error:
        if error.error != "not_found":
            raise


async def _open(parts: Parts, trigger_id: str, view: Block) -> str:
    opened = await parts.calls.call(
        "views.open", {"trigger_id": trigger_id, "view": view}, Priority.INTERACTIVE
    )
    return str(opened["view"]["id"])


async def _made(parts: Parts, view_id: str, task: "asyncio.Future[Block]") -> Block:

    try:
        return await task
    except OpsError as error:
        return message_view("That failed", line(str(error), 2_000))
