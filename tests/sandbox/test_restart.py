"""Crashes: what was running goes on, what was known is known, and nothing is left behind."""

import contextlib
import json
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest

from tests.sandbox.world import World, until
from tests.sandbox_process import PATIENCE_SECONDS, OwnSandbox, Sandbox, running_sandbox

FATES = {
    "document-processing": ({"pages": 30}, "COMPLETED"),
    "flaky-import": ({}, "COMPLETED"),
    "failing-report": (None, "FAILED"),
    "order-batch": ({"orders": 3}, "COMPLETED"),
    "long-sync": ({"seconds": 600}, "COMPLETED"),
}


def family(sandbox: OwnSandbox) -> list[psutil.Process]:
    """The sandbox and every process below it."""
    head = psutil.Process(sandbox.process.pid)
    return [head, *head.children(recursive=True)]


def command_of(process: psutil.Process) -> list[str]:
    """Its command line; one that is just ending has none."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.cmdline()
    return []


def at_work(sandbox: OwnSandbox, name: str) -> list[psutil.Process]:
    """The processes that run this, without their leashes."""
    commands = [(process, command_of(process)) for process in family(sandbox)]
    return [
        process
        for process, command in commands
        if name in command and "sandbox.leash" not in command
    ]


def begin(world: World, *workflows: str) -> dict[str, str]:
    """Start them; answers how each execution is to end."""
    return {world.start(each, input=FATES[each][0]): FATES[each][1] for each in workflows}


def pages_done(world: World, execution_id: str) -> Any:
    """How far the processing of a document is."""
    path = f"/v1/workflows/executions/{execution_id}/queries"
    answer = world.http.post(path, json={"name": "progress"})
    # A worker with much to do answers too late.
    return answer.json()["result"]["done"] if answer.is_success else 0


def assert_gone(processes: list[psutil.Process]) -> None:
    """Nothing of a family is left, or will be in a moment."""
    assert len(processes) >= 5  # the sandbox, two leashes, Temporal, the worker
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE_SECONDS)
    assert not alive


def test_ten_running_executions_survive_kill_9_and_leave_no_process_behind(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as sandbox:
        with World(sandbox.url) as world:
            waiting = world.start("expense-approval", input={"amount": 7})
            asked = world.pending(waiting)
            schedule_id = f"s-{uuid4().hex[:8]}"
            made = world.http.post(
                "/v1/workflows/schedules",
                json={
                    "workflow_identifier": "daily-digest",
                    "schedule_id": schedule_id,
                    "schedule": {"input": None, "cron_expressions": ["0 9 * * MON"]},
                },
            )
            assert made.status_code == 201
            events = world.http.get(
                "/v1/workflows/events/list", params={"workflow_exec_id": waiting}
            ).json()["events"]
            started = begin(world, "document-processing", *["long-sync"] * 6)
            until(lambda: pages_done(world, next(iter(started))), bool)
            # What is soon over comes last, to be killed in the middle.
            started |= begin(world, "flaky-import", "failing-report", "order-batch")
            listed = world.http.get("/v1/workflows/runs").json()["executions"]
            runs = {row["run_id"] for row in listed}
            running = {row["execution_id"] for row in listed if row["status"] == "RUNNING"}
        assert len(running & started.keys()) >= 5, "too fast to be killed in the middle"
        processes = family(sandbox)
        sandbox.kill()

    with running_sandbox(tmp_path) as sandbox, World(sandbox.url) as world:
        ends = {each: world.ended(each)["status"] for each in started}
        assert ends == started
        assert world.pending(waiting)["task_id"] == asked["task_id"]
        world.http.post(
            f"/v1/workflows/executions/{waiting}/updates",
            json={
                "name": "__submit_input",
                "input": {"task_id": asked["task_id"], "input": {"approved": True}},
            },
        )
        assert world.ended(waiting)["status"] == "COMPLETED"
        again = world.http.get(
            "/v1/workflows/events/list", params={"workflow_exec_id": waiting}
        ).json()["events"]
        assert again[: len(events)] == events
        kept = world.http.get(f"/v1/workflows/schedules/{schedule_id}").json()
        assert kept["cron_expressions"] == ["0 9 * * MON"]
        everything = world.http.get("/v1/workflows/runs", params={"page_size": 1000}).json()
        assert runs <= {row["run_id"] for row in everything["executions"]}
    assert_gone(processes)


def test_a_worker_or_temporal_that_dies_is_started_again_and_nothing_outlives_the_command(
    tmp_path: Path,
) -> None:
    with running_sandbox(tmp_path) as sandbox, World(sandbox.url) as world:
        execution_id = world.start("expense-approval")
        asked = world.pending(execution_id)
        for name in ("sandbox.worker", "start-dev"):
            [victim] = until(partial(at_work, sandbox, name), lambda found: len(found) == 1)
            victim.kill()
            victim.wait()
        assert world.pending(execution_id)["task_id"] == asked["task_id"]
        assert world.ended(world.start("daily-digest"))["status"] == "COMPLETED"
        processes = family(sandbox)
    assert_gone(processes)


def test_a_second_sandbox_on_the_same_state_says_where_the_first_answers(
    sandbox: Sandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    with (
        pytest.raises(AssertionError, match="did not come up"),
        running_sandbox(sandbox.state),
    ):
        raise AssertionError("two sandboxes share a state")
    assert sandbox.url in capfd.readouterr().err


def test_an_existing_temporal_cluster_can_be_used(sandbox: Sandbox, tmp_path: Path) -> None:
    with World(sandbox.url) as world:
        address = world.http.get("/v1/workflows/workers/whoami").json()["scheduler_url"]
        arguments = ("--temporal", address, "--deployment", "second")
        with (
            running_sandbox(tmp_path, *arguments) as second_process,
            World(second_process.url) as second,
        ):
            execution_id = second.start("daily-digest")
            ended = second.ended(execution_id)
            assert (ended["status"], ended["deployment_name"]) == ("COMPLETED", "second")
            commands = [command_of(process) for process in family(second_process)]
            assert not any("start-dev" in command for command in commands)
        # The first gateway, with a deployment of its own, does not list what is not its own.
        listed = world.http.get("/v1/workflows/runs", params={"search": execution_id}).json()
        assert listed["executions"] == [], json.dumps(listed)
