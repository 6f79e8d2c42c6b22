"""Who answers an input: one person at a time, through whichever face they come.

An execution takes every answer that comes before it goes on, and keeps the last one. So whoever
answers takes the question in the store first, which all faces share.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from shared.context import Context
from shared.errors import InvalidArguments, OpsError, Unavailable, UnexpectedAnswer
from shared.results import PendingInput
from shared.text import ago_words, one_line

if TYPE_CHECKING:  # SQLAlchemy costs 200 ms
    from sqlalchemy.ext.asyncio import AsyncConnection

    from shared.operations.answer_rows import Taken

_log = logging.getLogger(__name__)

# Whoever sends an answer holds the question, again and again, for as long as it takes; after a
# crash others can go on this much later.
_CLAIM = timedelta(seconds=12)
_HOLD_EVERY_SECONDS = 3
# An answer of which nobody heard may arrive until then.
DOUBT = timedelta(seconds=30)
# An execution that still asks this long after an answer was reset to a point before it.
ASKED_AGAIN = timedelta(seconds=30)
_KEPT = timedelta(days=90)


class AlreadyAnswered(InvalidArguments):
    """Somebody else answers the question, or did; nothing was sent."""


@contextlib.asynccontextmanager
async def taken(
    context: Context, question: PendingInput, answer: dict[str, Any]
) -> AsyncGenerator[None]:
    """Hold a question while the block sends its answer; raises AlreadyAnswered with who and when.

    Whoever holds it already, with the same answer, goes on with what they began.
    """
    from shared.operations import answer_rows as rows

    store = await context.database.store()
    now = context.clock()
    async with store.writing() as connection:
        # Where no bot runs, nobody else tidies up.
        await rows.forget(connection, now - _KEPT)
        mine = await rows.take(
            connection, question, _claim(context, answer, now), asked_again=now - ASKED_AGAIN
        )
        found = mine or await rows.find(connection, question.execution_id, question.task_id)
    if mine is not None:
        async with _kept(context, mine):
            yield
    elif found is None or not found.is_of(context.actor.name, answer):
        raise AlreadyAnswered(_words(found, question, now))
    elif context.actor.kind == "slack":
        # The card's keeper took it there, and notes what becomes of it.
        yield
    else:
        async with _kept(context, found, again=True):
            yield


async def answered_before(
    context: Context, execution_id: str, task_id: str | None, answer: dict[str, Any]
) -> str | None:
    """Who else has answered what an execution no longer asks; None where nobody is known."""
    from shared.operations import answer_rows as rows

    store = await context.database.store()
    async with store.reading() as connection:
        found = await rows.last_answered(connection, execution_id, task_id)
    if found is None or found.is_of(context.actor.name, answer):
        return None
    return _told(found, context.clock())


def is_in_doubt(error: OpsError) -> bool:
    """Whether an answer that ended like this may have been taken, or may be even now."""
    return isinstance(error, Unavailable | UnexpectedAnswer) and error.maybe_done


@contextlib.asynccontextmanager
async def _kept(context: Context, mine: "Taken", again: bool = False) -> AsyncGenerator[None]:
    """Hold what was taken, and note what became of it; `again` when it is sent a second time."""
    from shared.operations import answer_rows as rows
    from shared.stream.tasks import stop

    holding = asyncio.create_task(_hold(context, mine))
    try:
        yield
    except OpsError as error:
        # What may have been done stays taken for a while: then it still waits, or it does not.
        await stop(holding)
        if is_in_doubt(error):
            until = context.clock() + DOUBT
            await _note(context, mine, partial(rows.hold, mine=mine, until=until))
        elif not again:
            # Otherwise the first one may still be on its way.
            await _note(context, mine, partial(rows.give_back, mine=mine))
        raise
    finally:
        await stop(holding)
    await _note(context, mine, partial(rows.close, mine=mine, now=context.clock()))


async def _hold(context: Context, mine: "Taken") -> None:
    from shared.operations import answer_rows as rows

    while True:
        await asyncio.sleep(_HOLD_EVERY_SECONDS)
        until = context.clock() + _CLAIM
        await _note(context, mine, partial(rows.hold, mine=mine, until=until))


async def _note(
    context: Context, mine: "Taken", change: Callable[["AsyncConnection"], Awaitable[None]]
) -> None:
    """A store that broke meanwhile must not hide what became of the answer; claims run out."""
    try:
        store = await context.database.store()
        async with store.writing() as connection:
            await change(connection)
    except OpsError as error:
        _log.warning("the question %s cannot be noted: %s", mine.id, error)


def _claim(context: Context, answer: dict[str, Any], now: datetime) -> dict[str, Any]:
    actor = context.actor
    return {
        # Cards in Slack mention whom they know by an id there.
        "answered_by": actor.id if actor.kind == "slack" else None,
        "answered_name": actor.name,
        "answered_at": now,
        "answer": answer,
        "note": None,
        "claimed_until": now + _CLAIM,
    }


def _words(found: "Taken | None", question: PendingInput, now: datetime) -> str:
    if found is None or found.answered_at is None:
        label = one_line(question.label or question.task_id, 120)
        return f"“{label}” is no longer asked. Nothing was sent."
    return _told(found, now)


def _told(found: "Taken", now: datetime) -> str:
    begun = found.is_on_its_way
    verb = "is being answered" if begun else "was already answered"
    return f"{_label(found)} {verb} by {_who(found)}{_when(found, begun, now)}. Nothing was sent."


def _label(found: "Taken") -> str:
    return f"“{one_line(found.label or found.task_id, 120)}”"


def _who(found: "Taken") -> str:
    return one_line(found.answered_name or found.answered_by or "somebody", 80)


def _when(found: "Taken", begun: bool, now: datetime) -> str:
    if found.answered_at is None:
        return ""
    ago = ago_words(found.answered_at, now)
    when = ago if ago.endswith("ago") else "just now"
    return f", who began {when}" if begun else f" {when}"
