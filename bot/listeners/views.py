"""Submitted and closed forms."""

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.desk import Desk
from bot.front import Front
from bot.listeners.once import take
from bot.listeners.origins import of_view
from bot.seen import Seen


def register(app: AsyncApp, front: Front, desk: Desk, seen: Seen) -> None:
    """A form is read before it is acknowledged, so that errors can land at their fields."""

    @app.view(re.compile("^form:"))
    async def submit(ack: AsyncAck, body: dict[str, Any]) -> None:
        origin = of_view(body)
        reading = await front.read(origin, body["view"])
        if reading.errors:
            await ack(response_action="errors", errors=dict(reading.errors))
            return
        if reading.view is not None:
            await ack(response_action="update", view=dict(reading.view))
        else:
            await ack()
        take(origin, front, desk, seen, reading.work)

    @app.view_closed(re.compile(".*"))
    async def closed(ack: AsyncAck) -> None:
        await ack()
