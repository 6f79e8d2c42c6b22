"""What nobody needs any more leaves the store, once a day."""

import asyncio
import logging
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Delete, Select, delete, or_, select

from bot.alerts.rows import followed
from bot.delivery import Outbox
from bot.live.followers import WATCH
from bot.live.rows import LIVE
from bot.live.share import REPLICA
from bot.questions.rows import Stand
from shared.alerts.subscriptions import SubscriptionState
from shared.context import Clock, utc_now
from shared.database import Database
from shared.errors import OpsError
from shared.tables import (
    alert_groups,
    alert_occurrences,
    drafts,
    findings,
    leases,
    listings,
    outbox,
    question_cards,
    questions,
    recents,
    seen,
    subscriptions,
    told,
    watches,
)

_log = logging.getLogger(__name__)

_A_DAY = timedelta(days=1)
_A_MONTH = timedelta(days=30)
_A_QUARTER = timedelta(days=90)
_EVERY_SECONDS = 24 * 3600
_AGAIN_SECONDS = 600


async def housekeeping(database: Database, messages: Outbox, *, clock: Clock = utc_now) -> None:
    """Tidy up now and once a day, for ever."""
    while True:
        try:
            await tidy(database, messages, clock())
        except OpsError as error:
            _log.warning("The store could not be tidied up: %s", error)
            await asyncio.sleep(_AGAIN_SECONDS)
        else:
            await asyncio.sleep(_EVERY_SECONDS)


async def tidy(database: Database, messages: Outbox, now: datetime) -> None:
    """Remove what is old; nothing that is live or open, however old it is. Raises StoreError."""
    store = await database.store()
    for statement in (*_old(now), *_old_alerts(now)):
        # One transaction each: nobody who writes has to wait for all of it.
        async with store.writing() as connection:
            await connection.execute(statement)
    async with store.writing() as connection:
        kept = (_live_cards(), *_open_questions(), followed())
        await messages.forget(connection, now - _A_QUARTER, *kept)
    for statements in (_left_behind(now - _A_QUARTER), _over_alerts(now - _A_QUARTER)):
        async with store.writing() as connection:
            for statement in statements:
                await connection.execute(statement)


def _old(now: datetime) -> tuple[Delete, ...]:
    ended = select(watches.c.id).where(watches.c.state != LIVE, watches.c.ended_at < now - _A_DAY)
    return (
        delete(seen).where(seen.c.at < now - _A_DAY),
        delete(drafts).where(drafts.c.at < now - _A_MONTH),
        delete(listings).where(listings.c.at < now - _A_DAY),
        delete(recents).where(recents.c.at < now - _A_QUARTER),
        delete(told).where(told.c.watch_id.in_(ended)),
    )


def _old_alerts(now: datetime) -> tuple[Delete, ...]:
    """What was found and told of long ago, and leases that nobody took up again.

    A lease that goes on for ever keeps its row, whose token has to grow.
    """
    passing = or_(leases.c.name.startswith(WATCH), leases.c.name.startswith(REPLICA))
    return (
        delete(leases).where(passing, leases.c.expires_at < now - _A_DAY),
        delete(findings).where(
            findings.c.matched_at.is_not(None), findings.c.found_at < now - _A_QUARTER
        ),
    )


def _over_alerts(before: datetime) -> tuple[Delete, ...]:
    """Groups that are over, with what they counted, and subscriptions that ended."""
    over = (alert_groups.c.live_key.is_(None), alert_groups.c.changed_at < before)
    groups = select(alert_groups.c.id).where(*over)
    return (
        delete(alert_occurrences).where(alert_occurrences.c.group_id.in_(groups)),
        delete(alert_groups).where(*over),
        delete(subscriptions).where(
            subscriptions.c.state == SubscriptionState.ENDED,
            subscriptions.c.changed_at < before,
            subscriptions.c.id.not_in(select(alert_groups.c.subscription_id)),
        ),
    )


def _live_cards() -> Select[tuple[str]]:
    return select(watches.c.card_key).where(watches.c.state == LIVE)


def _open_questions() -> tuple[Select[tuple[str]], Select[tuple[str]]]:
    """Their messages, and the cards in whose threads they are."""
    shown = question_cards.join(questions, questions.c.id == question_cards.c.question_id)
    messages = select(question_cards.c.card_key).select_from(shown).where(_is_open())
    threads = select(question_cards.c.thread_key).select_from(shown).where(_is_open())
    return messages, threads.where(question_cards.c.thread_key.is_not(None))


def _left_behind(before: datetime) -> tuple[Delete, ...]:
    """Watches and questions that are over and that no message shows any more."""
    shown = select(outbox.c.key)
    over = select(questions.c.id).where(~_is_open(), questions.c.created_at < before)
    ended = (watches.c.state != LIVE, watches.c.ended_at < before)
    return (
        delete(watches).where(*ended, watches.c.card_key.not_in(shown)),
        delete(question_cards).where(
            question_cards.c.question_id.in_(over), question_cards.c.card_key.not_in(shown)
        ),
        delete(questions).where(
            questions.c.id.in_(over),
            questions.c.id.not_in(select(question_cards.c.question_id)),
        ),
    )


def _is_open() -> ColumnElement[bool]:
    return or_(questions.c.state == Stand.OPEN, questions.c.state == Stand.ANSWERING)
