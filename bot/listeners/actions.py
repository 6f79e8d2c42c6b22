"""Buttons, menus, and the fields of forms that want to be told of a change."""

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.buttons import PREFIX, pressed
from bot.desk import Desk
from bot.front import Front
from bot.listeners.once import take
from bot.listeners.origins import of_action
from bot.seen import Seen


def register(app: AsyncApp, front: Front, desk: Desk, seen: Seen) -> None:
    """Presses carry a request; other elements only have to be acknowledged."""

    @app.action(re.compile(f"^{PREFIX}"))
    async def press(ack: AsyncAck, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        request = pressed(action)
        if request is not None:
            origin = of_action(body, action)
            take(origin, front, desk, seen, lambda: front.pressed(origin, request))

    @app.action(re.compile("^form:"))
    async def choose(ack: AsyncAck, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        origin = of_action(body, action)
        view = body.get("view") or {}
        take(origin, front, desk, seen, lambda: front.chosen(origin, view, action))

    @app.action(re.compile(".*"))
    async def other(ack: AsyncAck) -> None:
        await ack()
