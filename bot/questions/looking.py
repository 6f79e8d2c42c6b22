"""Looking after questions: answers that got stuck on their way, and what is no longer asked."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.delivery import Outbox
from bot.questions import rows
from bot.questions.board import Board
from bot.questions.rows import Asked, Stand
from shared.context import Clock
from shared.database import Database
from shared.errors import NotFound, OpsError
from shared.operations.about import input_of
from shared.operations.pending import read_pending
from shared.operations.target import has_ended

if TYPE_CHECKING:
    from shared.api import WorkflowsApi

# The events tell of a question before its worker does.
_SURE_SECONDS = 30
_LOOK_SECONDS = 60
_QUERY_SECONDS = 10
_NEVER = datetime.max.replace(tzinfo=UTC)

type Claim = tuple[str, datetime | None]


class Looking:
    """Asks executions what they still ask, now and then."""

    def __init__(
        self, database: Database, outbox: Outbox, board: Board, api: "WorkflowsApi", clock: Clock
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._board = board
        self._api = api
        self._clock = clock
        self._looked: dict[str, datetime] = {}
        self._look_about: dict[str, datetime] = {}
        self._doubted: set[Claim] = set()

    async def sweep(self) -> None:
        """Look at all that are not over."""
        store = await self._database.store()
        async with store.reading() as connection:
            kept = await rows.unanswered(connection)
        self._looked = {each.id: self._looked.get(each.id, each.created_at) for each in kept}
        self._look_about = {
            each.id: self._look_about.get(each.id, each.created_at)
            for each in kept
            if each.input is None
        }
        self._doubted &= {_claim(each) for each in kept}
        for asked in kept:
            if asked.state is Stand.ANSWERING:
                await self._resolve(asked.id)
            elif asked.state is Stand.OPEN and self._is_due(asked):
                self._looked[asked.id] = self._clock()
                if await is_pending(self._api, asked) is False:
                    await self._board.change(asked, Stand.GONE)
            elif asked.state is Stand.OPEN and self._is_unclear(asked):
                await self._say_what_about(asked)

    async def _resolve(self, question_id: str) -> None:
        """Find out what became of an answer whose sender was interrupted, or heard nothing."""
        # The looks at others took their time: meanwhile its holder may have held it again.
        asked = await self._left(question_id)
        if asked is None:
            return
        waits = await is_pending(self._api, asked)
        if waits and _claim(asked) not in self._doubted:
            # It may be on its way still: the execution would take both, and keep the last.
            self._doubted.add(_claim(asked))
        elif waits is not None:
            await self._conclude(asked, waits)

    async def _left(self, question_id: str) -> Asked | None:
        """The question as it stands now, if whoever answers it has left it."""
        store = await self._database.store()
        async with store.reading() as connection:
            asked = await rows.get(connection, question_id)
        if asked is None or asked.state is not Stand.ANSWERING:
            return None
        return asked if is_stale(asked, self._clock()) else None

    async def _conclude(self, asked: Asked, waits: bool) -> None:
        """Only where nobody holds it again since it was seen: who does has the last word."""
        store = await self._database.store()
        async with store.writing() as connection:
            now = await rows.find(connection, asked.execution_id, asked.task_id)
            if now is None or now.claimed_until != asked.claimed_until:
                return
            if waits:
                await self._board.ask_again(connection, asked, _unheard(asked))
            else:
                await self._board.move(connection, asked, Stand.ELSEWHERE)
        self._outbox.wake()

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
            await self._board.paint_anew(connection, asked.id)
        self._outbox.wake()

    def _is_unclear(self, asked: Asked) -> bool:
        return asked.input is None and self._clock() >= self._look_about[asked.id]

    def _is_due(self, asked: Asked) -> bool:
        now = self._clock()
        if now - asked.created_at < timedelta(seconds=_SURE_SECONDS):
            return False
        return now - self._looked[asked.id] >= timedelta(seconds=_LOOK_SECONDS)


async def is_pending(api: "WorkflowsApi", asked: Asked) -> bool | None:
    """Whether the execution still asks; None where nobody can tell."""
    try:
        async with asyncio.timeout(_QUERY_SECONDS):
            execution = await api.get_execution(asked.execution_id)
            if has_ended(execution.status):
                return False
            waiting = await read_pending(api, asked.execution_id)
    except NotFound:
        return False
    except (OpsError, TimeoutError):
        return None
    return any(each.task_id == asked.task_id for each in waiting)


def is_stale(asked: Asked, now: datetime) -> bool:
    """Whether whoever took it holds it no longer."""
    return asked.claimed_until is None or asked.claimed_until < now


def _claim(asked: Asked) -> Claim:
    return asked.id, asked.answered_at


def _unheard(asked: Asked) -> str:
    name = asked.answered_name or "somebody"
    unheard = f"The answer of {name} was interrupted, and was not taken as far as anybody heard"
    return f"{unheard}: it is still asked."
