"""One answer for a question, whoever gives it, and what becomes of answers that go wrong."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, select

from shared.call import Actor
from shared.errors import ApiError, InvalidArguments, Rejected, Unavailable
from shared.tables import question_cards, questions
from tests.shared.operating import ANA, NOW, Face, Routes, execution, faced

E = "/v1/workflows/executions"
PENDING = {"task_id": "t-1", "label": "Manager approval", "input_schema": {"type": "object"}}
BEN = Actor("mcp", "ben", "Ben via an assistant")
YES, NO = {"approved": True}, {"approved": False}


class Execution:
    """An execution that asks until it has an answer; `answer` may refuse or break it."""

    def __init__(self, answer: Callable[[], Any] | None = None, name: str = "order-41") -> None:
        self.answer = answer or accepted
        self.name = name
        self.asks = True

    @property
    def routes(self) -> Routes:
        return {
            f"GET {E}/{self.name}": execution(self.name),
            f"POST {E}/{self.name}/queries": lambda _: self._pending(),
            f"POST {E}/{self.name}/updates": lambda _: self._updated(),
        }

    def _pending(self) -> Any:
        return {"query_name": "q", "result": {"pending_inputs": [PENDING] if self.asks else []}}

    def _updated(self) -> Any:
        taken = self.answer()
        self.asks = isinstance(taken, httpx.Response)
        return taken


def as_person(face: Face, actor: Actor, seconds: float = 0) -> Face:
    """Somebody, so long after the first answer."""
    later = NOW + timedelta(seconds=seconds)
    return replace(face, context=replace(face.context, actor=actor, clock=lambda: later))


async def answer(face: Face, given: Any, **more: Any) -> Any:
    return await face.call("submit_input", execution_id="order-41", input=given, **more)


def accepted() -> Any:
    return {"update_name": "u", "result": {}}


def refused() -> httpx.Response:
    return httpx.Response(422, json={"code": "invalid", "message": "approved is missing"})


def broken() -> httpx.Response:
    raise httpx.ReadError("connection reset")


def not_understood() -> httpx.Response:
    return httpx.Response(200, text="<p>All is well</p>", headers={"Content-Type": "text/html"})


async def test_who_comes_too_late_learns_who_answered_and_when(tmp_path: Path) -> None:
    async with faced(Execution().routes, tmp_path) as (face, server):
        await answer(as_person(face, ANA), YES)
        with pytest.raises(
            InvalidArguments, match=r"“Manager approval” was already answered by"
        ) as e:
            await answer(as_person(face, BEN, 20), NO)
        with pytest.raises(InvalidArguments, match="answered by Ana 20 s ago"):
            await answer(as_person(face, BEN, 20), NO, task_id="t-1")

    assert "Ana 20 s ago" in str(e.value)
    assert len(server.asked("/updates")) == 1


async def test_an_answer_that_is_refused_leaves_the_question_to_the_next_person(
    tmp_path: Path,
) -> None:
    asking = Execution(refused)
    async with faced(asking.routes, tmp_path) as (face, _):
        with pytest.raises(Rejected):
            await answer(as_person(face, ANA), YES)
        asking.answer = accepted
        done = await answer(as_person(face, BEN, 1), NO)

    assert done.name == "Manager approval"


async def test_an_answer_that_may_have_arrived_holds_the_question_for_a_while(
    tmp_path: Path,
) -> None:
    asking = Execution(broken)
    async with faced(asking.routes, tmp_path) as (face, server):
        with pytest.raises(Unavailable):
            await answer(as_person(face, ANA), YES)
        with pytest.raises(InvalidArguments, match="is being answered by Ana, who began 5 s ago"):
            await answer(as_person(face, BEN, 5), NO)
        asking.answer = accepted
        await answer(as_person(face, BEN, 60), NO)

    assert len(server.asked("/updates")) == 2


@pytest.mark.parametrize("ending", [broken, not_understood])
async def test_an_answer_in_doubt_holds_the_question_for_as_long_as_it_may_take(
    tmp_path: Path, ending: Callable[[], Any]
) -> None:
    asking = Execution(ending)
    async with faced(asking.routes, tmp_path) as (face, server):
        with pytest.raises(ApiError, match="may have happened"):
            await answer(as_person(face, ANA), YES)
        asking.answer = accepted
        with pytest.raises(InvalidArguments, match="is being answered by Ana"):
            await answer(as_person(face, BEN, 25), NO)
        await answer(as_person(face, BEN, 31), NO)

    assert len(server.asked("/updates")) == 2


async def test_a_person_may_send_the_same_answer_again_while_nobody_knows_of_the_first(
    tmp_path: Path,
) -> None:
    asking = Execution(broken)
    async with faced(asking.routes, tmp_path) as (face, server):
        with pytest.raises(Unavailable):
            await answer(as_person(face, ANA), YES)
        with pytest.raises(InvalidArguments, match="is being answered by Ana"):
            await answer(as_person(face, ANA, 5), NO)
        asking.answer = accepted
        await answer(as_person(face, ANA, 5), YES)

    assert len(server.asked("/updates")) == 2


async def test_an_answer_that_was_taken_at_the_second_attempt_is_noted(tmp_path: Path) -> None:
    asking = Execution(broken)
    async with faced(asking.routes, tmp_path) as (face, _):
        with pytest.raises(Unavailable):
            await answer(as_person(face, ANA), YES)
        asking.answer = accepted
        await answer(as_person(face, ANA, 5), YES)
        with pytest.raises(InvalidArguments, match="already answered by Ana 40 min ago"):
            await answer(as_person(face, BEN, 2405), NO)


@pytest.mark.parametrize(("ending", "seconds"), [(broken, 45), (refused, 25)])
async def test_a_second_attempt_that_goes_wrong_leaves_the_question_held(
    tmp_path: Path, ending: Callable[[], Any], seconds: float
) -> None:
    """In doubt it is held for longer; refused or not, the first may still be on its way."""
    asking = Execution(broken)
    async with faced(asking.routes, tmp_path) as (face, server):
        with pytest.raises(Unavailable):
            await answer(as_person(face, ANA), YES)
        asking.answer = ending
        with pytest.raises(ApiError):
            await answer(as_person(face, ANA, 20), YES)
        with pytest.raises(InvalidArguments, match="is being answered by Ana"):
            await answer(as_person(face, BEN, seconds), NO)

    assert len(server.asked("/updates")) == 2


async def test_what_an_execution_asks_again_after_a_reset_can_be_answered_again(
    tmp_path: Path,
) -> None:
    asking = Execution()
    async with faced(asking.routes, tmp_path) as (face, server):
        await answer(as_person(face, ANA), YES)
        asking.asks = True
        with pytest.raises(InvalidArguments, match="already answered by Ana"):
            await answer(as_person(face, BEN, 2), NO)
        await answer(as_person(face, BEN, 3600), NO)

    assert len(server.asked("/updates")) == 2


async def test_of_many_at_once_one_is_heard(tmp_path: Path) -> None:
    async with faced(Execution().routes, tmp_path) as (face, server):
        people = [as_person(face, Actor("mcp", str(each), f"P{each}")) for each in range(8)]
        found = await asyncio.gather(
            *(answer(each, {"by": number}) for number, each in enumerate(people)),
            return_exceptions=True,
        )

    told = [str(each) for each in found if isinstance(each, InvalidArguments)]
    assert len(server.asked("/updates")) == 1
    assert len(told) == 7
    assert all("answered by P" in each for each in told)


async def test_what_was_answered_long_ago_is_forgotten_also_where_no_bot_tidies_up(
    tmp_path: Path,
) -> None:
    asking = Execution()
    async with faced(asking.routes, tmp_path) as (face, _):
        await answer(as_person(face, ANA), YES)
        shown = {"question_id": "old-shown", "channel": "C1", "card_key": "question:old"}
        async with (await face.database.store()).writing() as connection:
            for name in ("old", "old-shown", "old-open"):
                await connection.execute(insert(questions), noted_long_ago(name))
            await connection.execute(insert(question_cards), shown)
        asking.asks = True
        await answer(as_person(face, BEN, 3600), NO)
        async with (await face.database.store()).reading() as connection:
            left = set((await connection.execute(select(questions.c.task_id))).scalars())

    assert left == {"t-1", "old-shown"}


def noted_long_ago(name: str) -> dict[str, Any]:
    """A question of a hundred days ago."""
    then = NOW - timedelta(days=100)
    state = "open" if name.endswith("open") else "answered"
    row = {"id": name, "execution_id": "order-1", "task_id": name, "workflow": "order"}
    return {**row, "state": state, "answered_at": then, "created_at": then}
