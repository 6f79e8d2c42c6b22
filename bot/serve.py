"""A running bot: every part of it, for as long as it is wanted."""

import contextlib
import logging
from collections.abc import AsyncGenerator
from datetime import timedelta

from bot.app import build_app
from bot.delivery import Outbox, Pacing, SlackCalls
from bot.desk import Desk
from bot.doctor import Doctor
from bot.drafts import Drafts
from bot.front import Front
from bot.links import console_url
from bot.live import Live, Rhythm
from bot.metrics import serving, watched
from bot.parts import Parts
from bot.people import People
from bot.questions import Permalinks, Questions
from bot.replies import Replies
from bot.seen import Seen
from bot.settings import BotSettings
from bot.slack_app import SlackApp, identity, web_client
from bot.targets import Targets
from bot.transport.connected import Connected
from bot.transport.http import http
from bot.transport.sockets import sockets
from bot.work import at_work
from shared.api import WorkflowsApi
from shared.audit import Audit
from shared.context import Clock, utc_now
from shared.database import Database
from shared.leases import Leases
from shared.same_time import same_time

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
    metrics: tuple[str, int] | None = None,
) -> AsyncGenerator[Parts]:
    """The bot at work for the length of the block; deliveries come by sockets unless it listens.

    `metrics` is where /metrics and /health are served; beside the deliveries they are as well.
    Raises OpsError when Slack or the store refuse us at the start.
    """
    async with contextlib.AsyncExitStack() as stack:
        database = Database(database_url)
        stack.push_async_callback(database.aclose)
        clock = await stack.enter_async_context(same_time(database))
        client = await stack.enter_async_context(web_client(slack))
        doctor = Doctor(api, slack, settings, database_url)
        calls = SlackCalls(client, Pacing())
        parts = await parts_of(api, calls, database, settings, audit_reads, doctor, clock)
        desk = Desk()
        app = build_app(slack, parts.identity, client, Front(parts), desk, Seen(database))
        tasks = await stack.enter_async_context(at_work(parts))
        stack.push_async_callback(desk.aclose)
        connected: Connected | None = None
        if listen is None:
            sockets_of = sockets(app, slack.app_token or "", slack.api_url, settings.connections)
            connected = (await stack.enter_async_context(sockets_of)).connected
        shown = await stack.enter_async_context(watched(parts, tasks, connected))
        if listen is not None:
            address = await stack.enter_async_context(
                http(app, *listen, shown, slack.signing_secret)
            )
            _log.info("Slack is to send events, commands and interactions to %s", address)
        if metrics is not None:
            address = await stack.enter_async_context(serving(shown, *metrics))
            _log.info("metrics are at %s/metrics", address)
        yield parts


async def parts_of(
    api: WorkflowsApi,
    calls: SlackCalls,
    database: Database,
    settings: BotSettings,
    reads: bool,
    doctor: Doctor,
    clock: Clock = utc_now,
    rhythm: Rhythm | None = None,
) -> Parts:
    """What the bot is made of; raises SlackRefused or SlackUnreachable."""
    outbox = Outbox(database, clock)
    drafts = Drafts(database, clock)
    who = await identity(calls)
    links = Permalinks(who.url)
    questions = Questions(database, outbox, api, clock=clock, permalinks=links)
    leases = Leases(database, clock=clock, length=timedelta(seconds=settings.takeover_seconds))
    url = console_url(settings.console_url)
    return Parts(
        api=api,
        database=database,
        audit=Audit(database, clock=clock, reads=reads),
        calls=calls,
        outbox=outbox,
        live=Live(
            database,
            outbox,
            api,
            questions,
            clock=clock,
            url=url,
            rhythm=rhythm,
            leases=leases,
        ),
        questions=questions,
        people=People(calls, settings),
        targets=Targets(database, api, clock),
        drafts=drafts,
        replies=Replies(calls, drafts),
        settings=settings,
        identity=who,
        clock=clock,
        doctor=doctor,
        leases=leases,
    )
