"""What was done is told as done, also when it cannot be shown: nobody is led to do it again."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.slack.faults import Fault
from sandbox.slack.model import Json
from tests.bot.failing_api import FailingApi, failing_api
from tests.bot.stage import (
    PATIENCE_SECONDS,
    BotStage,
    after,
    bot_stage,
    close_all,
    fill,
    form,
    newest,
    seen,
    text_of,
)
from tests.bot.test_alerts_threads import alert, subscription
from tests.mcp_server.faces import Stage, fresh
from tests.slack.workspace import Person, until

W = "/v1/workflows"
EXECUTE = f"POST {W}/[^/]*/execute"


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
    api.passed.clear()
    async with face.person("ana") as person:
        yield person
        api.mend()
        face.slack.faults.clear()
        await close_all(person)


@pytest.fixture(scope="module")
async def sync(sandbox_url: str, face: BotStage) -> str:
    """An execution that takes everything."""
    execution_id = await Stage(sandbox_url).start("long-sync", seconds=4_000)
    await until(
        lambda: face.read(f"/executions/{execution_id}/history"),
        lambda history: "WORKFLOW_TASK_COMPLETED" in str(history),
        deadline=120,
    )
    return execution_id


async def test_a_start_whose_card_cannot_be_read_is_told_as_started(
    api: FailingApi, on_call: Person
) -> None:
    api.limit(f"GET {W}/executions/.*")
    name = fresh("limited")
    said = await on_call.say("ops", f"@workflows start long-sync seconds=40 execution_id={name}")
    told = await seen(on_call, "Started", thread=said)
    assert name in text_of(told)
    assert "do not start it again. Its card cannot be shown: Could not" in text_of(told)
    assert "Try again" not in labels(told)
    assert len(api.asked(EXECUTE)) == 1


async def test_a_wait_that_fails_is_no_failure_of_the_start(
    api: FailingApi, on_call: Person
) -> None:
    api.limit(f"GET {W}/executions/.*")
    before = await newest(on_call)
    name = fresh("waited")
    await on_call.command(
        "ops", f"/workflows start long-sync seconds=40 wait_seconds=5 execution_id={name}"
    )
    told = await after(on_call, before, "Waiting for it failed: Could not")
    assert f"Started {name}: do not start it again." in text_of(told).replace("`", "")
    assert "could not be shown" not in text_of(told)
    assert "Try again" not in labels(told)
    assert len(api.asked(EXECUTE)) == 1


async def test_a_trigger_of_which_nothing_can_be_read_is_told_as_triggered(
    api: FailingApi, sandbox_url: str, on_call: Person
) -> None:
    schedule = await Stage(sandbox_url).schedule()
    trigger = f"POST {W}/schedules/{schedule}/trigger"
    api.limit(f"GET {W}/schedules/{schedule}", since=trigger)
    before = await newest(on_call)
    await on_call.command("ops", f"/workflows schedules trigger {schedule}")
    told = await after(on_call, before, "do not trigger it again")
    assert "Try again" not in labels(told)
    assert len(api.asked(trigger)) == 1


async def test_a_schedule_that_cannot_be_read_is_told_as_created(
    api: FailingApi, on_call: Person
) -> None:
    api.limit(f"GET {W}/schedules/.*")
    before = await newest(on_call)
    await on_call.command("ops", "/workflows schedules create daily-digest every=30d")
    told = await after(on_call, before, "was created: do not create it again")
    assert "every 30 d" in text_of(told)
    assert "Try again" not in labels(told)
    assert len(api.asked(f"POST {W}/schedules")) == 1


async def test_the_form_of_a_schedule_that_was_created_and_cannot_be_read_does_not_come_back(
    api: FailingApi, on_call: Person
) -> None:
    await on_call.command("ops", "/workflows schedules create daily-digest paused=true")
    view = await fill(on_call, await form(on_call, "Time zone"), Every="30d")
    before = await newest(on_call)
    api.limit(f"GET {W}/schedules/.*", since=f"POST {W}/schedules")
    api.limit(f"POST {W}/schedules/.*/pause")
    await on_call.submit(view)
    told = await after(on_call, before, "It is probably NOT paused: Could not pause")
    assert "do not create it again" in text_of(told)
    [left] = await on_call.views()
    assert "input" not in [block["type"] for block in left["blocks"]]
    assert len(api.asked(f"POST {W}/schedules")) == 1


async def test_a_form_that_slack_cannot_change_does_not_come_back(
    api: FailingApi, face: BotStage, on_call: Person, sync: str
) -> None:
    await on_call.command("ops", f"/workflows update {sync} set_target")
    view = await fill(on_call, await form(on_call, "Target"), Target="60")
    before = await newest(on_call)
    face.slack.faults.add(Fault("error_500", "views.update", times=1))
    await on_call.submit(view)
    told = await after(on_call, before, "set_target")
    assert "Try again" not in text_of(told)
    assert face.slack.faults.waiting() == []
    [left] = await on_call.views()
    assert "input" not in [block["type"] for block in left["blocks"]]
    assert len(api.asked(f"POST {W}/executions/{sync}/updates")) == 1


@pytest.mark.parametrize("kind", ["error_500", "reset_after"])
async def test_an_answer_that_slack_does_not_take_is_told_as_done(
    api: FailingApi, face: BotStage, on_call: Person, sync: str, kind: Any
) -> None:
    said = await on_call.say("ops", "@workflows whoami")
    await seen(on_call, "your level is", thread=said)
    face.slack.faults.add(Fault(kind, "chat.postMessage", times=1))
    said = await on_call.say("ops", f"@workflows update {sync} set_target target=70")
    told = await seen(on_call, "It was done: do not send it again", thread=said)
    assert "Slack did not answer chat.postMessage" in text_of(told)
    assert "Try again" not in text_of(told)
    assert len(api.asked(f"POST {W}/executions/{sync}/updates")) == 1


async def test_a_cancel_that_failed_and_that_slack_does_not_take_is_not_told_as_done(
    api: FailingApi, face: BotStage, on_call: Person, sync: str
) -> None:
    said = await on_call.say("ops", f"@workflows cancel {sync}")
    asked = await seen(on_call, "Never mind", thread=said)
    api.limit(f"POST {W}/executions/{sync}/cancel")
    face.slack.faults.add(Fault("error_500", "chat.postMessage", times=1))
    await on_call.click(asked, "Cancel it")
    told = await seen(on_call, "It was tried, and what came of it is below", thread=said)
    assert "Could not cancel" in text_of(told)
    assert "It was done" not in text_of(told)


async def test_an_alert_that_is_acknowledged_in_a_home_that_slack_does_not_take_is_told_as_done(
    face: BotStage, on_call: Person
) -> None:
    made = await alert(face, await subscription(face), fresh("gone"))

    async def offered() -> Json | None:
        home = await on_call.home()
        return home if "Acknowledge" in text_of(home) else None

    home = await until(offered, deadline=PATIENCE_SECONDS)
    assert home is not None
    face.slack.faults.add(Fault("unknown_method", "views.publish", times=1))
    await on_call.click(home, "Acknowledge")
    direct = (await on_call.direct("whoami"))["channel"]
    told = await seen(on_call, "It was done: do not send it again", direct)
    assert "unknown_method" in text_of(told)
    assert "Try again" not in text_of(told)
    assert made.id in text_of(told)


def labels(shown: Json) -> list[str]:
    """The buttons of a message."""
    rows = [each for each in shown.get("blocks") or () if each["type"] == "actions"]
    return [text_of(each.get("text")) for row in rows for each in row["elements"]]
