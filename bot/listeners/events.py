"""Mentions, direct messages, and the App Home."""

import re
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.desk import Desk
from bot.front import Front
from bot.listeners.once import take
from bot.listeners.origins import of_home, of_message
from bot.request import By
from bot.seen import Seen

_AFTER_A_NAME = " \t\n\u00a0:,"
_MENTION = re.compile(r"<@([A-Z0-9]+)(?:\|[^>]*)?>")


def register(app: AsyncApp, front: Front, desk: Desk, seen: Seen) -> None:
    """The events of the manifest; Bolt acknowledges an event when its listener returns."""
    me = front.me

    @app.event("app_mention")
    async def mentioned(body: dict[str, Any], event: dict[str, Any]) -> None:
        if _is_of_a_person(event):
            origin = of_message(By.MENTION, body)
            text = _said(event, me)
            take(origin, front, desk, seen, lambda: front.typed(origin, text))

    @app.event("message")
    async def written(body: dict[str, Any], event: dict[str, Any]) -> None:
        if event.get("channel_type") == "im" and _is_of_a_person(event):
            origin = of_message(By.DIRECT, body)
            text = _all_said(event, me)
            take(origin, front, desk, seen, lambda: front.typed(origin, text))

    @app.event("app_home_opened")
    async def home_opened(body: dict[str, Any], event: dict[str, Any]) -> None:
        if event.get("tab", "home") == "home":
            origin = of_home(body)
            take(origin, front, desk, seen, lambda: front.home(origin), awaited=False)


def _said(event: dict[str, Any], me: str) -> str:
    """What a channel says to us: what follows our name, or else what comes before it."""
    text = str(event.get("text", ""))
    found = next((each for each in _MENTION.finditer(text) if each[1] == me), None)
    if found is None:
        return text
    before, after = text[: found.start()], text[found.end() :].lstrip(_AFTER_A_NAME)
    return after if after.strip() else before


def _all_said(event: dict[str, Any], me: str) -> str:
    """What a direct message says, all of which is said to us: only our name is no part of it."""
    name = rf"<@{re.escape(me)}(?:\|[^>]*)?>[{_AFTER_A_NAME}]*"
    return re.sub(name, "", str(event.get("text", "")))


def _is_of_a_person(event: dict[str, Any]) -> bool:
    """Edits, joins and what apps write are not for us."""
    plain = event.get("subtype") in (None, "file_share", "thread_broadcast")
    return plain and "user" in event and "bot_id" not in event
