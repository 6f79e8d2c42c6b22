"""Questions of executions to people: asked once in each place, answered once, then notes."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import Outbox, Priority
from bot.questions import rows
from bot.questions.card import question_card
from bot.questions.permalinks import Permalinks
from bot.questions.refusals import NotOpen, UnknownQuestion
from bot.questions.rows import Asked, CardPlace, Stand
from shared.context import Clock, Context, utc_now
from shared.database import Database
from shared.errors import NotAllowed, NotFound, OpsError, Unavailable
from shared.operations.about import input_of
from shared.operations.inputs import submit_input
from shared.operations.pending import read_pending
from shared.operations.target import has_ended
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
# The events tell of a question before its worker does.
_SURE_SECONDS = 30
_LOOK_SECONDS = 60
_QUERY_SECONDS = 10
_NEVER = datetime.max.replace(tzinfo=UTC)

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
        self._looked: dict[str, datetime] = {}
        self._look_about: dict[str, datetime] = {}

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
            await self._put(connection, asked, place)
        else:
            await self._paint(connection, asked)

    async def settle(self, connection: AsyncConnection, question: Question) -> bool:
        """Take note of what the events say of a wait that is over; whether that was the last word.

        While an answer is on its way, whoever sent it has the last word.
        """
        asked = await rows.find(connection, question.execution_id, question.task_id)
        if asked is None:
            return True
        if asked.state.is_over:
            # Who answered elsewhere has written it down; the message may not say so yet.
            await self._paint(connection, asked)
            return True
        to = _ENDS.get(question.state)
        if to is None or (asked.state is Stand.ANSWERING and not self._is_stale(asked)):
            return False
        return await self._move(connection, asked, to)

    async def supersede(self, connection: AsyncConnection, execution_ids: Iterable[str]) -> None:
        """Close what is still open in executions that are over."""
        for asked in await rows.unanswered(connection, execution_ids):
            if asked.state is Stand.OPEN or self._is_stale(asked):
                await self._move(connection, asked, Stand.SUPERSEDED)

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
        return await self._change(asked, Stand.ANSWERED, answered_at=self._clock(), note=note)

    async def sweep(self) -> None:
        """Look after answers that got stuck on their way and questions that are no longer asked."""
        store = await self._database.store()
        async with store.reading() as connection:
            kept = await rows.unanswered(connection)
        self._looked = {each.id: self._looked.get(each.id, each.created_at) for each in kept}
        self._look_about = {
            each.id: self._look_about.get(each.id, each.created_at)
            for each in kept
            if each.input is None
        }
        for asked in kept:
            if asked.state is Stand.ANSWERING and self._is_stale(asked):
                await self._resolve(asked)
            elif asked.state is Stand.OPEN and self._is_due(asked):
                self._looked[asked.id] = self._clock()
                if await self._is_pending(asked) is False:
                    await self._change(asked, Stand.GONE)
            elif asked.state is Stand.OPEN and self._is_unclear(asked):
                await self._say_what_about(asked)

    async def _say_what_about(self, asked: Asked) -> None:
        """Who follows an execution knows its own input, and not of those below it."""
        self._look_about[asked.id] = self._clock() + timedelta(seconds=_LOOK_SECONDS)
        try:
            known = await input_of(self._api, asked.execution_id)
        except (OpsError, TimeoutError):
            return
        if known is not None:
            await self._learn(asked, known)
        self._look_about[asked.id] = _NEVER

    async def _learn(self, asked: Asked, known: Any) -> None:
        """Meanwhile somebody may have answered, or a reason may have been noted."""
        store = await self._database.store()
        async with store.writing() as connection:
            await rows.learn(connection, asked.id, known)
            await self._paint_anew(connection, asked.id)
        self._outbox.wake()

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
            await self._paint(connection, asked)
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
            try:
                store = await self._database.store()
                async with store.writing() as connection:
                    await rows.hold(connection, asked, self._until())
            except OpsError as error:
                _log.warning("the question %s cannot be held: %s", asked.id, error)

    async def _refused(self, asked: Asked, error: OpsError) -> None:
        """An answer was not taken, as far as anybody can tell: the next person may try."""
        name = asked.answered_name or "somebody"
        if isinstance(error, NotAllowed):
            await self._reopen(asked, None)
            return
        maybe_done = isinstance(error, Unavailable) and error.maybe_done
        pending = await self._is_pending(asked)
        if pending is False and not maybe_done:
            await self._change(asked, Stand.GONE)
        elif pending is False:
            note = "The connection broke while the answer was sent; the question is answered now."
            await self._change(asked, Stand.ANSWERED, note=note)
        elif pending or not maybe_done:
            reason = one_line(str(error), 300)
            await self._reopen(asked, f"The answer of {name} was not taken: {reason}")
        # Otherwise nobody knows: it stays taken until the sweep finds out.

    async def _resolve(self, asked: Asked) -> None:
        """Find out what became of an answer whose sender was interrupted."""
        name = asked.answered_name or "somebody"
        match await self._is_pending(asked):
            case True:
                note = f"The answer of {name} was interrupted, and was not taken."
                await self._reopen(asked, note)
            case False:
                await self._change(asked, Stand.ELSEWHERE)

    async def _is_pending(self, asked: Asked) -> bool | None:
        """Whether the execution still asks; None where nobody can tell."""
        try:
            async with asyncio.timeout(_QUERY_SECONDS):
                execution = await self._api.get_execution(asked.execution_id)
                if has_ended(execution.status):
                    return False
                waiting = await read_pending(self._api, asked.execution_id)
        except NotFound:
            return False
        except (OpsError, TimeoutError):
            return None
        return any(each.task_id == asked.task_id for each in waiting)

    def _is_stale(self, asked: Asked) -> bool:
        return asked.claimed_until is None or asked.claimed_until < self._clock()

    def _until(self) -> datetime:
        return self._clock() + timedelta(seconds=_CLAIM_SECONDS)

    def _is_unclear(self, asked: Asked) -> bool:
        return asked.input is None and self._clock() >= self._look_about[asked.id]

    def _is_due(self, asked: Asked) -> bool:
        now = self._clock()
        if now - asked.created_at < timedelta(seconds=_SURE_SECONDS):
            return False
        return now - self._looked[asked.id] >= timedelta(seconds=_LOOK_SECONDS)

    async def _reopen(self, asked: Asked, note: str | None) -> None:
        empty = {"answered_by": None, "answered_name": None, "answered_at": None, "answer": None}
        await self._change(asked, Stand.OPEN, note=note, **empty)

    async def _change(self, asked: Asked, to: Stand, **values: Any) -> Asked:
        store = await self._database.store()
        async with store.writing() as connection:
            if not await self._move(connection, asked, to, **values):
                _log.info("question %s was changed by somebody else meanwhile", asked.id)
        self._outbox.wake()
        return replace(asked, state=to, **values)

    async def _move(
        self, connection: AsyncConnection, asked: Asked, to: Stand, **values: Any
    ) -> bool:
        moved = await rows.move(connection, asked, to, **values)
        if moved:
            await self._paint_anew(connection, asked.id)
        return moved

    async def _paint_anew(self, connection: AsyncConnection, question_id: str) -> None:
        """As it stands in the store now, where more may be known than whoever changed it saw."""
        if (asked := await rows.get(connection, question_id)) is not None:
            await self._paint(connection, asked)

    async def _paint(self, connection: AsyncConnection, asked: Asked) -> None:
        for place in await rows.cards(connection, asked.id):
            await self._put(connection, asked, place)

    async def _put(self, connection: AsyncConnection, asked: Asked, place: CardPlace) -> None:
        below = place.thread_key
        card_url = await self.permalinks.to(connection, below) if below else None
        await self._outbox.put(
            connection,
            place.card_key,
            place.channel,
            question_card(asked, card_url),
            thread_key=place.thread_key,
            priority=Priority.QUESTION,
        )
