"""Every tool once with a call that works and once with one that cannot, in the real sandbox."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from shared.operations import OPERATIONS
from tests.mcp_server.alerting import ALERT, SUBSCRIPTION, with_an_alert
from tests.mcp_server.conftest import Ended
from tests.mcp_server.faces import ERAS, Stage, ask, client_of, fresh, refusal, server_at

type Arguments = dict[str, Any]
type Prepare = Callable[[Stage, Ended], Awaitable[Arguments]]


def given(**arguments: Any) -> Prepare:
    async def prepare(stage: Stage, ended: Ended) -> Arguments:
        return {
            name: getattr(ended, value.strip("<>")) if str(value).startswith("<") else value
            for name, value in arguments.items()
        }

    return prepare


def on_new(workflow: str, start: Arguments, **arguments: Any) -> Prepare:
    async def prepare(stage: Stage, ended: Ended) -> Arguments:
        return {"execution_id": await stage.start(workflow, **start), **arguments}

    return prepare


def on_several(workflow: str, **arguments: Any) -> Prepare:
    async def prepare(stage: Stage, ended: Ended) -> Arguments:
        ids = [await stage.start(workflow, seconds=4_000) for _ in range(2)]
        return {"execution_ids": ids, **arguments}

    return prepare


def on_waiting(**arguments: Any) -> Prepare:
    async def prepare(stage: Stage, ended: Ended) -> Arguments:
        return {"execution_id": await stage.waiting(), **arguments}

    return prepare


def on_schedule(**arguments: Any) -> Prepare:
    async def prepare(stage: Stage, ended: Ended) -> Arguments:
        return {"schedule_id": await stage.schedule(), **arguments}

    return prepare


async def starting(stage: Stage, ended: Ended) -> Arguments:
    return {"workflow": "daily-digest", "execution_id": fresh("digest"), "wait_seconds": 50}


async def scheduling(stage: Stage, ended: Ended) -> Arguments:
    every = {"every": "12h", "paused": True}
    return {"workflow": "daily-digest", "schedule_id": fresh("schedule"), **every}


async def scheduled(stage: Stage, ended: Ended) -> Arguments:
    await stage.listed_schedule()
    return {"workflow": "daily-digest"}


async def resetting(stage: Stage, ended: Ended) -> Arguments:
    return {"execution_id": await stage.ended("daily-digest"), "event_id": 4}


SYNC = ("long-sync", {"seconds": 4_000})

GOOD: dict[str, tuple[Prepare, str]] = {
    "list_workflows": (given(search="expense"), "expense-approval"),
    "get_workflow": (given(workflow="long-sync"), "update set_target"),
    "list_executions": (
        given(workflow="failing-report", status="FAILED"),
        "failing-report FAILED:",
    ),
    "get_execution": (given(execution_id="<completed>"), '"pages":2'),
    "get_execution_history": (given(execution_id="<failed>"), "reset points: "),
    "get_execution_trace": (given(execution_id="<failed>", view="info"), "trace of "),
    "get_execution_logs": (given(execution_id="<failed>"), "log lines of "),
    "list_execution_events": (given(execution_id="<failed>"), "ACTIVITY_TASK_FAILED"),
    "wait_for_execution": (given(execution_id="<batch>"), ": COMPLETED"),
    "query_execution": (on_new(*SYNC, name="progress"), '"target":1000'),
    "list_pending_inputs": (on_waiting(), '"Manager approval"'),
    "list_schedules": (scheduled, "schedule_id|workflow"),
    "get_schedule": (on_schedule(), "workflow daily-digest"),
    "diagnose_execution": (given(execution_id="<failed>"), "net_revenue"),
    "list_alerts": (given(), f"{ALERT}|"),
    "list_alert_subscriptions": (given(), SUBSCRIPTION),
    "start_workflow": (starting, '"items":7'),
    "signal_execution": (on_waiting(name="note", input={"text": "hello"}), "the signal note"),
    "update_execution": (on_new(*SYNC, name="set_target", input={"target": 50}), '"target":50'),
    "submit_input": (on_waiting(input={"approved": True}), "has been given the input"),
    "create_schedule": (scheduling, ": paused"),
    "update_schedule": (on_schedule(every="2h"), "every 2 h"),
    "pause_schedule": (on_schedule(note="holidays"), '"holidays"'),
    "resume_schedule": (on_schedule(), ": active"),
    "trigger_schedule": (on_schedule(), "schedule schedule-"),
    "create_alert_subscription": (given(channel="#ops", when="waiting"), "wait for input"),
    "mute_alert_subscription": (given(subscription_id=SUBSCRIPTION), "muted until"),
    "acknowledge_alert": (given(alert_id=ALERT), "acknowledged by"),
    "delete_alert_subscription": (given(subscription_id=SUBSCRIPTION), "hears no more"),
    "cancel_executions": (on_several("long-sync"), "2 of 2 asked to stop"),
    "terminate_executions": (on_several("long-sync"), "2 of 2 terminated"),
    "reset_execution": (resetting, "new run"),
    "delete_schedule": (on_schedule(), "schedule-"),
}

BAD: dict[str, tuple[Arguments, str]] = {
    "list_workflows": ({"limit": 0}, "limit must be at least 1"),
    "get_workflow": ({"workflow": "expense-aproval"}, "expense-approval"),
    "list_executions": ({"status": "BROKEN"}, "status"),
    "get_execution": ({"execution_id": "nobody"}, "nobody"),
    "get_execution_history": ({"execution_id": "nobody"}, "nobody"),
    "get_execution_trace": ({"execution_id": "nobody", "view": "all"}, "view must be"),
    "get_execution_logs": ({"execution_id": "nobody"}, "nobody"),
    "list_execution_events": ({"execution_id": "no body"}, "execution_id must be one id"),
    "wait_for_execution": ({"execution_id": "x", "timeout_seconds": 51}, "at most 50"),
    "query_execution": ({"execution_id": "nobody", "name": "progress"}, "nobody"),
    "list_pending_inputs": ({"execution_id": "nobody"}, "nobody"),
    "list_schedules": ({"status": "sleeping"}, "status must be"),
    "get_schedule": ({"schedule_id": "nobody"}, "nobody"),
    "diagnose_execution": ({}, "execution_id is required"),
    "list_alerts": ({"state": "sleeping"}, "state must be"),
    "list_alert_subscriptions": ({"channel": "a b"}, "channel must be a channel"),
    "create_alert_subscription": ({"error": "("}, "error is no regular expression"),
    "mute_alert_subscription": ({"subscription_id": "nobody"}, "nobody"),
    "acknowledge_alert": ({"alert_id": "nobody"}, "nobody"),
    "delete_alert_subscription": ({"subscription_id": "nobody"}, "nobody"),
    "start_workflow": ({"workflow": "expense-approval", "input": {"amount": -1}}, "amount"),
    "signal_execution": ({"execution_id": "nobody", "name": "note"}, "nobody"),
    "update_execution": ({"execution_id": "nobody", "name": "set_target"}, "nobody"),
    "submit_input": ({"execution_id": "nobody", "input": {}}, "nobody"),
    "create_schedule": ({"workflow": "daily-digest"}, "every"),
    "update_schedule": ({"schedule_id": "nobody", "every": "1h"}, "nobody"),
    "pause_schedule": ({"schedule_id": "nobody"}, "nobody"),
    "resume_schedule": ({"schedule_id": "nobody"}, "nobody"),
    "trigger_schedule": ({"schedule_id": "nobody"}, "nobody"),
    "cancel_executions": ({"execution_ids": []}, "needs at least 1"),
    "terminate_executions": ({"execution_ids": ["a"] * 101}, "at most 100"),
    "reset_execution": ({"execution_id": "nobody", "event_id": 4}, "nobody"),
    "delete_schedule": ({}, "schedule_id is required"),
}


def test_no_tool_is_forgotten() -> None:
    names = {operation.name for operation in OPERATIONS}

    assert names == GOOD.keys() == BAD.keys()


@pytest.mark.parametrize("era", ERAS)
async def test_a_good_call_is_answered_in_words(
    era: str, stage: Stage, ended: Ended, database: Path, subtests: pytest.Subtests
) -> None:
    prepared = await asyncio.gather(*(prepare(stage, ended) for prepare, _ in GOOD.values()))
    await with_an_alert(database)

    async with client_of(server_at(stage.url, database), era) as client:
        for (tool, (_, says)), arguments in zip(GOOD.items(), prepared, strict=True):
            with subtests.test(tool=tool):
                text = await ask(client, tool, arguments)

                assert says in text
                for id_ in (arguments.get("execution_id"), arguments.get("schedule_id")):
                    assert id_ is None or id_ in text


@pytest.mark.parametrize("era", ERAS)
async def test_a_bad_call_is_refused_in_words(
    era: str, stage: Stage, database: Path, subtests: pytest.Subtests
) -> None:
    async with client_of(server_at(stage.url, database), era) as client:
        for tool, (arguments, says) in BAD.items():
            with subtests.test(tool=tool):
                text = await refusal(client, tool, arguments)

                assert says in text
                assert "internal error" not in text
