"""Answers of which nobody heard what became, and questions that are asked a second time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from bot.delivery import Outbox
from bot.questions import Asked, NotOpen, Questions, Stand, rows
from sandbox.slack.model import Json
from shared.api import open_api
from shared.call import Actor
from shared.context import Context
from shared.database import Database
from shared.errors import OpsError
from shared.operations.pending import read_pending
from shared.tables import questions
from shared.timeline import Question, State
from tests.bot.failing_api import FailingApi, failing_api
from tests.bot.stage import BotStage, after, bot_stage, close_all, newest, seen, text_of
from tests.mcp_server.faces import fresh
from tests.shared.operating import NOW, Server, execution, faced
from tests.shared.test_answering import E, Execution, accepted, broken, not_understood, refused
from tests.slack.workspace import Person, until

W = "/v1/workflows"
YES, NO = {"approved": True}, {"approved": False}
# What is in doubt is looked at for a while before it is asked again.
LONG = 240


@pytest.fixture(scope="module")
async def api(sandbox_url: str) -> AsyncIterator[FailingApi]:
    async with failing_api(sandbox_url) as door:
        yield door


@pytest.fixture(scope="module")
async def face(
    api: FailingApi, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[BotStage]:
    async with bot_stage(api.url, tmp_path_factory.mktemp("bot") / "ops.db") as running:
        yield running


@pytest.fixture
async def on_call(api: FailingApi, face: BotStage) -> AsyncIterator[Person]:
    async with face.person("ana") as person:
        yield person
        api.mend()
        await close_all(person)


async def test_an_answer_in_doubt_keeps_the_question_until_it_is_seen_to_be_asked_still(
    api: FailingApi, face: BotStage, on_call: Person
) -> None:
    name, card, question = await asked(on_call)
    api.fail(f"POST {W}/executions/{name}/updates", times=1)
    await on_call.click(question, "Approve")
    doubted = await seen(on_call, "is answering…", thread=card["ts"])
    assert labels(doubted) == []
    await seen(on_call, "It may have happened all the same", thread=card["ts"])

    again = await shown_again(on_call, card, "heard: it is still asked")
    assert "The answer of Ana Almeida was interrupted" in text_of(again)
    async with face.person("cleo") as cleo:
        await cleo.click(again, "Reject")
        assert (await ended(face, name))["result"]["approved"] is False
        await seen(cleo, "*Reject* by", thread=card["ts"])


async def test_what_a_reset_asks_again_can_be_answered_again(
    face: BotStage, on_call: Person
) -> None:
    name, card, question = await asked(on_call)
    await on_call.click(question, "Approve")
    await ended(face, name)
    await seen(on_call, "*Approve* by", thread=card["ts"])
    await long_ago(face, name)
    api = face.parts.api
    point = behind_the_question(await face.read(f"/executions/{name}/history"))
    await api.reset_execution(name, point, reason="again", exclude_updates=True)
    await until(lambda: read_pending(api, name), deadline=LONG)

    before = await newest(on_call)
    await on_call.command("ops", f"/workflows inputs answer {name} approved=false")
    await after(on_call, before, "has been answered")
    assert (await ended(face, name))["result"]["approved"] is False
    await seen(on_call, "*Reject* by", thread=card["ts"])


class Desk:
    """Questions about which nobody looks but the test, by its own clock."""

    def __init__(self, database: Database, context: Context) -> None:
        self.now = NOW
        self.context = replace(context, clock=lambda: self.now)
        outbox = Outbox(database)
        self.questions = Questions(database, outbox, context.api, clock=lambda: self.now)

    async def ask(self, name: str = "order-41") -> str:
        """Ask in a channel; the id of the question."""
        told = Question("t-1", name, "r-1", "expense-approval", State.RUNNING, "Approval")
        async with (await self.context.database.store()).writing() as connection:
            await self.questions.show(connection, told, "C1", input={})
            mine = select(questions.c.id).where(questions.c.execution_id == name)
            return str(await connection.scalar(mine))

    async def answer(self, question: str, name: str, given: Any, seconds: float = 0) -> Asked:
        """As a person, so long after the last one."""
        self.now += timedelta(seconds=seconds)
        context = replace(self.context, actor=Actor("slack", name, name))
        return await self.questions.answer(question, name, given, context)

    async def hold(self, question: str) -> None:
        """As whoever sends its answer does again and again, in whichever process."""
        held = await self.questions.get(question)
        async with (await self.context.database.store()).writing() as connection:
            await rows.hold(connection, held, self.now + timedelta(seconds=12))

    async def look(self, question: str, seconds: float) -> Asked:
        """What is known after a look so much later."""
        self.now += timedelta(seconds=seconds)
        await self.questions.sweep()
        return await self.questions.get(question)


@asynccontextmanager
async def desk_of(execution: Execution, folder: Path) -> AsyncIterator[Desk]:
    """Questions about one execution."""
    async with faced(execution.routes, folder) as (face, _):
        yield Desk(face.database, face.context)


@pytest.mark.parametrize("ending", [broken, not_understood])
async def test_nobody_else_answers_while_an_answer_may_be_on_its_way(
    tmp_path: Path, ending: Any
) -> None:
    asking = Execution(ending)
    async with desk_of(asking, tmp_path) as desk:
        question = await desk.ask()
        with pytest.raises(OpsError, match="may have happened"):
            await desk.answer(question, "Ana", YES)
        with pytest.raises(NotOpen, match="is being answered by Ana"):
            await desk.answer(question, "Ben", NO, seconds=20)
        assert (await desk.look(question, seconds=11)).state is Stand.ANSWERING
        again = await desk.look(question, seconds=15)
        assert (again.state, again.answered_by) == (Stand.OPEN, None)
        assert "as far as anybody heard: it is still asked" in (again.note or "")
        asking.answer = accepted
        assert (await desk.answer(question, "Ben", NO)).state is Stand.ANSWERED


async def test_an_answer_in_doubt_that_arrives_later_is_told_as_that_of_who_sent_it(
    tmp_path: Path,
) -> None:
    asking = Execution(broken)
    async with desk_of(asking, tmp_path) as desk:
        question = await desk.ask()
        with pytest.raises(OpsError, match="may have happened"):
            await desk.answer(question, "Ana", YES)
        assert (await desk.look(question, seconds=31)).state is Stand.ANSWERING
        asking.asks = False
        found = await desk.look(question, seconds=15)
        assert (found.state, found.answered_by) == (Stand.ELSEWHERE, "Ana")


async def test_an_answer_that_is_refused_is_anybody_elses_at_once(tmp_path: Path) -> None:
    async with desk_of(Execution(refused), tmp_path) as desk:
        question = await desk.ask()
        with pytest.raises(OpsError, match="approved is missing"):
            await desk.answer(question, "Ana", YES)
        found = await desk.questions.get(question)
        assert found.state is Stand.OPEN
        assert "The answer of Ana was not taken" in (found.note or "")


@pytest.mark.parametrize(
    ("later", "stand", "note"),
    [(not_understood(), Stand.OPEN, "was not taken"), (execution(status="FAILED"), Stand.GONE, "")],
)
async def test_an_answer_that_was_never_sent_is_in_no_doubt(
    tmp_path: Path, later: Any, stand: Stand, note: str
) -> None:
    """A proxy answers for the API, before anything of the answer left."""
    looks = iter([not_understood(), later])
    routes = {**Execution(accepted).routes, f"GET {E}/order-41": lambda _: next(looks)}
    async with faced(routes, tmp_path) as (face, server):
        desk = Desk(face.database, face.context)
        question = await desk.ask()
        with pytest.raises(OpsError, match="not JSON"):
            await desk.answer(question, "Ana", YES)
        found = await desk.questions.get(question)

    assert server.asked("/updates") == []
    assert found.state is stand
    assert note in (found.note or "")


class Doors:
    """Lets requests to shut paths wait until they are opened."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._shut: dict[str, asyncio.Event] = {}
        self._reached: dict[str, asyncio.Event] = {}

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix(f"{E}/")
        if path in self._shut:
            self._reached[path].set()
            await self._shut[path].wait()
        return self._server(request)

    def shut(self, path: str) -> None:
        """Let nobody through from now on."""
        self._shut[path], self._reached[path] = asyncio.Event(), asyncio.Event()

    def open(self, path: str) -> None:
        """Let all through."""
        self._shut[path].set()

    async def reached(self, path: str) -> None:
        """Return when a request waits there."""
        async with asyncio.timeout(LONG):
            await self._reached[path].wait()


@asynccontextmanager
async def slow_desk(folder: Path, *asking: Execution) -> AsyncIterator[tuple[Desk, Doors]]:
    """Questions about executions that answer when they may."""
    routes = {path: reply for each in asking for path, reply in each.routes.items()}
    async with faced(routes, folder) as (face, server):
        doors = Doors(server)
        async with open_api("http://api.test", "key", transport=httpx.MockTransport(doors)) as api:
            yield Desk(face.database, replace(face.context, api=api)), doors


async def test_who_sends_an_answer_has_the_last_word_however_long_a_look_at_another_takes(
    tmp_path: Path,
) -> None:
    slow, sent = "order-41/queries", "order-42/updates"
    gone_on = Execution(name="order-42")
    async with slow_desk(tmp_path, Execution(broken), gone_on) as (desk, doors):
        left, held = await desk.ask(), await desk.ask("order-42")
        with pytest.raises(OpsError, match="may have happened"):
            await desk.answer(left, "Ana", YES)
        doors.shut(sent)
        sending = asyncio.create_task(desk.answer(held, "Ben", NO, seconds=31))
        await doors.reached(sent)
        doors.shut(slow)
        looking = asyncio.create_task(desk.questions.sweep())
        await doors.reached(slow)
        desk.now += timedelta(seconds=20)
        await desk.hold(held)
        gone_on.asks = False
        doors.open(slow)
        await looking
        assert (await desk.questions.get(held)).state is Stand.ANSWERING
        doors.open(sent)
        await sending
        found = await desk.questions.get(held)

    assert (found.state, found.answered_by) == (Stand.ANSWERED, "Ben")


async def test_an_answer_that_is_held_anew_during_the_look_at_it_is_left_to_its_holder(
    tmp_path: Path,
) -> None:
    slow, asking = "order-41/queries", Execution(broken)
    async with slow_desk(tmp_path, asking) as (desk, doors):
        question = await desk.ask()
        with pytest.raises(OpsError, match="may have happened"):
            await desk.answer(question, "Ana", YES)
        doors.shut(slow)
        looking = asyncio.create_task(desk.look(question, seconds=31))
        await doors.reached(slow)
        await desk.hold(question)
        asking.asks = False
        doors.open(slow)
        assert (await looking).state is Stand.ANSWERING


async def asked(person: Person) -> tuple[str, Json, Json]:
    """A new execution that asks, its card, and its question."""
    name, before = fresh("doubted"), await newest(person)
    await person.command("ops", f"/workflows start expense-approval amount=48 execution_id={name}")
    card = await after(person, before, name)
    return name, card, await seen(person, "What the manager answers", thread=card["ts"])


async def shown_again(person: Person, card: Json, words: str) -> Json:
    """The message of the thread that has these words at last."""

    async def look() -> Json | None:
        shown = await person.messages("ops", card["ts"])
        return next((each for each in shown if words in text_of(each)), None)

    found = await until(look, deadline=LONG)
    assert found is not None
    return found


async def ended(face: BotStage, name: str) -> Json:
    """The execution, when it is completed."""

    async def look() -> Json:
        found: Json = await face.read(f"/executions/{name}")
        return found

    return await until(look, lambda found: found["status"] == "COMPLETED", deadline=LONG)


async def long_ago(face: BotStage, name: str) -> None:
    """Let the answer be an hour old, once it is noted."""
    mine = (questions.c.execution_id == name) & (questions.c.state == Stand.ANSWERED)
    then = datetime.now(UTC) - timedelta(hours=1)

    async def changed() -> int:
        async with (await face.parts.database.store()).writing() as connection:
            done = await connection.execute(
                update(questions).where(mine).values(answered_at=then, created_at=then)
            )
            return done.rowcount

    await until(changed)


def behind_the_question(history: Json) -> int:
    """The last reset point before the answer."""
    points = []
    for event in history["events"]:
        kind = str(event.get("eventType") or event.get("event_type"))
        if kind.endswith("UPDATE_ACCEPTED"):
            break
        if kind.endswith("WORKFLOW_TASK_COMPLETED"):
            points.append(int(event.get("eventId") or event["event_id"]))
    return points[-1]


def labels(shown: Json) -> list[str]:
    """The buttons of a message."""
    rows = [each for each in shown.get("blocks") or () if each["type"] == "actions"]
    return [text_of(each.get("text")) for row in rows for each in row["elements"]]
