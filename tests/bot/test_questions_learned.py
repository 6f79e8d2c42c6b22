"""What a question is about, learned while other things happen to it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot.delivery import Outbox
from bot.questions import Questions
from shared.api import Patience, open_api
from shared.audit import Audit
from shared.call import Actor, Effect
from shared.context import Context
from shared.errors import InvalidArguments
from shared.policy import Policy
from shared.tables import outbox, questions
from shared.timeline import Question, State
from tests.bot.stores import opened, postgres, store_url  # noqa: F401 - fixtures
from tests.shared.happenings import payload
from tests.shared.operating import Server, execution

NAME = "expense-9"
E = f"/v1/workflows/executions/{NAME}"
PENDING = {
    "task_id": "t-1",
    "label": "Manager approval",
    "input_schema": {"type": "object", "properties": {"approved": {"type": "boolean"}}},
}
BEGAN = {
    "event_id": "e-1",
    "event_type": "WORKFLOW_EXECUTION_STARTED",
    "event_timestamp": 1_780_315_200_000_000_000,
    "root_workflow_exec_id": NAME,
    "parent_workflow_exec_id": None,
    "workflow_exec_id": NAME,
    "workflow_run_id": "r-1",
    "workflow_name": "expense-approval",
    "attributes": {"input": payload({"amount": 480})},
}

type Before = Callable[[], Awaitable[object]]
type Events = dict[str, Any] | httpx.Response

TOLD: Events = {"events": [BEGAN]}
DOWN: Events = httpx.Response(500, json={"code": "internal", "message": "not now"})


@dataclass
class Api:
    """Tells of the execution; `before` has what happens first, by the end of the path."""

    events: Events = field(default_factory=lambda: TOLD)
    before: dict[str, Before] = field(default_factory=dict)
    listed: int = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        first = self.before.get(request.url.path.rpartition("/")[2])
        if first is not None:
            await first()
        return Server(
            {
                f"GET {E}": execution(NAME),
                f"POST {E}/queries": {"query_name": "q", "result": {"pending_inputs": [PENDING]}},
                "GET /v1/workflows/events/list": self._list,
            }
        )(request)

    def _list(self, _: httpx.Request) -> Events:
        self.listed += 1
        return self.events


@dataclass
class Desk:
    """Questions about which nobody looks but the test."""

    api: Api
    questions: Questions
    context: Context
    now: datetime

    async def ask(self) -> str:
        """Ask in a channel, where nobody knows yet what it is about; the id of the question."""
        asked = Question("t-1", NAME, "r-1", "expense-approval", State.RUNNING, "Manager approval")
        async with (await self.context.database.store()).writing() as connection:
            await self.questions.show(connection, asked, "C1")
            return str(await connection.scalar(select(questions.c.id)))

    async def answer_wrongly(self, question: str) -> None:
        """As a person whose answer does not fit."""
        with pytest.raises(InvalidArguments, match="approved"):
            await self.questions.answer(question, "U1", {"approved": "perhaps"}, self.context)

    async def shown(self) -> str:
        """The newest version of the only message."""
        async with (await self.context.database.store()).reading() as connection:
            return json.dumps(await connection.scalar(select(outbox.c.content)))


@pytest.fixture
async def desk(
    store_url: str,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Desk]:
    monkeypatch.setattr("shared.operations.about._SECONDS", 60)
    transport = httpx.MockTransport(api := Api())
    once = Patience(attempts=1)
    async with (
        opened(store_url) as database,
        open_api("http://api.test", "key", transport=transport, patience=once) as client,
    ):
        ana, audit = Actor("slack", "U1", "Ana"), Audit(database)
        context = Context(client, ana, Policy(Effect.WRITE), audit, database, place="tests")
        kept = Questions(database, Outbox(database), client, clock=lambda: made.now)
        made = Desk(api, kept, context, datetime(2026, 6, 1, 12, tzinfo=UTC))
        yield made


async def test_a_refusal_while_what_a_question_is_about_is_learned_stays_on_its_card(
    desk: Desk,
) -> None:
    question = await desk.ask()
    desk.api.before["list"] = lambda: desk.answer_wrongly(question)

    await desk.questions.sweep()

    shown = await desk.shown()
    assert "The answer of Ana was not taken" in shown
    assert "amount: 480" in shown


async def test_what_was_learned_while_an_answer_was_refused_stays_on_the_card(desk: Desk) -> None:
    question = await desk.ask()
    begun, learned = asyncio.Event(), asyncio.Event()
    answers = list[asyncio.Task[None]]()

    async def somebody_answers() -> None:
        answers.append(asyncio.create_task(desk.answer_wrongly(question)))
        await begun.wait()

    async def slowly() -> None:
        begun.set()
        await learned.wait()

    desk.api.before = {"list": somebody_answers, "queries": slowly}
    await desk.questions.sweep()
    learned.set()
    await asyncio.gather(*answers)

    shown = await desk.shown()
    assert "The answer of Ana was not taken" in shown
    assert "amount: 480" in shown


async def test_what_a_question_is_about_is_asked_again_after_a_hiccup_and_then_no_more(
    desk: Desk,
) -> None:
    await desk.ask()
    desk.api.events = DOWN
    for _ in range(2):
        await desk.questions.sweep()
    assert desk.api.listed == 1, "whoever is down is left alone for a while"
    assert "amount" not in await desk.shown()

    desk.api.events = TOLD
    # At first it is looked whether the question is still asked.
    desk.now += timedelta(minutes=2)
    for _ in range(3):
        await desk.questions.sweep()

    assert "amount: 480" in await desk.shown()
    assert desk.api.listed == 2


async def test_an_execution_that_was_given_nothing_is_asked_once(desk: Desk) -> None:
    await desk.ask()
    desk.api.events = {"events": []}

    for _ in range(4):
        await desk.questions.sweep()
        desk.now += timedelta(seconds=50)

    assert desk.api.listed == 1
