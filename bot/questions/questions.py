"""Questions of executions to people: asked once in each place, answered once, then notes."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import Outbox
from bot.questions import rows
from bot.questions.board import Board
from bot.questions.looking import Looking, is_pending, is_stale
from bot.questions.permalinks import Permalinks
from bot.questions.refusals import NotOpen, UnknownQuestion
from bot.questions.rows import Asked, CardPlace, Stand
from shared.context import Clock, Context, utc_now
from shared.database import Database
from shared.errors import NotAllowed, OpsError
from shared.operations.answering import ASKED_AGAIN, DOUBT, is_in_doubt
from shared.operations.inputs import submit_input
from shared.stream.tasks import stop
from shared.text import one_line
from shared.timeline import Question, State

if TYPE_CHECKING:
    from shared.api import WorkflowsApi

_log = logging.getLogger(__name__)

# Whoever sends an answer holds the question, again and again, for as long as it takes; after a
# crash others can go on this much later.
_CLAIM_SECONDS = 12
_HOLD_EVERY_SECONDS = 3

_ENDS: Mapping[State, Stand] = {
    State.COMPLETED: Stand.ELSEWHERE,
    State.EXPIRED: Stand.EXPIRED,
    State.TIMED_OUT: Stand.EXPIRED,
    State.FAILED: Stand.EXPIRED,
    State.CANCELED: Stand.CANCELLED,
    State.UNFINISHED: Stand.SUPERSEDED,
}


class Questions:
    """The questions that are kept, and the messages that show them."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        api: "WorkflowsApi",
        *,
        clock: Clock = utc_now,
        permalinks: Permalinks | None = None,
    ) -> None:
        self.permalinks = permalinks or Permalinks()
        self._database = database
        self._outbox = outbox
        self._api = api
        self._clock = clock
        self._board = Board(database, outbox, self.permalinks)
        self._looking = Looking(database, outbox, self._board, api, clock)

    async def get(self, question_id: str) -> Asked:
        """The question of this id; raises UnknownQuestion."""
        store = await self._database.store()
        async with store.reading() as connection:
            found = await rows.get(connection, question_id)
        if found is None:
            raise UnknownQuestion("This question is not known any more. Nothing was sent.")
        return found

    async def show(
        self,
        connection: AsyncConnection,
        question: Question,
        channel: str,
        thread_key: str | None = None,
        *,
        input: Any = None,
    ) -> None:
        """Ask in a channel, once; a question that is over there already is not asked again.

        Where it is asked already, its message learns what is known of it and of its card by now.
        """
        asked = await rows.admit(connection, question, self._clock(), input)
        place = CardPlace(channel, f"question:{asked.id}:{channel}", thread_key)
        if asked.state.is_over:
            return
        if await rows.add_card(connection, asked.id, place):
            await self._board.put(connection, asked, place)
        else:
            await self._board.paint(connection, asked)

    async def settle(self, connection: AsyncConnection, question: Question) -> bool:
        """Take note of what the events say of a wait that is over; whether that was the last word.

        While an answer is on its way, whoever sent it has the last word.
        """
        asked = await rows.find(connection, question.execution_id, question.task_id)
        if asked is None:
            return True
        if asked.state.is_over:
            # Who answered elsewhere has written it down; the message may not say so yet.
            await self._board.paint(connection, asked)
            return True
        to = _ENDS.get(question.state)
        if to is None or (asked.state is Stand.ANSWERING and not is_stale(asked, self._clock())):
            return False
        return await self._board.move(connection, asked, to)

    async def supersede(self, connection: AsyncConnection, execution_ids: Iterable[str]) -> None:
        """Close what is still open in executions that are over."""
        for asked in await rows.unanswered(connection, execution_ids):
            if asked.state is Stand.OPEN or is_stale(asked, self._clock()):
                await self._board.move(connection, asked, Stand.SUPERSEDED)

    async def still_asked(self, connection: AsyncConnection, asked: Asked) -> Asked:
        """The question, of which its worker has just said that it waits.

        What was answered a moment ago may wait still; after a while, its execution was reset.
        """
        since = self._clock() - ASKED_AGAIN
        is_new = (asked.answered_at or asked.created_at) >= since
        unanswered = asked.state in (Stand.SUPERSEDED, Stand.GONE)
        if not asked.state.is_over or (is_new and not unanswered):
            return asked
        await self._board.ask_again(connection, asked)
        return await rows.get(connection, asked.id) or asked

    async def answer(
        self, question_id: str, user: str, input: Mapping[str, Any], context: Context
    ) -> Asked:
        """Answer as a person, with the rights and the audit of the context; once for all people.

        Raises NotOpen with who was first, and whatever the submission meets.
        """
        asked = await self._claim(question_id, user, input, context)
        given = {"execution_id": asked.execution_id, "task_id": asked.task_id, "input": input}
        try:
            async with self._held(asked):
                result = await submit_input.invoke(context, given)
        except OpsError as error:
            await self._refused(asked, error)
            raise
        note = " ".join(result.notes) or None
        return await self._answered(asked, note)

    async def sweep(self) -> None:
        """Look after answers that got stuck on their way and questions that are no longer asked."""
        await self._looking.sweep()

    async def _answered(self, asked: Asked, note: str | None) -> Asked:
        """A store that broke meanwhile makes no failure of an answer that was taken."""
        now = self._clock()
        try:
            return await self._board.change(asked, Stand.ANSWERED, answered_at=now, note=note)
        except OpsError as error:
            _log.warning("the answer to %s cannot be noted: %s", asked.id, error)
            return replace(asked, state=Stand.ANSWERED, answered_at=now, note=note)

    async def _claim(
        self, question_id: str, user: str, input: Mapping[str, Any], context: Context
    ) -> Asked:
        now = self._clock()
        values = {
            "answered_by": user,
            "answered_name": context.actor.name,
            "answered_at": now,
            "answer": dict(input),
            "note": None,
            "claimed_until": self._until(),
        }
        store = await self._database.store()
        async with store.writing() as connection:
            taken = await rows.claim(connection, question_id, now=now, values=values)
            asked = await rows.get(connection, question_id)
            if asked is None:
                raise UnknownQuestion("This question is not known any more. Nothing was sent.")
            if not taken:
                raise NotOpen(asked, now)
            await self._board.paint(connection, asked)
        self._outbox.wake()
        return asked

    @contextlib.asynccontextmanager
    async def _held(self, asked: Asked) -> AsyncGenerator[None]:
        """Nobody else takes the question while the block goes on."""
        holding = asyncio.create_task(self._hold(asked))
        try:
            yield
        finally:
            await stop(holding)

    async def _hold(self, asked: Asked) -> None:
        while True:
            await asyncio.sleep(_HOLD_EVERY_SECONDS)
            await self._keep(asked, self._until())

    async def _keep(self, asked: Asked, until: datetime) -> None:
        try:
            store = await self._database.store()
            async with store.writing() as connection:
                await rows.hold(connection, asked, until)
        except OpsError as error:
            _log.warning("the question %s cannot be held: %s", asked.id, error)

    async def _refused(self, asked: Asked, error: OpsError) -> None:
        """An answer was not taken, as far as anybody can tell: the next person may try."""
        name = asked.answered_name or "somebody"
        if isinstance(error, NotAllowed):
            await self._board.reopen(asked, None)
        elif is_in_doubt(error):
            await self._doubted(asked)
        elif await is_pending(self._api, asked) is False:
            await self._board.change(asked, Stand.GONE)
        else:
            reason = one_line(str(error), 300)
            await self._board.reopen(asked, f"The answer of {name} was not taken: {reason}")

    async def _doubted(self, asked: Asked) -> None:
        """The answer may still be on its way: until then nobody else is to answer."""
        await self._keep(asked, self._clock() + DOUBT)
        if await is_pending(self._api, asked) is False:
            note = "The connection broke while the answer was sent; the question is answered now."
            await self._board.change(asked, Stand.ANSWERED, note=note)
        # Otherwise it stays taken until the sweep finds out.

    def _until(self) -> datetime:
        return self._clock() + timedelta(seconds=_CLAIM_SECONDS)
