"""A running bot: every part of it, for as long as it is wanted."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable
from urllib.parse import quote

from bot.app import build_app
from bot.delivery import Outbox, Pacing, Sender, SlackCalls
from bot.desk import Desk
from bot.drafts import Drafts
from bot.front import Front
from bot.housekeeping import housekeeping
from bot.live import Live
from bot.parts import Parts
from bot.people import People
from bot.questions import Questions
from bot.replies import Replies
from bot.seen import Seen
from bot.settings import BotSettings
from bot.slack_app import SlackApp, identity, web_client
from bot.targets import Targets
from bot.transport.http import http
from bot.transport.sockets import sockets
from shared.api import WorkflowsApi
from shared.audit import Audit
from shared.context import utc_now
from shared.database import Database

_log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def running(
    api: WorkflowsApi,
    slack: SlackApp,
    settings: BotSettings,
    database_url: str,
    *,
    audit_reads: bool = False,
    listen: tuple[str, int] | None = None,
) -> AsyncGenerator[Parts]:
    """The bot at work for the length of the block; deliveries come by sockets unless it listens.

    Raises OpsError when Slack or the store refuse us at the start.
    """
    async with contextlib.AsyncExitStack() as stack:
        database = Database(database_url)
        stack.push_async_callback(database.aclose)
        await database.store()
        client = await stack.enter_async_context(web_client(slack))
        parts = await _parts(api, SlackCalls(client, Pacing()), database, settings, audit_reads)
        desk = Desk()
        app = build_app(slack, parts.identity, client, Front(parts), desk, Seen(database))
        await stack.enter_async_context(_background(parts))
        stack.push_async_callback(desk.aclose)
        if listen is not None:
            address = await stack.enter_async_context(http(app, *listen))
            _log.info("Slack is to send events, commands and interactions to %s", address)
        else:
            connected = sockets(app, slack.app_token or "", slack.api_url, settings.connections)
            await stack.enter_async_context(connected)
        yield parts


async def _parts(
    api: WorkflowsApi, calls: SlackCalls, database: Database, settings: BotSettings, reads: bool
) -> Parts:
    outbox = Outbox(database)
    drafts = Drafts(database)
    questions = Questions(database, outbox, api)
    return Parts(
        api=api,
        database=database,
        audit=Audit(database, reads=reads),
        calls=calls,
        outbox=outbox,
        live=Live(database, outbox, api, questions, url=_console(settings)),
        questions=questions,
        people=People(calls, settings),
        targets=Targets(database, api),
        drafts=drafts,
        replies=Replies(calls, drafts),
        settings=settings,
        identity=await identity(calls),
        clock=utc_now,
    )


@contextlib.asynccontextmanager
async def _background(parts: Parts) -> AsyncGenerator[None]:
    """What goes on without anybody asking: sending what is to be shown, and following."""
    tasks = [
        asyncio.create_task(
            Sender(parts.outbox, parts.calls, on_dead=parts.live.lost).run(), name="sender"
        ),
        asyncio.create_task(parts.live.run(), name="live"),
        asyncio.create_task(housekeeping(parts.database, parts.outbox), name="housekeeping"),
    ]
    for task in tasks:
        task.add_done_callback(_ended)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        _log.critical("%s stopped", task.get_name(), exc_info=task.exception())


def _console(settings: BotSettings) -> Callable[[str], str | None]:
    """The page of an execution in the console, where the address of one is known."""

    def url(execution_id: str) -> str | None:
        written = settings.console_url
        return written and written.replace("{execution_id}", quote(execution_id, safe=""))

    return url
