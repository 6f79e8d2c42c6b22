"""Shortcuts, from the bar below the messages and from the menu of a message."""

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.desk import Desk
from bot.front import Front
from bot.listeners.once import take
from bot.listeners.origins import of_shortcut
from bot.seen import Seen


def register(app: AsyncApp, front: Front, desk: Desk, seen: Seen) -> None:
    """Every shortcut of the manifest."""

    @app.shortcut(re.compile(".*"))
    async def pressed(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        origin = of_shortcut(body)
        message = body.get("message") or {}
        callback_id = str(body["callback_id"])
        take(origin, front, desk, seen, lambda: front.shortcut(origin, callback_id, message))
