"""Every operation from words typed in Slack to the message that answers, well and badly."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from shared.alerts import group_rows, subscriptions
from shared.alerts.finding import Kind
from shared.alerts.groups import opened
from shared.alerts.occurrence import Occurrence
from shared.alerts.wanted import Wanted
from shared.call import Actor
from shared.context import utc_now
from shared.operations import OPERATIONS
from tests.bot.stage import BotStage, after, close_all, fill, form, newest, text_of
from tests.mcp_server.faces import Stage, fresh
from tests.slack.workspace import Person, until


@dataclass(frozen=True, slots=True)
class World:
    """What the sandbox has for the commands of this module."""

    completed: str
    failed: str
    waiting: str
    asking: str
    sync: str
    several: str
    doomed: str
    schedule: str
    paused: str
    trash: str
    new: str
    kept: str
    gone: str
    alert: str


@pytest.fixture(scope="module")
async def world(face: BotStage) -> World:
    """Executions and schedules of each kind."""
    stage = Stage(face.api_url)
    two = await asyncio.gather(*(stage.start("long-sync", seconds=80_000) for _ in range(2)))
    completed, failed, *others = await asyncio.gather(
        stage.ended("document-processing", pages=2),
        stage.ended("failing-report"),
        stage.waiting(),
        stage.waiting(),
        stage.start("long-sync", seconds=80_000),
    )
    schedules = await asyncio.gather(*(stage.listed_schedule() for _ in range(3)))
    doomed = await stage.start("long-sync", seconds=80_000)
    waiting, asking, sync = others
    first, second, third = schedules
    kept, gone, alert = await alerts(face)
    return World(
        completed=completed,
        failed=failed,
        waiting=waiting,
        asking=asking,
        sync=sync,
        several=" ".join(two),
        doomed=doomed,
        schedule=first,
        paused=second,
        trash=third,
        new=fresh("digest"),
        kept=kept,
        gone=gone,
        alert=alert,
    )


async def alerts(face: BotStage) -> tuple[str, str, str]:
    """Two subscriptions of #ops, and an alert of the first that fires."""
    channel = face.slack.workspace.channel_named("ops").id
    actor, now = Actor("slack", "U0ANA1234", "Ana"), utc_now()
    happened = Occurrence(kind=Kind.FAILED, workflow="world-import", subject="w", at=now)
    async with (await face.parts.database.store()).writing() as connection:
        wanted = [Wanted(workflows=(f"world-{name}",)) for name in ("kept", "gone")]
        kept, gone = [
            await subscriptions.add(connection, channel, each, actor, now) for each in wanted
        ]
        labels = {"workflow": happened.workflow}
        alert = opened("a" + kept.id, kept.id, "world", labels, happened, now)
        await group_rows.add(connection, [alert])
    return kept.id, gone.id, alert.id


type Then = Callable[[Person, str], Awaitable[None]]


async def nothing(_: Person, __: str) -> None:
    """The command says all."""


async def confirm(person: Person, before: str) -> None:
    asked = await after(person, before, "Never mind")
    await person.click(asked, "Delete it")


async def agree(person: Person, _: str) -> None:
    await person.submit(await form(person, "2 executions"))


async def with_reason(person: Person, _: str) -> None:
    view = await form(person, "Reason")
    await fill(person, view, Reason="stuck")
    await person.submit(view)


GOOD: dict[str, tuple[str, str, Then]] = {
    "list_workflows": ("workflows search=expense", "expense-approval", nothing),
    "get_workflow": ("workflow long-sync", "set_target", nothing),
    "list_executions": ("list failing-report status=failed", "failing-report", nothing),
    "get_execution": ("status {completed}", '"pages": 2', nothing),
    "get_execution_history": ("history {failed}", "A reset may go back to", nothing),
    "get_execution_trace": ("trace {failed}", "spans in the trace of {failed}", nothing),
    "get_execution_logs": ("logs {failed}", "log lines of {failed}", nothing),
    "list_execution_events": ("events {failed}", "activity failed", nothing),
    "wait_for_execution": ("wait {completed}", "{completed} completed", nothing),
    "query_execution": ("query {sync} progress", '"target": 1000', nothing),
    "list_pending_inputs": ("inputs {waiting}", "Manager approval", nothing),
    "list_schedules": ("schedules list daily-digest", "daily-digest", nothing),
    "get_schedule": ("schedules show {schedule}", "{schedule}", nothing),
    "diagnose_execution": ("diagnose {failed}", "net_revenue", nothing),
    "list_alerts": ("alerts firing workflow=world-*", "world-import failed", nothing),
    "list_alert_subscriptions": ("alerts list", "{kept}", nothing),
    "start_workflow": ("start daily-digest execution_id={new}", "{new} completed", nothing),
    "signal_execution": ("signal {waiting} note text=hello", "sent the signal note", nothing),
    "update_execution": ("update {sync} set_target target=50", '"target": 50', nothing),
    "submit_input": ('inputs answer {asking} {"approved": true}', "answered: Manager", nothing),
    "create_schedule": (
        "schedules create daily-digest every=12h paused=true schedule_id={new}",
        "{new} is paused",
        nothing,
    ),
    "update_schedule": ("schedules update {schedule} every=2h", "every 2 h", nothing),
    "pause_schedule": ("schedules pause {schedule} note=holidays", "holidays", nothing),
    "resume_schedule": ("schedules resume {paused}", "{paused} is active", nothing),
    "trigger_schedule": ("schedules trigger {schedule}", "Started {schedule}", nothing),
    "create_alert_subscription": ("alerts subscribe workflow=world-new", "tells of", nothing),
    "mute_alert_subscription": ("alerts mute {kept} for=2h", "muted until", nothing),
    "delete_alert_subscription": ("alerts unsubscribe {gone}", "hears no more", nothing),
    "acknowledge_alert": ("alerts ack {alert}", "👀 Ana", nothing),
    "cancel_executions": ("cancel {several}", "2 of 2 executions asked to stop", agree),
    "terminate_executions": ("terminate {doomed}", "{doomed} was terminated", with_reason),
    "reset_execution": ("reset {failed}", "new run", with_reason),
    "delete_schedule": ("schedules delete {trash}", "{trash}", confirm),
}

BAD: dict[str, tuple[str, str]] = {
    "list_workflows": ("workflows limit=0", "limit must be at least 1"),
    "get_workflow": ("workflow expense-aproval", "expense-approval"),
    "list_executions": ("list status=BROKEN", "status"),
    "get_execution": ("status nobody", "nobody"),
    "get_execution_history": ("history nobody", "nobody"),
    "get_execution_trace": ("trace {failed} view=all", "view must be"),
    "get_execution_logs": ("logs nobody", "nobody"),
    "list_execution_events": ("events nobody", "nobody"),
    "wait_for_execution": ("wait {completed} timeout_seconds=51", "at most 50"),
    "query_execution": ("query {sync} progres", "progress"),
    "list_pending_inputs": ("inputs list nobody", "nobody"),
    "list_schedules": ("schedules list status=sleeping", "status must be"),
    "get_schedule": ("schedules show nobody", "nobody"),
    "diagnose_execution": ("diagnose", "execution_id is required"),
    "list_alerts": ("alerts firing state=broken", "state must be"),
    "list_alert_subscriptions": ('alerts list in="no channel"', "must be a channel"),
    "start_workflow": ("start expense-approval amount=-1", "amount"),
    "signal_execution": ("signal {completed} note text=hello", "{completed}"),
    "update_execution": ("update {sync} set_target target=-5", "must not be negative"),
    "submit_input": ("inputs answer {waiting} approved=perhaps", "approved wants true or false"),
    "create_schedule": ("schedules create daily-digest cron=sometimes", "CronString"),
    "update_schedule": ("schedules update nobody every=1h", "nobody"),
    "pause_schedule": ("schedules pause nobody", "nobody"),
    "resume_schedule": ("schedules resume nobody", "nobody"),
    "trigger_schedule": ("schedules trigger nobody", "nobody"),
    "create_alert_subscription": ("alerts subscribe repeat=1m", "at least 5m"),
    "mute_alert_subscription": ("alerts mute nobody", "There is no subscription nobody"),
    "delete_alert_subscription": ("alerts unsubscribe nobody", "There is no subscription nobody"),
    "acknowledge_alert": ("alerts ack nobody", "There is no alert nobody"),
    "cancel_executions": ("cancel", "execution_ids is required"),
    "terminate_executions": ("terminate nobody", "nobody"),
    "reset_execution": ("reset nobody", "nobody"),
    "delete_schedule": ("schedules delete", "schedule_id is required"),
}


def test_no_operation_is_forgotten() -> None:
    names = {operation.name for operation in OPERATIONS}
    assert names == GOOD.keys() == BAD.keys()


async def test_every_operation_is_understood_and_answered(
    world: World, on_call: Person, subtests: pytest.Subtests
) -> None:
    for name, (typed, words, then) in GOOD.items():
        with subtests.test(operation=name):
            before = await newest(on_call)
            await on_call.command("ops", f"/workflows {filled(typed, world)}")
            await then(on_call, before)
            shown = await after(on_call, before, filled(words, world))
            assert shown["text"]
            await close_all(on_call)


async def test_every_operation_refuses_in_words_that_one_person_sees(
    world: World, on_call: Person, subtests: pytest.Subtests
) -> None:
    for name, (typed, words) in BAD.items():
        with subtests.test(operation=name):
            shown = await refused(on_call, filled(typed, world), filled(words, world))
            assert "Internal error" not in shown
            await close_all(on_call)


async def refused(person: Person, typed: str, words: str) -> str:
    """The message or, where a form was opened because the API took its time, the modal with them.

    Nobody else sees either.
    """
    before = await newest(person)
    await person.command("ops", f"/workflows {typed}")

    async def look() -> str | None:
        messages = [each for each in await person.messages("ops") if each["ts"] > before]
        mine = [each for each in messages if each["ephemeral"]]
        texts = (text_of(each).replace("`", "") for each in [*mine, *await person.views()])
        return next((text for text in texts if words in text), None)

    found = await until(look, deadline=120)
    assert found is not None
    return found


def filled(text: str, world: World) -> str:
    """The text with the ids of this run; braces of JSON stay."""
    for name in World.__slots__:
        text = text.replace(f"{{{name}}}", getattr(world, name))
    return text
