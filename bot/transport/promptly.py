"""Deliveries that Slack wants no answer to: acknowledged before the app looks at them."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.breath import Breath

_log = logging.getLogger(__name__)

# What submits a form is answered with its errors, and what asks for options with the options.
_INTERACTIONS = frozenset({"block_actions", "message_action", "shortcut", "view_closed"})
_FORM = "payload="


@dataclass(frozen=True, slots=True)
class Posted:
    """What Slack posted, as it came."""

    body: str
    query: str
    headers: Mapping[str, str]


class Promptly:
    """Takes what wants no answer, and tells the app of it after Slack.

    Of many that come together all are acknowledged before the app looks at the first.
    """

    def __init__(self, app: AsyncApp, signing_secret: str) -> None:
        self._app = app
        self._verifier = SignatureVerifier(signing_secret)
        self._waiting: deque[Posted] = deque()
        self._telling: asyncio.Task[None] | None = None
        self._breath = Breath()

    def takes(self, posted: Posted) -> bool:
        """Take what is signed and wants no answer; the rest is for the app to judge at once."""
        if not self._verifier.is_valid_request(posted.body, {**posted.headers}):
            return False
        if not wants_no_answer(posted.body):
            return False
        self._waiting.append(posted)
        self._breath.arrived()
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell())
        return True

    async def aclose(self) -> None:
        """Return when the app knows of all that was acknowledged."""
        if self._telling is not None:
            await self._telling

    async def _tell(self) -> None:
        while self._waiting:
            await self._breath.take()
            for _ in range(len(self._waiting)):
                # What arrives meanwhile is acknowledged before the next.
                await asyncio.sleep(0)
                told = await self._app.async_dispatch(_delivery(self._waiting.popleft()))
                if told.status != HTTPStatus.OK:
                    _log.info("nothing in the app is for a delivery of Slack: %s", told.status)


def wants_no_answer(body: str) -> bool:
    """Whether an empty answer is right, whatever the app does about it."""
    if body.startswith("{"):
        return _json(body).get("type") == "event_callback"
    if body.startswith(_FORM):
        [payload, *_] = parse_qs(body).get("payload", [""])
        return _json(payload).get("type") in _INTERACTIONS
    # Slack also looks whether the certificate is good, with a form that has no command.
    return body.startswith("command=") or "&command=" in body


def _json(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _delivery(posted: Posted) -> AsyncBoltRequest:
    return AsyncBoltRequest(body=posted.body, query=posted.query, headers={**posted.headers})
