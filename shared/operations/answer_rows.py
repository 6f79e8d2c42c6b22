"""Questions in the store, as whoever answers one takes it; the bot keeps them for its cards."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import uuid4

from sqlalchemy import ColumnElement, Row, and_, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.results import PendingInput
from shared.tables import question_cards, questions

_OPEN, _ANSWERING, _ANSWERED = "open", "answering", "answered"
_EMPTY: dict[str, Any] = {
    "answered_by": None,
    "answered_name": None,
    "answered_at": None,
    "answer": None,
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A question with whoever answers it, or did."""

    id: str
    task_id: str
    label: str | None
    state: str
    answered_by: str | None
    answered_name: str | None
    answered_at: datetime | None
    answer: Any

    @property
    def is_on_its_way(self) -> bool:
        """Whether its answer is being sent."""
        return self.state == _ANSWERING

    def is_of(self, name: str | None, answer: Any) -> bool:
        """Whether somebody of this name is sending this answer."""
        return self.is_on_its_way and (self.answered_name, self.answer) == (name, answer)

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        """From the store."""
        return cls(**row._mapping)


_COLUMNS = [questions.c[name] for name in Taken.__slots__]


async def take(
    connection: AsyncConnection,
    question: PendingInput,
    claim: dict[str, Any],
    *,
    asked_again: datetime,
) -> Taken | None:
    """Take a question that waits; None when somebody holds it, or its answer is quite new."""
    await _admit(connection, question, claim["answered_at"])
    free = _free(claim["answered_at"], asked_again)
    change = update(questions).where(*_named(question.execution_id, question.task_id), free)
    done = await connection.execute(change.values(state=_ANSWERING, **claim))
    if done.rowcount != 1:
        return None
    return await find(connection, question.execution_id, question.task_id)


async def find(connection: AsyncConnection, execution_id: str, task_id: str) -> Taken | None:
    """The question of an execution under a task id."""
    wanted = select(*_COLUMNS).where(*_named(execution_id, task_id))
    row = (await connection.execute(wanted)).one_or_none()
    return Taken.of(row) if row else None


async def last_answered(
    connection: AsyncConnection, execution_id: str, task_id: str | None
) -> Taken | None:
    """The question of an execution whose answer came last, or the one under a task id."""
    wanted = select(*_COLUMNS).where(
        questions.c.execution_id == execution_id,
        questions.c.state.in_((_ANSWERING, _ANSWERED)),
    )
    if task_id is not None:
        wanted = wanted.where(questions.c.task_id == task_id)
    newest = wanted.order_by(questions.c.answered_at.desc()).limit(1)
    row = (await connection.execute(newest)).one_or_none()
    return Taken.of(row) if row else None


async def hold(connection: AsyncConnection, mine: Taken, until: datetime) -> None:
    """Keep a question that is being answered, until then at least."""
    held = questions.c.claimed_until
    shorter = or_(held.is_(None), held < until)
    change = update(questions).where(*_still(mine), shorter).values(claimed_until=until)
    await connection.execute(change)


async def give_back(connection: AsyncConnection, mine: Taken) -> None:
    """The answer was not taken: the next person may try."""
    await connection.execute(update(questions).where(*_still(mine)).values(state=_OPEN, **_EMPTY))


async def close(connection: AsyncConnection, mine: Taken, now: datetime) -> None:
    """The answer was taken."""
    change = update(questions).where(*_still(mine)).values(state=_ANSWERED, answered_at=now)
    await connection.execute(change)


async def forget(connection: AsyncConnection, before: datetime) -> None:
    """Let go of what nobody has touched since: no message shows it, and where it is still asked it
    is noted anew."""
    at = questions.c.answered_at
    shown = select(question_cards.c.question_id)
    await connection.execute(
        delete(questions).where(
            questions.c.created_at < before,
            or_(at.is_(None), at < before),
            questions.c.id.not_in(shown),
        )
    )


async def _admit(connection: AsyncConnection, question: PendingInput, now: datetime) -> None:
    if await find(connection, question.execution_id, question.task_id) is not None:
        return
    row = {
        "id": uuid4().hex,
        "execution_id": question.execution_id,
        "task_id": question.task_id,
        "workflow": question.workflow or "",
        "label": question.label,
        "schema": question.input_schema,
        "state": _OPEN,
        "created_at": now,
    }
    try:
        async with connection.begin_nested():
            await connection.execute(insert(questions), row)
    except IntegrityError:
        # Another process has just noted it.
        return


def _free(now: datetime, asked_again: datetime) -> ColumnElement[bool]:
    """Open; left by whoever began to answer; or over, although the execution asks (again)."""
    state, at = questions.c.state, questions.c.answered_at
    left = or_(questions.c.claimed_until.is_(None), questions.c.claimed_until < now)
    old = or_(at.is_(None), at < asked_again)
    return or_(
        state == _OPEN,
        and_(state == _ANSWERING, left),
        and_(state.not_in((_OPEN, _ANSWERING)), old),
    )


def _named(execution_id: str, task_id: str) -> tuple[ColumnElement[bool], ...]:
    return questions.c.execution_id == execution_id, questions.c.task_id == task_id


def _still(mine: Taken) -> tuple[ColumnElement[bool], ...]:
    """Still as it was taken: by the same person at the same time."""
    return (
        questions.c.id == mine.id,
        questions.c.state == _ANSWERING,
        questions.c.answered_name == mine.answered_name,
        questions.c.answered_at == mine.answered_at,
    )
