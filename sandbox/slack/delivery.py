"""Sending to apps: over their sockets or to their address, events until they are taken."""

import asyncio
import uuid
from collections.abc import Coroutine
from typing import Any, Literal

from sandbox.slack.acknowledgement import Ack, NotAcknowledged
from sandbox.slack.faults import Faults
from sandbox.slack.model import App, Json
from sandbox.slack.signed_http import SignedHttp
from sandbox.slack.sockets import Sockets, takes_sockets
from sandbox.slack.workspace import Workspace

type Kind = Literal["events_api", "slash_commands", "interactive", "options"]

RETRIES_AFTER = (0.0, 60.0, 300.0)
"""Seconds between one attempt at an event and the next."""


class Delivery:
    """The way from the workspace to its apps."""

    def __init__(self, workspace: Workspace, sockets: Sockets, faults: Faults) -> None:
        self._workspace = workspace
        self._sockets = sockets
        self._faults = faults
        self.http = SignedHttp(workspace.clock)
        self._held: dict[str, list[Json]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._first_attempts: set[asyncio.Future[None]] = set()

    async def send(
        self, app: App, kind: Kind, payload: Json, attempt: int = 0, reason: str = ""
    ) -> Ack:
        """Deliver once; raises `NotAcknowledged`."""
        if app.revoked:
            raise NotAcknowledged("dispatch_failed", "app_uninstalled", final=True)
        if takes_sockets(app):
            return await self._sockets.deliver(app, _envelope(kind, payload, attempt, reason))
        url = address(app, kind, payload)
        if url is None:
            raise NotAcknowledged("dispatch_failed", "no_request_url", final=True)
        retry = {"x-slack-retry-num": str(attempt), "x-slack-retry-reason": reason}
        return await self.http.deliver(app, url, kind, payload, retry if attempt else {})

    def event(self, app: App, payload: Json) -> None:
        """Deliver an event in the background, and again while it is not taken."""
        if self._faults.take({"out_of_order"}, channel=_channel(payload)) is not None:
            self._held.setdefault(app.id, []).append(payload)
            return
        self._start(app, [payload, *self._held.pop(app.id, [])])

    async def settled(self) -> None:
        """Return when every event sent so far has been taken, or missed for the first time."""
        if waiting := [each for each in self._first_attempts if not each.done()]:
            await asyncio.wait(waiting)

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.http.close()

    def _start(self, app: App, payloads: list[Json]) -> None:
        tried: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._first_attempts.add(tried)
        tried.add_done_callback(self._first_attempts.discard)
        task = self._keep(self._one_by_one(app, payloads, tried))
        task.add_done_callback(lambda _: _settle(tried))

    async def _one_by_one(
        self, app: App, payloads: list[Json], tried: asyncio.Future[None]
    ) -> None:
        for payload in payloads:
            late = self._faults.take({"late_event"}, channel=_channel(payload))
            if late is not None:
                self._keep(self._later(app, payload, late.seconds))
            else:
                await self._first(app, payload)
        _settle(tried)

    async def _later(self, app: App, payload: Json, seconds: float) -> None:
        await self._workspace.clock.sleep(seconds)
        await self._first(app, payload)

    async def _first(self, app: App, payload: Json) -> None:
        twice = self._faults.take({"duplicate_event"}, channel=_channel(payload)) is not None
        missed = await self._attempt(app, payload)
        if twice and missed is None:
            missed = await self._attempt(app, payload)
        if missed is not None and not missed.final:
            self._keep(self._again(app, payload, missed.reason))

    async def _again(self, app: App, payload: Json, reason: str) -> None:
        for number, pause in enumerate(RETRIES_AFTER, start=1):
            await self._workspace.clock.sleep(pause)
            missed = await self._attempt(app, payload, number, reason)
            if missed is None or missed.final:
                return
            reason = missed.reason

    async def _attempt(
        self, app: App, payload: Json, attempt: int = 0, reason: str = ""
    ) -> NotAcknowledged | None:
        try:
            await self.send(app, "events_api", payload, attempt, reason)
        except NotAcknowledged as missed:
            return missed
        return None

    def _keep(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def address(app: App, kind: Kind, payload: Json) -> str | None:
    """Where the app takes this kind of delivery: one address for all, or those of its manifest."""
    if app.request_url is not None:
        return app.request_url
    interactivity: Json = app.settings.get("interactivity") or {}
    events: Json = app.settings.get("event_subscriptions") or {}
    match kind:
        case "events_api":
            found = events.get("request_url")
        case "slash_commands":
            commands = app.features.get("slash_commands") or []
            named = (each for each in commands if each.get("command") == payload["command"])
            found = next((each.get("url") for each in named), None)
        case "options":
            found = interactivity.get("message_menu_options_url")
        case _:
            found = interactivity.get("request_url")
    return str(found) if found else None


def _settle(tried: asyncio.Future[None]) -> None:
    if not tried.done():
        tried.set_result(None)


def _envelope(kind: Kind, payload: Json, attempt: int, reason: str) -> Json:
    envelope: Json = {
        "envelope_id": str(uuid.uuid4()),
        "payload": payload,
        "type": "interactive" if kind == "options" else kind,
        "accepts_response_payload": kind != "events_api",
    }
    if kind == "events_api":
        envelope |= {"retry_attempt": attempt, "retry_reason": reason}
    return envelope


def _channel(payload: Json) -> str | None:
    channel = payload["event"].get("channel")
    return channel if isinstance(channel, str) else None
