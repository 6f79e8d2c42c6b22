"""Socket Mode: tickets, at most ten sockets an app, each envelope to exactly one of them."""

import asyncio
import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, get_args

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from sandbox.slack.acknowledgement import Ack, NotAcknowledged, in_time
from sandbox.slack.faults import Faults
from sandbox.slack.model import App, Json
from sandbox.slack.workspace import Workspace, new_secret

MOST_SOCKETS = 10
TICKET_LIFETIME = 30.0
WARNING_TIME = 10.0
_HOST = "wss-local-1"

type Reason = Literal["warning", "refresh_requested", "too_many_websockets", "link_disabled"]
REASONS: frozenset[str] = frozenset(get_args(Reason.__value__))


@dataclass(slots=True, eq=False)
class Socket:
    """One open connection of an app; a leaving one gets no more envelopes."""

    websocket: WebSocket
    number: int
    leaving: bool = False
    closing: set[asyncio.Task[None]] = field(default_factory=set)

    async def send(self, message: Json) -> None:
        """Send it; whoever has gone does not hear it."""
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await self.websocket.send_text(json.dumps(message))

    async def close(self, code: int = 1000) -> None:
        """Hang up."""
        self.leaving = True
        if self.websocket.application_state is WebSocketState.CONNECTED:
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                await self.websocket.close(code)


class Sockets:
    """The open sockets of every app and the envelopes that wait for their acks."""

    def __init__(self, workspace: Workspace, faults: Faults) -> None:
        self._workspace = workspace
        self._faults = faults
        self._tickets: dict[str, tuple[str, float]] = {}
        self._open: dict[str, list[Socket]] = {}
        self._waiting: dict[str, tuple[str, asyncio.Future[Json]]] = {}
        self._opened = 0

    def address(self, app_id: str) -> str:
        """A WebSocket address that can be used once, soon."""
        ticket = new_secret()
        self._tickets[ticket] = (app_id, self._workspace.clock.now() + TICKET_LIFETIME)
        root = self._workspace.base_url.replace("http", "ws", 1)
        return f"{root}/socket/{ticket}?app_id={app_id}"

    def open_sockets(self, app_id: str) -> list[Socket]:
        """Those that take envelopes, the next one first."""
        return [socket for socket in self._open.get(app_id, ()) if not socket.leaving]

    async def deliver(self, app: App, envelope: Json) -> Ack:
        """Send to one socket and wait for the ack, on whichever socket it comes."""
        socket = self._next(app.id)
        if socket is None:
            raise NotAcknowledged("dispatch_failed", "no_open_socket")
        envelope_id = str(envelope["envelope_id"])
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = (app.id, answer)
        asked = self._workspace.clock.now()
        try:
            await socket.send(envelope)
            return Ack(await in_time(self._workspace.clock, asked, answer, "timeout"))
        finally:
            del self._waiting[envelope_id]

    async def serve(self, websocket: WebSocket) -> None:
        """Hold one connection until either side ends it."""
        app = self._admit(str(websocket.path_params["ticket"]))
        if app is None:
            await websocket.close(4004)
            return
        await websocket.accept()
        with self._counted(app, websocket) as socket:
            if (reason := self._unwelcome(app)) is not None:
                await socket.send(_disconnect(reason))
                await socket.close()
                return
            await socket.send(self._hello(app))
            await self._listen(app, socket)

    async def disconnect(self, app_id: str, reason: str, how_many: int | None = None) -> int:
        """Ask so many sockets to leave (all unless told); says how many were asked."""
        asked = self.open_sockets(app_id)[:how_many]
        for socket in asked:
            await socket.send(_disconnect(reason))
            socket.closing.add(asyncio.create_task(self._end(socket, reason)))
        return len(asked)

    async def close(self) -> None:
        """Hang up everywhere."""
        for socket in [socket for each in self._open.values() for socket in each]:
            await socket.close(1001)

    def _next(self, app_id: str) -> Socket | None:
        free = self.open_sockets(app_id)
        if not free:
            return None
        chosen = free[0]
        self._open[app_id].remove(chosen)
        self._open[app_id].append(chosen)
        return chosen

    def _admit(self, ticket: str) -> App | None:
        app_id, expires = self._tickets.pop(ticket, (None, 0.0))
        if app_id is None or expires < self._workspace.clock.now():
            return None
        return self._workspace.apps.get(app_id)

    def _unwelcome(self, app: App) -> Reason | None:
        if not takes_sockets(app) or app.revoked:
            return "link_disabled"
        return "too_many_websockets" if len(self._open[app.id]) > MOST_SOCKETS else None

    @contextlib.contextmanager
    def _counted(self, app: App, websocket: WebSocket) -> Iterator[Socket]:
        self._opened += 1
        # Nothing goes to it before its hello.
        socket = Socket(websocket, self._opened, leaving=True)
        self._open.setdefault(app.id, []).append(socket)
        try:
            yield socket
        finally:
            socket.leaving = True
            self._open[app.id].remove(socket)
            for task in socket.closing:
                task.cancel()

    def _hello(self, app: App) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._open[app.id]),
            "debug_info": {
                "host": _HOST,
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
            "connection_info": {"app_id": app.id},
        }

    async def _listen(self, app: App, socket: Socket) -> None:
        socket.leaving = False
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while True:
                heard = _ack(await socket.websocket.receive_text())
                if heard is None:
                    continue
                if self._faults.take({"drop_socket_in_ack"}) is not None:
                    await socket.close(1011)
                    return
                self._settle(app, *heard)

    def _settle(self, app: App, envelope_id: str, payload: Json) -> None:
        app_id, answer = self._waiting.get(envelope_id, (None, None))
        if answer is not None and app_id == app.id and not answer.done():
            answer.set_result(payload)

    async def _end(self, socket: Socket, reason: str) -> None:
        if reason == "warning":
            await self._workspace.clock.sleep(WARNING_TIME)
        await socket.close()


async def endpoint(websocket: WebSocket) -> None:
    """A bot connects."""
    sockets: Sockets = websocket.app.state.slack.sockets
    await sockets.serve(websocket)


def takes_sockets(app: App) -> bool:
    """Whether this app uses Socket Mode; one that names no address can use nothing else."""
    return bool(app.settings.get("socket_mode_enabled", app.request_url is None))


def _disconnect(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": _HOST}}


def _ack(text: str) -> tuple[str, Json] | None:
    try:
        heard = json.loads(text)
    except ValueError:
        return None
    if not isinstance(heard, dict) or not isinstance(heard.get("envelope_id"), str):
        return None
    payload = heard.get("payload")
    return heard["envelope_id"], payload if isinstance(payload, dict) else {}
