"""Questions in the store: one row per question, whoever shows it and wherever."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import uuid4

from sqlalchemy import ColumnElement, Row, Table, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.operations.about import INPUT_LIMIT
from shared.results import PendingInput
from shared.secrets import safe_json
from shared.tables import question_cards, questions
from shared.timeline import Question


class Stand(StrEnum):
    """Where a question stands; from the third on nothing changes any more."""

    OPEN = "open"
    ANSWERING = "answering"
    ANSWERED = "answered"
    ELSEWHERE = "elsewhere"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    GONE = "gone"

    @property
    def is_over(self) -> bool:
        """Whether nobody can answer any more."""
        return self not in (self.OPEN, self.ANSWERING)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question; `answered_*` name whoever answers it now, or did.

    `input` is what its execution was started with, without secrets.
    """

    id: str
    execution_id: str
    task_id: str
    workflow: str
    label: str | None
    schema: Any
    state: Stand
    answered_by: str | None
    answered_name: str | None
    answered_at: datetime | None
    answer: Any
    note: str | None
    created_at: datetime
    claimed_until: datetime | None = None
    input: Any = None

    @property
    def pending(self) -> PendingInput:
        """As operations and forms know it."""
        return PendingInput(
            execution_id=self.execution_id,
            workflow=self.workflow,
            task_id=self.task_id,
            label=self.label,
            input_schema=self.schema,
            input=self.input,
            asked_at=self.created_at,
        )

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        """From the store."""
        return cls(**{**row._mapping, "state": Stand(row.state)})


@dataclass(frozen=True, slots=True)
class CardPlace:
    """Where a question is shown."""

    channel: str
    card_key: str
    thread_key: str | None


async def insert_new(connection: AsyncConnection, table: Table, row: dict[str, Any]) -> bool:
    """Insert a row, unless another one holds its place; whether it was inserted."""
    try:
        async with connection.begin_nested():
            await connection.execute(insert(table), row)
    except IntegrityError:
        return False
    return True


async def admit(
    connection: AsyncConnection, question: Question, now: datetime, input: Any = None
) -> Asked:
    """The row of a question, made now if it is new; `input` is what its execution was given."""
    row = {
        "id": uuid4().hex,
        "execution_id": question.execution_id,
        "task_id": question.task_id,
        "workflow": question.workflow_name,
        "label": question.label,
        "schema": question.schema,
        "input": safe_json(input, INPUT_LIMIT),
        "state": Stand.OPEN,
        "created_at": now,
    }
    found = await find(connection, question.execution_id, question.task_id)
    if found is None:
        await insert_new(connection, questions, row)
        found = await find(connection, question.execution_id, question.task_id)
    assert found is not None
    if found.input is None and row["input"] is not None:
        # Who answers through another face notes the question without it.
        known = update(questions).where(questions.c.id == found.id)
        await connection.execute(known.values(input=row["input"]))
        found = replace(found, input=row["input"])
    return found


async def find(connection: AsyncConnection, execution_id: str, task_id: str) -> Asked | None:
    """The question of an execution under a task id, which nobody changes in this transaction."""
    wanted = select(questions).where(
        questions.c.execution_id == execution_id, questions.c.task_id == task_id
    )
    wanted = wanted.with_for_update()
    row = (await connection.execute(wanted)).one_or_none()
    return Asked.of(row) if row else None


async def get(connection: AsyncConnection, question_id: str) -> Asked | None:
    """The question of this id."""
    wanted = select(questions).where(questions.c.id == question_id)
    row = (await connection.execute(wanted)).one_or_none()
    return Asked.of(row) if row else None


async def unanswered(
    connection: AsyncConnection, execution_ids: Iterable[str] | None = None
) -> list[Asked]:
    """The questions that are not over: of some executions, or all."""
    wanted = select(questions).where(questions.c.state.in_((Stand.OPEN, Stand.ANSWERING)))
    if execution_ids is not None:
        wanted = wanted.where(questions.c.execution_id.in_(tuple(execution_ids)))
    return [Asked.of(row) for row in await connection.execute(wanted)]


async def add_card(connection: AsyncConnection, question_id: str, place: CardPlace) -> bool:
    """Note where a question is shown; False where that channel shows it already."""
    row = {
        "question_id": question_id,
        "channel": place.channel,
        "card_key": place.card_key,
        "thread_key": place.thread_key,
    }
    wanted = select(question_cards.c.card_key).where(
        question_cards.c.question_id == question_id, question_cards.c.channel == place.channel
    )
    if (await connection.execute(wanted)).first() is not None:
        return False
    return await insert_new(connection, question_cards, row)


async def cards(connection: AsyncConnection, question_id: str) -> list[CardPlace]:
    """Where a question is shown."""
    wanted = select(question_cards).where(question_cards.c.question_id == question_id)
    found = await connection.execute(wanted)
    return [CardPlace(row.channel, row.card_key, row.thread_key) for row in found]


async def asked_in(
    connection: AsyncConnection, channel: str, execution_ids: Iterable[str]
) -> set[tuple[str, str]]:
    """The executions and tasks of the questions that a channel was asked, over or not."""
    shown = question_cards.join(questions, questions.c.id == question_cards.c.question_id)
    wanted = (
        select(questions.c.execution_id, questions.c.task_id)
        .select_from(shown)
        .where(
            question_cards.c.channel == channel,
            questions.c.execution_id.in_(tuple(execution_ids)),
        )
    )
    found = await connection.execute(wanted)
    return {(row.execution_id, row.task_id) for row in found}


async def claim(
    connection: AsyncConnection, question_id: str, *, now: datetime, values: dict[str, Any]
) -> bool:
    """Take a question that is open, or whose taker holds it no longer."""
    left = or_(questions.c.claimed_until.is_(None), questions.c.claimed_until < now)
    free = or_(questions.c.state == Stand.OPEN, (questions.c.state == Stand.ANSWERING) & left)
    change = update(questions).where(questions.c.id == question_id, free)
    done = await connection.execute(change.values(state=Stand.ANSWERING, **values))
    return done.rowcount == 1


async def move(connection: AsyncConnection, seen: Asked, to: Stand, **values: Any) -> bool:
    """Change a question that is still as it was seen; whether it was."""
    change = update(questions).where(*_unchanged(seen)).values(state=to, **values)
    return (await connection.execute(change)).rowcount == 1


async def learn(connection: AsyncConnection, question_id: str, input: Any) -> None:
    """Note what the execution of a question was given, wherever the question stands."""
    known = update(questions).where(questions.c.id == question_id)
    await connection.execute(known.values(input=input))


async def hold(connection: AsyncConnection, seen: Asked, until: datetime) -> None:
    """Keep a question that is being answered."""
    change = update(questions).where(*_unchanged(seen)).values(claimed_until=until)
    await connection.execute(change)


def _unchanged(seen: Asked) -> list[ColumnElement[bool]]:
    """Still as it was seen: open, over, or taken by the same person at the same time."""
    same = [questions.c.id == seen.id, questions.c.state == seen.state]
    if seen.state is Stand.ANSWERING:
        same += [
            questions.c.answered_by == seen.answered_by,
            questions.c.answered_at == seen.answered_at,
        ]
    return same
