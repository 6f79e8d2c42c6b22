"""The workspace, its database and the sender in virtual time: hours in seconds."""

import asyncio
import contextlib
import selectors
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import Pacing, SlackCalls, Timing
from bot.doctor import Doctor
from bot.live import Rhythm
from bot.parts import Parts
from bot.serve import parts_of
from bot.settings import BotSettings
from bot.slack_app import SlackApp, web_client
from bot.work import at_work
from sandbox.slack.app import build_slack
from sandbox.slack.clock import Clock
from sandbox.slack.local import LocalSlack
from sandbox.slack.workspace import seeded
from shared.alerts.pipeline import Rhythm as AlertRhythm
from shared.alerts.sweeps import SweepRhythm
from shared.api import WorkflowsApi
from shared.database import Database, database_url
from shared.store import Store
from tests.bot.deliveries import World, connected

# An hour of looking every second is many looks at nothing.
_SLOW_SENDER = Timing(held=300.0, poll=20.0, probe=60.0)
_SLOW_LIVE = Rhythm(take=60.0, sweep=120.0)
_SLOW_ALERTS = AlertRhythm(SweepRhythm(every=60.0), look=60.0)
_EPOCH = datetime(2026, 6, 1, tzinfo=UTC)
# Sockets of one process deliver at once.
_REAL_WAIT = 0.001


class QuietLoop(asyncio.SelectorEventLoop):
    """Its clock jumps to the next timer as soon as neither a socket nor the database is busy."""

    def __init__(self) -> None:
        self.busy = 0
        self._jumped = 0.0
        super().__init__(_Selector(self))

    def time(self) -> float:
        return super().time() + self._jumped

    def jump(self, seconds: float) -> None:
        self._jumped += seconds

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """A thread works for us, and time must not jump over it."""
        self.busy += 1
        try:
            yield
        finally:
            self.busy -= 1


class _Selector(selectors.DefaultSelector):
    def __init__(self, loop: QuietLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self._loop.busy or timeout is None or timeout <= _REAL_WAIT:
            return super().select(timeout)
        events = super().select(_REAL_WAIT)
        if not events:
            self._loop.jump(timeout - _REAL_WAIT)
        return events


class _Store(Store):
    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        with _loop().working():
            async with super().writing() as connection:
                yield connection

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        with _loop().working():
            async with super().reading() as connection:
                yield connection


class _Database(Database):
    async def store(self) -> Store:
        with _loop().working():
            return _Store((await super().store())._engine)


class _Clock(Clock):
    def now(self) -> float:
        return now().timestamp()

    async def until(self, moment: float) -> None:
        await asyncio.sleep(max(moment - self.now(), 0))


def now() -> datetime:
    """The time of day by the clock of the loop."""
    return _EPOCH + timedelta(seconds=_loop().time())


@contextlib.asynccontextmanager
async def virtual_world(folder: Path) -> AsyncIterator[World]:
    """A world with Slack's limits, in virtual time."""
    async with virtual_slack() as door:
        pacing = Pacing(clock=_loop().time)
        async with connected(
            f"sqlite:///{folder / 'ops.db'}", door.slack, now, pacing, _Database
        ) as made:
            yield made


@contextlib.asynccontextmanager
async def virtual_bot(
    app: SlackApp, api: WorkflowsApi, url: str, timing: Timing | None = None
) -> AsyncIterator[Parts]:
    """All that a bot does by itself, in virtual time; nobody talks to it."""
    database = _Database(database_url(url, Path()))
    settings = BotSettings().model_copy(update={"takeover_seconds": 300.0})
    try:
        async with web_client(app) as client:
            calls = SlackCalls(client, Pacing())
            doctor = Doctor(api, app, settings, url, clock=now)
            parts = await parts_of(api, calls, database, settings, False, doctor, now, _SLOW_LIVE)
            async with at_work(parts, timing or _SLOW_SENDER, _SLOW_ALERTS):
                yield parts
    finally:
        await database.aclose()


@contextlib.asynccontextmanager
async def virtual_slack() -> AsyncIterator["Door"]:
    """A workspace with Slack's limits, in virtual time, and the door to it."""
    door = Door(LocalSlack(seeded(_Clock())))
    await door.open()
    try:
        yield door
    finally:
        await door.shut()
        await door.slack.close()


class Door:
    """Serves a workspace without its own server, whose ticking would make time slow."""

    def __init__(self, slack: LocalSlack) -> None:
        self.slack = slack
        self._inside = httpx.ASGITransport(build_slack(slack))
        self._runner: web.AppRunner | None = None
        self._port = 0

    async def open(self) -> None:
        """Answer, always at the same address."""
        server = web.Application()
        server.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(server)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        self.slack.workspace.base_url = f"http://127.0.0.1:{self._port}"

    async def shut(self) -> None:
        """Refuse every connection, and break those that are open."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.Request) -> web.Response:
        inside = httpx.AsyncClient(transport=self._inside, base_url="http://127.0.0.1")
        try:
            given = await inside.request(
                request.method,
                request.path_qs,
                content=await request.read(),
                headers=dict(request.headers),
            )
        except ConnectionResetError:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        kind = given.headers["content-type"].partition(";")[0]
        kept = {name: given.headers[name] for name in ("retry-after",) if name in given.headers}
        return web.Response(
            body=given.content, status=given.status_code, content_type=kind, headers=kept
        )


def _loop() -> QuietLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, QuietLoop)
    return loop
