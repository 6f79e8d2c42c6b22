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

from bot.delivery import Pacing
from sandbox.slack.app import build_slack
from sandbox.slack.clock import Clock
from sandbox.slack.local import LocalSlack
from sandbox.slack.workspace import seeded
from shared.database import Database
from shared.store import Store
from tests.bot.deliveries import World, connected

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
    slack = LocalSlack(seeded(_Clock()))
    async with _served(slack):
        pacing = Pacing(clock=_loop().time)
        async with connected(
            f"sqlite:///{folder / 'ops.db'}", slack, now, pacing, _Database
        ) as made:
            yield made
    await slack.close()


@contextlib.asynccontextmanager
async def _served(slack: LocalSlack) -> AsyncIterator[None]:
    """Without the server of the workspace, whose ticking would make time slow."""
    transport = httpx.ASGITransport(build_slack(slack))

    async def answer(request: web.Request) -> web.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            given = await client.request(
                request.method,
                request.path_qs,
                content=await request.read(),
                headers=dict(request.headers),
            )
        kind = given.headers["content-type"].partition(";")[0]
        kept = {name: given.headers[name] for name in ("retry-after",) if name in given.headers}
        return web.Response(
            body=given.content, status=given.status_code, content_type=kind, headers=kept
        )

    server = web.Application()
    server.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = runner.addresses[0]
    slack.workspace.base_url = f"http://{address[0]}:{address[1]}"
    try:
        yield
    finally:
        await runner.cleanup()


def _loop() -> QuietLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, QuietLoop)
    return loop
