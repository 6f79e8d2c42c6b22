"""A bot that follows executions of the sandbox and shows them in a local workspace."""

import asyncio
import contextlib
import json
import sys
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery import Outbox, Pacing, Sender, SlackCalls, State
from bot.live import Live, Rhythm
from bot.questions import Permalinks, Questions
from sandbox.slack.local import LocalSlack
from sandbox.slack.model import App, Message
from shared.api import WorkflowsApi, open_api
from shared.audit import Audit
from shared.call import Actor, Effect
from shared.context import Context
from shared.database import Database, database_url
from shared.leases import Leases
from shared.policy import Policy
from shared.stream import Pace
from shared.stream.tasks import stop
from tests.mcp_server.faces import Stage
from tests.slack.workspace import MANIFEST, local_slack, until

QUICK = Rhythm(
    gather=0.3,
    look=0.05,
    least_refresh=0.1,
    refresh_per_card=0.01,
    first_wait=0.05,
    longest_wait=0.3,
    sweep=0.2,
    take=0.1,
)
HASTY = Pace(attempts=2, first_wait=0.05, longest_wait=0.2, poll=1.0)
_DEADLINE_SECONDS = 120


class Line(httpx.AsyncBaseTransport):
    """The line to the API, which can be cut, also below open streams.

    `open` has how many streams of each execution are open now, `most` how many ever were at once.
    Whoever asks for an execution that is `young` is told that it runs, as if its end were to come.
    """

    def __init__(self) -> None:
        self.streams = 0
        self.open: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.young: set[str] = set()
        self.gone = False
        self.slowness = 0.0
        self._inner = httpx.AsyncHTTPTransport(verify=False)
        self._cut = asyncio.Event()
        self._held: str | None = None
        self._released = asyncio.Event()

    def cut(self) -> None:
        """Nothing gets through any more."""
        self._cut.set()

    def mend(self) -> None:
        """It works again."""
        self._cut = asyncio.Event()

    def hold(self, ending: str) -> None:
        """Let calls wait whose path ends like this."""
        self._held, self._released = ending, asyncio.Event()

    def release(self) -> None:
        """Let them all go on."""
        self._held = None
        self._released.set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on."""
        if self._cut.is_set():
            raise httpx.ConnectError("cut", request=request)
        if self.gone:
            return httpx.Response(404, json={"code": "not_found", "message": "unknown"})
        if self._held is not None and request.url.path.endswith(self._held):
            await self._released.wait()
        is_stream = request.url.path.endswith("/stream")
        await asyncio.sleep(self.slowness if is_stream else 0)
        response = await self._inner.handle_async_request(request)
        if is_stream:
            self.streams += 1
            assert isinstance(response.stream, httpx.AsyncByteStream)
            response.stream = _Cuttable(response.stream, self._cut, self._opened(request))
        return await _before_its_end(response) if self._is_of_young(request) else response

    def _is_of_young(self, request: httpx.Request) -> bool:
        asked_for = request.url.path.rpartition("/executions/")[2]
        return request.method == "GET" and asked_for in self.young

    def _opened(self, request: httpx.Request) -> Callable[[], None]:
        """Count a stream; what is returned is to be called when it is closed."""
        execution_id = request.url.path.split("/")[-2]
        self.open[execution_id] += 1
        self.most[execution_id] = max(self.most[execution_id], self.open[execution_id])

        def closed() -> None:
            self.open[execution_id] -= 1

        return closed

    async def aclose(self) -> None:
        """Close every connection."""
        await self._inner.aclose()


async def _before_its_end(response: httpx.Response) -> httpx.Response:
    """What could be said of an execution while it ran."""
    if response.is_error:
        return response
    execution = json.loads(await response.aread())
    await response.aclose()
    no_end = dict.fromkeys(("end_time", "total_duration_ms", "result"))
    return httpx.Response(200, json={**execution, **no_end, "status": "RUNNING"})


class _Cuttable(httpx.AsyncByteStream):
    def __init__(
        self, stream: httpx.AsyncByteStream, cut: asyncio.Event, closed: Callable[[], None]
    ) -> None:
        self._stream = stream
        self._cut = cut
        self._closed: Callable[[], None] | None = closed

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = aiter(self._stream)
        cut = asyncio.ensure_future(self._cut.wait())
        chunk = asyncio.ensure_future(anext(chunks, None))
        try:
            while True:
                await asyncio.wait({chunk, cut}, return_when=asyncio.FIRST_COMPLETED)
                if cut.done():
                    raise httpx.ReadError("cut")
                found = chunk.result()
                if found is None:
                    return
                yield found
                chunk = asyncio.ensure_future(anext(chunks, None))
        finally:
            await stop(chunk, cut)

    async def aclose(self) -> None:
        closed, self._closed = self._closed, None
        if closed is not None:
            closed()
        await self._stream.aclose()


@dataclass(frozen=True)
class Bot:
    """What runs in the process of a bot."""

    live: Live
    questions: Questions
    outbox: Outbox
    database: Database
    api: WorkflowsApi

    def person(self, name: str, allow: Effect = Effect.DESTRUCTIVE) -> Context:
        """The context of what a person does."""
        actor = Actor("slack", name, name)
        audit = Audit(self.database)
        return Context(self.api, actor, Policy(allow), audit, self.database, place="tests")

    async def settled(self) -> None:
        """Return when nothing is on its way to Slack."""

        async def on_its_way() -> dict[State, int]:
            return await self.outbox.depth()

        await until(on_its_way, lambda found: not found, deadline=_DEADLINE_SECONDS)


@dataclass(frozen=True)
class Theatre:
    """A workspace with the app in its channels, and a sandbox."""

    slack: LocalSlack
    app: App
    sandbox: Stage
    folder: Path
    line: Line

    def channel(self, name: str = "ops") -> str:
        """The id of a channel."""
        return self.slack.workspace.channel_named(name).id

    def user(self, name: str) -> str:
        """The id of a person."""
        found = next(each for each in self.slack.workspace.users.values() if each.name == name)
        return found.id

    @contextlib.asynccontextmanager
    async def bot(
        self,
        store: str | None = None,
        lease: timedelta | None = None,
        rhythm: Rhythm = QUICK,
    ) -> AsyncGenerator[Bot]:
        """A bot that runs until the block ends, and then stops in the middle of everything."""
        slack_url, token = self.slack.workspace.base_url, self.app.bot_token
        async with running_bot(
            slack_url, token, self.sandbox.url, self.folder, self.line, store, lease, rhythm
        ) as bot:
            yield bot

    async def watched(self, bot: Bot, workflow: str, **given: Any) -> str:
        """A new execution, watched in #ops from before its end on, however soon that comes."""
        execution_id = await self.sandbox.start(workflow, **given)
        self.line.young.add(execution_id)
        await bot.live.watch(execution_id, self.channel(), by=self.user("ana"))
        self.line.young.discard(execution_id)
        return execution_id

    @contextlib.asynccontextmanager
    async def killable(
        self, execution_id: str, channel: str, user: str
    ) -> AsyncGenerator[asyncio.subprocess.Process]:
        """A bot in a process of its own, which watches an execution and never hears of its end."""
        slack_url, token = self.slack.workspace.base_url, self.app.bot_token
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.bot.live_stage", slack_url, token),
            *(self.sandbox.url, str(self.folder), execution_id, channel, user),
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    def cards(self, channel: str = "ops") -> list[Message]:
        """What stands in a channel itself."""
        return [each for each in self._messages(channel) if each.thread_ts is None]

    def thread(self, channel: str = "ops") -> list[Message]:
        """The replies to the only card there; none before it has come."""
        if not (cards := self.cards(channel)):
            return []
        [card] = cards
        return [each for each in self._messages(channel) if each.thread_ts == card.ts]

    def lines(self, channel: str = "ops") -> list[str]:
        """All lines of the thread, one by one."""
        return [line for each in self.thread(channel) for line in shown(each).splitlines()]

    async def until(self, seen: Callable[[], Any]) -> Any:
        """What `seen` answers as soon as that is something."""
        async with asyncio.timeout(_DEADLINE_SECONDS):
            # The workspace and the sandbox tell nobody when they change.
            while not (found := seen()):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return found

    async def titled(self, words: str, channel: str = "ops") -> Message:
        """The only card of a channel, as soon as its title is like this."""

        def look() -> Message | None:
            cards = self.cards(channel)
            return cards[0] if len(cards) == 1 and words in title(cards[0]) else None

        found: Message = await self.until(look)
        return found

    def _messages(self, channel: str) -> list[Message]:
        return [
            each
            for each in self.slack.workspace.channel_named(channel).messages
            if each.app_id == self.app.id
        ]


@contextlib.asynccontextmanager
async def running_bot(
    slack_url: str,
    token: str,
    sandbox_url: str,
    folder: Path,
    line: Line,
    store: str | None = None,
    lease: timedelta | None = None,
    rhythm: Rhythm = QUICK,
) -> AsyncGenerator[Bot]:
    """What `__main__` of a bot opens, as far as live cards need it."""
    database = Database(database_url(store, folder))
    outbox = Outbox(database)
    client = AsyncWebClient(token, base_url=f"{slack_url}/api/")
    async with open_api(sandbox_url, None, transport=line) as api:
        questions = Questions(database, outbox, api, permalinks=Permalinks(slack_url))
        leases = None if lease is None else Leases(database, length=lease)
        live = Live(database, outbox, api, questions, rhythm=rhythm, pace=HASTY, leases=leases)
        sender = Sender(outbox, SlackCalls(client, Pacing()), on_dead=live.lost)
        jobs = [asyncio.create_task(job) for job in (live.run(), sender.run())]
        try:
            yield Bot(live, questions, outbox, database, api)
        finally:
            for job in jobs:
                job.cancel()
            results: list[Any] = await asyncio.gather(*jobs, return_exceptions=True)
            await database.aclose()
    for result in results:
        if isinstance(result, Exception):
            raise result


async def watch_until_killed(
    slack_url: str,
    token: str,
    sandbox_url: str,
    folder: str,
    execution_id: str,
    channel: str,
    user: str,
) -> None:
    """The program of a bot that somebody kills."""
    line = Line()
    # Whoever kills it may take longer than the execution.
    line.young.add(execution_id)
    async with running_bot(slack_url, token, sandbox_url, Path(folder), line) as bot:
        await bot.live.watch(execution_id, channel, by=user)
        await asyncio.Event().wait()


@contextlib.asynccontextmanager
async def theatre(url: str, folder: Path) -> AsyncGenerator[Theatre]:
    """A stage of its own for a test."""
    async with local_slack() as slack:
        app = slack.workspace.install(MANIFEST)
        for name in ("ops", "general"):
            slack.workspace.channel_named(name).members.add(app.user)
        yield Theatre(slack, app, Stage(url), folder, Line())


def title(message: Message) -> str:
    """The header of a card."""
    for block in message.blocks or ():
        if block["type"] == "header":
            return str(block["text"]["text"])
    return ""


def shown(message: Message) -> str:
    """All texts of a message that are no buttons, a line each."""
    return "\n".join(
        text for block in message.blocks or () if block["type"] != "actions" for text in _of(block)
    )


def labels(message: Message) -> list[str]:
    """The buttons of a message."""
    return [
        str(each["text"]["text"])
        for block in message.blocks or ()
        if block["type"] == "actions"
        for each in block["elements"]
        if each["type"] == "button"
    ]


def _of(value: Any) -> Iterator[str]:
    match value:
        case {"text": str(text)}:
            yield text
        case dict():
            for each in value.values():
                yield from _of(each)
        case list():
            for each in value:
                yield from _of(each)


if __name__ == "__main__":
    asyncio.run(watch_until_killed(*sys.argv[1:]))
