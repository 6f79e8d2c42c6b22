"""A running bot: every part of it, for as long as it is wanted."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Sequence

from bot.alerts.announcer import Announcer, announcer_of
from bot.app import build_app
from bot.delivery import Dead, Outbox, Pacing, Sender, SlackCalls
from bot.delivery.delivering import OnDead
from bot.desk import Desk
from bot.doctor import Doctor
from bot.drafts import Drafts
from bot.front import Front
from bot.housekeeping import housekeeping
from bot.links import console_url
from bot.live import Live
from bot.live.live import LENGTH
from bot.metrics import serving, watched
from bot.parts import Parts
from bot.people import People
from bot.questions import Questions
from bot.replies import Replies
from bot.seen import Seen
from bot.settings import BotSettings
from bot.slack_app import SlackApp, identity, web_client
from bot.targets import Targets
from bot.transport.connected import Connected
from bot.transport.http import http
from bot.transport.sockets import sockets
from shared.alerts.pipeline import Alerts, Rhythm
from shared.alerts.sweeps import SweepRhythm
from shared.api import WorkflowsApi
from shared.audit import Audit
from shared.context import utc_now
from shared.database import Database
from shared.leases import Leases

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
        await database.store()
        client = await stack.enter_async_context(web_client(slack))
        doctor = Doctor(api, slack, settings, database_url)
        calls = SlackCalls(client, Pacing())
        parts = await _parts(api, calls, database, settings, audit_reads, doctor)
        desk = Desk()
        app = build_app(slack, parts.identity, client, Front(parts), desk, Seen(database))
        tasks = await stack.enter_async_context(_background(parts))
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


async def _parts(
    api: WorkflowsApi,
    calls: SlackCalls,
    database: Database,
    settings: BotSettings,
    reads: bool,
    doctor: Doctor,
) -> Parts:
    outbox = Outbox(database)
    drafts = Drafts(database)
    questions = Questions(database, outbox, api)
    leases = Leases(database, length=LENGTH)
    return Parts(
        api=api,
        database=database,
        audit=Audit(database, reads=reads),
        calls=calls,
        outbox=outbox,
        live=Live(
            database, outbox, api, questions, url=console_url(settings.console_url), leases=leases
        ),
        questions=questions,
        people=People(calls, settings),
        targets=Targets(database, api),
        drafts=drafts,
        replies=Replies(calls, drafts),
        settings=settings,
        identity=await identity(calls),
        clock=utc_now,
        doctor=doctor,
        leases=leases,
    )


@contextlib.asynccontextmanager
async def _background(parts: Parts) -> AsyncGenerator[Sequence[asyncio.Task[None]]]:
    """What goes on without anybody asking: sending what is to be shown, and following."""
    announcer = announcer_of(parts)
    sender = Sender(parts.outbox, parts.calls, on_dead=_lost(parts, announcer))
    work = {
        "sender": sender.run(),
        "live": parts.live.run(),
        "alerts": _alerts(parts, announcer).run(),
        "housekeeping": housekeeping(parts.database, parts.outbox),
    }
    tasks = [asyncio.create_task(each, name=name) for name, each in work.items()]
    for task in tasks:
        task.add_done_callback(_ended)
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _alerts(parts: Parts, announcer: Announcer) -> Alerts:
    rhythm = Rhythm(SweepRhythm(every=parts.settings.sweep_seconds))
    return Alerts(parts.database, parts.api, parts.leases, announcer.announce, rhythm=rhythm)


def _lost(parts: Parts, announcer: Announcer) -> OnDead:
    async def lost(dead: Dead) -> None:
        await parts.live.lost(dead)
        await announcer.lost(dead)

    return lost


def _ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        _log.critical("%s stopped", task.get_name(), exc_info=task.exception())
