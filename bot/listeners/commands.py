"""The slash command."""

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.desk import Desk
from bot.front import Front
from bot.listeners.once import take
from bot.listeners.origins import of_command
from bot.seen import Seen


def register(app: AsyncApp, front: Front, desk: Desk, seen: Seen) -> None:
    """Whatever the command is called in the manifest, it is ours."""

    @app.command(re.compile(".*"))
    async def typed(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        origin = of_command(body)
        take(origin, front, desk, seen, lambda: front.typed(origin, str(body.get("text", ""))))
