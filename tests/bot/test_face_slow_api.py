"""Forms while the Workflows API takes its time: a trigger of Slack's lasts three seconds."""

from collections.abc import AsyncIterator

import pytest

from tests.bot.slow_api import SlowApi, slow_api
from tests.bot.stage import BotStage, bot_stage, close_all, form, seen, text_of
from tests.mcp_server.faces import Stage, fresh
from tests.slack.workspace import Person, until

READS = "GET .*"
TOO_LATE_SECONDS = 5


@pytest.fixture(scope="module")
async def api(sandbox_url: str) -> AsyncIterator[SlowApi]:
    async with slow_api(sandbox_url) as door:
        yield door


@pytest.fixture(scope="module")
async def face(api: SlowApi, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BotStage]:
    async with bot_stage(api.url, tmp_path_factory.mktemp("bot") / "ops.db") as running:
        yield running


@pytest.fixture
async def on_call(api: SlowApi, face: BotStage) -> AsyncIterator[Person]:
    async with face.person("ana") as person:
        yield person
        api.release()
        await close_all(person)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("start order-batch", "How many orders"),
        ("signal {sync}", "Send a signal"),
        ("update {sync} set_target", "Target"),
        ("query {sync}", "Send a query"),
        ("inputs answer {asking}", "Approved"),
        ("schedules create daily-digest", "Time zone"),
        ("terminate {sync}", "Reason"),
        ("reset {sync}", "Go back to"),
    ],
)
async def test_a_form_takes_the_place_of_a_view_that_was_opened_in_time(
    api: SlowApi,
    face: BotStage,
    executions: dict[str, str],
    on_call: Person,
    typed: str,
    words: str,
) -> None:
    api.hold(READS)
    await on_call.command("ops", f"/workflows {typed.format_map(executions)}")
    await form(on_call, "One moment")
    face.slack.workspace.clock.advance(TOO_LATE_SECONDS)
    api.release()
    await form(on_call, words)
    assert len(await on_call.views()) == 1


async def test_a_workflow_that_takes_nothing_is_started_and_the_view_says_so(
    api: SlowApi, face: BotStage, on_call: Person
) -> None:
    api.hold(READS)
    execution_id = fresh("slowly")
    await on_call.command("ops", f"/workflows start failing-report execution_id={execution_id}")
    await form(on_call, "One moment")
    face.slack.workspace.clock.advance(TOO_LATE_SECONDS)
    api.release()
    await form(on_call, f"Started `{execution_id}`")
    await seen(on_call, execution_id)


async def test_an_error_is_told_in_the_view_that_waits(
    api: SlowApi, face: BotStage, on_call: Person
) -> None:
    api.hold(READS)
    await on_call.command("ops", "/workflows start no-such-workflow")
    await form(on_call, "One moment")
    face.slack.workspace.clock.advance(TOO_LATE_SECONDS)
    api.release()
    await form(on_call, "no-such-workflow")


async def test_who_closes_the_view_that_waits_is_told_the_error_in_the_channel(
    api: SlowApi, on_call: Person
) -> None:
    api.hold(READS)
    await on_call.command("ops", "/workflows start never-heard-of")
    await on_call.close(await form(on_call, "One moment"))
    api.release()
    await seen(on_call, "never-heard-of")


async def test_no_view_comes_up_where_nothing_is_left_out(
    api: SlowApi, face: BotStage, on_call: Person
) -> None:
    api.hold("POST .*|GET /v1/workflows/[^/]*")
    face.slack.calls.clear()
    execution_id = fresh("complete")
    await on_call.command(
        "ops", f"/workflows start document-processing pages=1 execution_id={execution_id}"
    )
    # Long after a view would have come up: the other command was typed later and has one.
    async with face.person("cleo") as cleo:
        await cleo.command("ops", "/workflows start order-batch")
        await form(cleo, "One moment")
        assert await on_call.views() == []
        api.release()
        await form(cleo, "How many orders")
        await close_all(cleo)
    await seen(on_call, execution_id)
    [opened] = face.slack.calls.of("views.open")
    assert "One moment" in text_of(opened.arguments["view"])
    assert await on_call.views() == []


@pytest.fixture(scope="module")
async def executions(sandbox_url: str, face: BotStage) -> dict[str, str]:
    """One that takes everything, and one with a question."""
    stage = Stage(sandbox_url)
    sync = await stage.start("long-sync", seconds=80_000)
    asking = await stage.start("expense-approval", amount=48)
    await until(
        lambda: face.read(f"/executions/{sync}/history"),
        lambda history: "WORKFLOW_TASK_COMPLETED" in str(history),
        deadline=120,
    )
    await until(
        lambda: face.read(f"/executions/{asking}/history"),
        lambda history: "WORKFLOW_TASK_COMPLETED" in str(history),
        deadline=120,
    )
    return {"sync": sync, "asking": asking}
