"""Questions of very many executions: each kind of execution has its part of every turn."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.alerts.finding import Kind
from tests.alerts.sweep_stage import NOON, Stage, another, only, question, run, seconds, staged


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(f"sqlite:///{tmp_path / 'many.db'}") as made:
        yield made


async def test_an_answer_is_told_soon_beside_many_that_have_begun_to_wait(stage: Stage) -> None:
    stage.needs = only(Kind.WAITING)
    stage.world.runs = [run("known", start=NOON)]
    stage.world.hinted = {"known"}
    stage.world.questions = {"known": [question("t")]}
    await stage.sweep()
    new = {f"e{number:03}" for number in range(300)}
    stage.world.runs += [run(each, start=NOON) for each in new]
    stage.world.hinted = new
    stage.world.questions = {each: [question("t")] for each in new}
    async with another(stage):
        await stage.sweep(after=15)
    assert "waiting known/t over" in await stage.keys()


async def test_what_waits_without_a_search_key_is_asked_beside_many_that_have_one(
    stage: Stage,
) -> None:
    stage.needs = only(Kind.WAITING)
    hinted = {f"e{number:03}" for number in range(300)}
    stage.world.runs = [run(each, start=NOON) for each in hinted]
    stage.world.runs.append(run("silent", start=NOON - seconds(100)))
    stage.world.hinted = hinted
    stage.world.questions = {each: [question("t")] for each in (*hinted, "silent")}
    await stage.sweep()
    assert "waiting silent/t" in await stage.keys()
    assert len(await stage.keys()) == 30
