"""Every operation against the real sandbox: a real Temporal server and a real worker."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from shared.api import open_api
from shared.errors import Conflict, InvalidArguments, NotFound, Rejected
from tests.shared.operating import Face, face, until

MISSING = "column 'net_revenue' is missing"


@pytest.fixture
async def ops(sandbox_url: str, tmp_path: Path) -> AsyncIterator[Face]:
    """A caller of operations, allowed everything."""
    async with open_api(sandbox_url, None) as api, face(api, tmp_path, now=None) as caller:
        yield caller


@pytest.fixture
def slow_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """All tests share one worker and one engine: what hangs on their answers may take its time."""
    monkeypatch.setattr("shared.operations.snapshot._QUERY_SECONDS", 60)
    monkeypatch.setattr("shared.operations.inputs.CONFIRM_SECONDS", 60)
    monkeypatch.setattr("shared.operations.reset._PATIENCE_SECONDS", 60)
    monkeypatch.setattr("shared.operations.schedule_changes.PATIENCE_SECONDS", 60)


def fresh(name: str) -> str:
    return f"{name}-{uuid4().hex[:8]}"


async def diagnosed(ops: Face, execution_id: str) -> Any:
    """The diagnosis of a failing report, when all of it can be read."""
    return await until(
        lambda: ops.call("diagnose_execution", execution_id=execution_id),
        lambda found: found.failed_step and found.failed_step.attempts == 3 and not found.notes,
    )


async def test_workflows_are_listed_and_shown_with_what_they_take(ops: Face) -> None:
    listed = await ops.call("list_workflows", search="expense")
    shown = await ops.call("get_workflow", workflow="expense-approval")

    assert "expense-approval" in [row.name for row in listed.workflows]
    assert shown.active is True
    assert set(shown.input_schema["properties"]) == {"amount", "employee"}
    assert [(handler.kind, handler.name) for handler in shown.handlers] == [("signal", "note")]


async def test_an_unknown_workflow_suggests_the_nearest_one(ops: Face) -> None:
    for operation in ("get_workflow", "start_workflow"):
        with pytest.raises(NotFound, match="did you mean expense-approval"):
            await ops.call(operation, workflow="expence-aproval")


@pytest.mark.parametrize(
    ("given", "words"),
    [({"page": 2}, "did you mean pages"), ({"pages": "two"}, "pages: 'two' is not of type")],
)
async def test_input_that_does_not_fit_starts_nothing(
    ops: Face, given: dict[str, object], words: str
) -> None:
    execution_id = fresh("doc")
    with pytest.raises(InvalidArguments, match=words):
        await ops.call(
            "start_workflow",
            workflow="document-processing",
            execution_id=execution_id,
            input=given,
        )

    with pytest.raises(NotFound):
        await ops.call("get_execution", execution_id=execution_id)


async def test_a_start_that_waits_brings_the_result_and_its_steps(ops: Face) -> None:
    done = await ops.call(
        "start_workflow", workflow="document-processing", input={"pages": 2}, wait_seconds=50
    )

    assert (done.status, done.still_running) == ("COMPLETED", False)
    assert done.result["pages"] == 2
    names = [step.name for step in done.steps]
    assert names.count("extract_page") == 2
    assert not any(name.startswith("__") for name in names)
    assert done.execution_id.startswith("document-processing-")


async def test_an_id_in_use_is_a_conflict_that_names_it(ops: Face) -> None:
    execution_id = fresh("sync")
    one = {"workflow": "long-sync", "execution_id": execution_id, "input": {"seconds": 3600}}
    started = await ops.call("start_workflow", **one)
    with pytest.raises(Conflict, match=execution_id):
        await ops.call("start_workflow", **one)
    await ops.call("terminate_executions", execution_ids=[execution_id])

    assert started.status == "RUNNING"
    assert started.next_steps[0].arguments == {"execution_id": execution_id}


@pytest.mark.usefixtures("slow_worker")
async def test_an_approval_from_question_to_result(ops: Face) -> None:
    """Start, wait for the question, answer wrongly in three ways, note, answer, and read it."""
    execution_id = fresh("expense")
    asked = await ops.call(
        "start_workflow",
        workflow="expense-approval",
        execution_id=execution_id,
        input={"amount": 99, "employee": "bo"},
        wait_seconds=50,
    )
    (question,) = asked.pending_inputs
    everywhere = await until(
        lambda: ops.call("list_pending_inputs", workflow="expense-approval", limit=200),
        lambda found: question.task_id in [each.task_id for each in found.pending_inputs],
    )
    waiting = await until(
        lambda: ops.call("list_executions", waiting=True, limit=200),
        lambda found: execution_id in [row.execution_id for row in found.executions],
    )
    diagnosis = await ops.call("diagnose_execution", execution_id=execution_id)
    for given, task_id, words in (
        ({"approvd": True}, None, "did you mean approved"),
        ({"approved": "yes"}, None, "approved: 'yes' is not of type 'boolean'"),
        ({"approved": True}, "gone", question.task_id),
    ):
        with pytest.raises(InvalidArguments, match=words):
            await ops.call("submit_input", execution_id=execution_id, input=given, task_id=task_id)
    await ops.call(
        "signal_execution", execution_id=execution_id, name="note", input={"text": "urgent"}
    )
    answered = await ops.call(
        "submit_input", execution_id=execution_id, input={"approved": True, "comment": "fine"}
    )
    ended = await ops.call("wait_for_execution", execution_id=execution_id)
    with pytest.raises(InvalidArguments, match="has ended"):
        await ops.call("submit_input", execution_id=execution_id, input={"approved": False})

    assert (asked.status, asked.still_running, question.label) == (
        "RUNNING",
        True,
        "Manager approval",
    )
    assert execution_id in [pending.execution_id for pending in everywhere.pending_inputs]
    assert execution_id in [row.execution_id for row in waiting.executions]
    assert "Manager approval" in diagnosis.headline
    assert diagnosis.next_steps[0].operation == "submit_input"
    assert (answered.name, answered.notes) == ("Manager approval", ())
    assert ended.status == "COMPLETED"
    assert ended.result["approved"] is True
    assert ended.result["comment"] == "fine"
    assert ended.result["notes"] == ["urgent"]


async def test_signals_are_checked_because_the_server_takes_any(ops: Face) -> None:
    execution_id = fresh("expense")
    await ops.call(
        "start_workflow", workflow="expense-approval", execution_id=execution_id, wait_seconds=50
    )
    with pytest.raises(InvalidArguments, match="did you mean note"):
        await ops.call("signal_execution", execution_id=execution_id, name="notes")
    with pytest.raises(InvalidArguments, match="'text' is a required property"):
        await ops.call("signal_execution", execution_id=execution_id, name="note", input={})
    sent = await ops.call(
        "signal_execution", execution_id=execution_id, name="notes", undeclared=True
    )
    await ops.call("terminate_executions", execution_ids=[execution_id])

    assert sent.kind == "signal"


async def test_a_failure_is_diagnosed_in_the_step_that_failed(ops: Face) -> None:
    execution_id = fresh("report")
    await ops.call(
        "start_workflow", workflow="failing-report", execution_id=execution_id, wait_seconds=50
    )
    diagnosis = await diagnosed(ops, execution_id)
    failed = await ops.call("wait_for_execution", execution_id=execution_id)

    assert failed.status == "FAILED"
    assert MISSING in failed.error
    assert "render_report after 3 attempts" in diagnosis.headline
    assert MISSING in diagnosis.headline
    assert (diagnosis.failed_step.name, diagnosis.failed_step.attempts) == ("render_report", 3)
    assert diagnosis.notes == ()
    reset = diagnosis.next_steps[0]
    assert reset.operation == "reset_execution"
    assert reset.arguments["event_id"] in diagnosis.reset_points


@pytest.mark.usefixtures("slow_worker")
async def test_a_reset_as_the_diagnosis_proposes_runs_the_failed_step_again(ops: Face) -> None:
    execution_id = fresh("report")
    before = await ops.call(
        "start_workflow", workflow="failing-report", execution_id=execution_id, wait_seconds=50
    )
    diagnosis = await diagnosed(ops, execution_id)
    with pytest.raises(InvalidArguments, match="no reset point"):
        await ops.call("reset_execution", execution_id=execution_id, event_id=1)
    done = await ops.call("reset_execution", reason="a test", **diagnosis.next_steps[0].arguments)
    after = await until(
        lambda: ops.call("wait_for_execution", execution_id=execution_id, timeout_seconds=50),
        lambda found: found.steps and not found.still_running,
    )
    old = await ops.call("get_execution", execution_id=before.run_id)
    with pytest.raises(InvalidArguments, match="earlier run"):
        await ops.call("signal_execution", execution_id=before.run_id, name="x")
    history = await ops.call("get_execution_history", execution_id=before.run_id)

    assert done.run_id not in (None, before.run_id)
    assert after.run_id == done.run_id
    assert [step.name for step in after.steps] == ["render_report"]
    assert (old.run_id, old.status) == (before.run_id, "FAILED")
    assert history.run_id == before.run_id
    assert history.total > 10


async def test_code_that_keeps_failing_is_called_stuck_although_its_status_is_running(
    ops: Face,
) -> None:
    execution_id = fresh("stuck")
    await ops.call(
        "start_workflow", workflow="stuck-code", execution_id=execution_id, wait_seconds=3
    )
    diagnosis = await until(
        lambda: ops.call("diagnose_execution", execution_id=execution_id),
        lambda found: found.stuck,
    )
    await ops.call("terminate_executions", execution_ids=[execution_id])
    ended = await ops.call("diagnose_execution", execution_id=execution_id)

    assert diagnosis.status == "RUNNING"
    assert "It is stuck" in diagnosis.headline
    assert "CHF" in diagnosis.error
    assert diagnosis.next_steps[0].operation == "terminate_executions"
    assert (ended.status, ended.stuck) == ("TERMINATED", False)
    assert ended.headline.startswith("It was terminated after")


async def test_a_parent_shows_its_children_and_which_of_them_failed(ops: Face) -> None:
    execution_id = fresh("batch")
    await ops.call(
        "start_workflow", workflow="order-batch", execution_id=execution_id, wait_seconds=50
    )
    # Lists and events know of what happened a moment later.
    parent = await until(
        lambda: ops.call("get_execution", execution_id=execution_id),
        lambda found: found.status == "COMPLETED" and len(found.children) == 3,
    )
    diagnosis = await until(
        lambda: ops.call("diagnose_execution", execution_id=execution_id),
        lambda found: found.failed_children,
    )
    child = diagnosis.failed_children[0].execution_id
    tree = await until(
        lambda: ops.call("list_executions", root_execution_id=execution_id),
        lambda found: {row.execution_id for row in found.executions} >= {execution_id, child},
    )
    of_child = await until(
        lambda: ops.call("diagnose_execution", execution_id=child), lambda found: found.error
    )
    events = await until(
        lambda: ops.call(
            "list_execution_events", execution_id=execution_id, children=True, limit=200
        ),
        lambda found: child in {row.execution_id for row in found.events},
    )

    assert len(parent.children) == 3
    assert parent.status == "COMPLETED"
    assert "1 of its children failed" in diagnosis.headline
    assert diagnosis.next_steps[0].arguments == {"execution_id": child}
    assert {row.execution_id for row in tree.executions} >= {execution_id, child}
    assert "out of stock" in of_child.headline
    assert child in {row.execution_id for row in events.events}


async def test_a_long_execution_is_asked_changed_and_cancelled(ops: Face) -> None:
    execution_id = fresh("sync")
    await ops.call(
        "start_workflow", workflow="long-sync", execution_id=execution_id, input={"seconds": 900}
    )
    waited = await ops.call("wait_for_execution", execution_id=execution_id, timeout_seconds=1)
    progress = await ops.call("query_execution", execution_id=execution_id, name="progress")
    with pytest.raises(InvalidArguments, match="did you mean progress"):
        await ops.call("query_execution", execution_id=execution_id, name="progres")
    changed = await ops.call(
        "update_execution", execution_id=execution_id, name="set_target", input={"target": 7000}
    )
    with pytest.raises(Rejected, match="must not be negative"):
        await ops.call(
            "update_execution", execution_id=execution_id, name="set_target", input={"target": -1}
        )
    cancelled = await ops.call("cancel_executions", execution_ids=[execution_id], reason="test")
    ended = await ops.call("wait_for_execution", execution_id=execution_id)
    again = await ops.call("cancel_executions", execution_ids=[execution_id, "nobody"])
    audited = await ops.audited()

    assert (waited.status, waited.still_running) == ("RUNNING", True)
    assert set(progress.value) >= {"percent", "target"}
    assert changed.value == {"target": 7000}
    assert cancelled.outcomes[0].ok
    assert (ended.status, ended.still_running) == ("CANCELED", False)
    assert [outcome.ok for outcome in again.outcomes] == [True, False]
    assert "CANCELED" in again.outcomes[0].message
    assert [(row["operation"], row["outcome"]) for row in audited] == [
        ("start_workflow", "ok"),
        ("update_execution", "ok"),
        ("update_execution", "failed"),
        ("cancel_executions", "ok"),
        ("cancel_executions", "partly"),
    ]


async def test_progress_is_told_while_waiting(sandbox_url: str, tmp_path: Path) -> None:
    """The execution goes on until something is heard of it."""
    execution_id = fresh("sync")
    heard: list[tuple[float, float | None, str]] = []

    async def listen(done: float, total: float | None, message: str) -> None:
        if not heard:
            await api.cancel_execution(execution_id)
        heard.append((done, total, message))

    async with (
        open_api(sandbox_url, None) as api,
        face(api, tmp_path, now=None, progress=listen) as ops,
    ):
        await ops.call(
            "start_workflow",
            workflow="long-sync",
            execution_id=execution_id,
            input={"seconds": 9_000},
            wait_seconds=50,
        )

    assert heard[0][2] == "long-sync is running"
    assert [done for done, *_ in heard] == sorted(done for done, *_ in heard)
    assert {total for _, total, _ in heard} == {50}


async def test_records_of_an_execution_in_every_view(ops: Face) -> None:
    """Workers send logs every second and traces every five, so both are waited for."""
    execution_id = fresh("import")
    await ops.call(
        "start_workflow", workflow="flaky-import", execution_id=execution_id, wait_seconds=50
    )
    summary = await until(
        lambda: ops.call("get_execution_trace", execution_id=execution_id),
        lambda trace: {1, 2, 3} <= {bar.attempt for bar in trace.bars if bar.kind == "activity"},
    )
    logs = await until(
        lambda: ops.call("get_execution_logs", execution_id=execution_id),
        lambda found: len(found.records) >= 2,
    )
    info = await ops.call("get_execution_trace", execution_id=execution_id, view="info")
    spans = await until(
        lambda: ops.call("get_execution_trace", execution_id=execution_id, view="spans"),
        lambda trace: any(bar.name.startswith("StartWorkflow") for bar in trace.bars),
    )
    events = await until(
        lambda: ops.call("get_execution_trace", execution_id=execution_id, view="events"),
        lambda trace: trace.bars,
    )
    listed = await until(
        lambda: ops.call(
            "list_execution_events", execution_id=execution_id, types=["ACTIVITY_TASK_RETRYING"]
        ),
        lambda found: len(found.events) >= 2,
    )
    history = await ops.call("get_execution_history", execution_id=execution_id, limit=200)

    assert summary.bars[0].kind == "workflow"
    assert {bar.attempt for bar in summary.bars if bar.kind == "activity"} == {1, 2, 3}
    assert (info.has_trace_data, info.trace_id) == (True, summary.trace_id)
    assert not any(bar.name.startswith("__") for bar in summary.bars)
    assert any(bar.name.startswith("StartWorkflow") for bar in spans.bars)
    assert events.bars
    assert [row.time for row in logs.records] == sorted(row.time for row in logs.records)
    assert len(listed.events) == 2
    assert history.total == len(history.events)
    assert 4 in history.reset_points


async def test_new_events_and_lines_are_waited_for(ops: Face) -> None:
    """The execution is followed from its first event to its end; the log until the time is up.

    Whoever sees no end within that time asks again.
    """
    execution_id = fresh("report")
    await ops.call("start_workflow", workflow="failing-report", execution_id=execution_id)
    events, logs = await asyncio.gather(
        until(
            lambda: ops.call("list_execution_events", execution_id=execution_id, follow_seconds=30),
            lambda found: "WORKFLOW_EXECUTION_FAILED" in [row.type for row in found.events],
        ),
        until(
            lambda: ops.call("get_execution_logs", execution_id=execution_id, follow_seconds=12),
            lambda found: any(MISSING in row.message for row in found.records),
        ),
    )

    types = [row.type for row in events.events]
    assert types[0] == "WORKFLOW_EXECUTION_STARTED"
    assert types[-1] == "WORKFLOW_EXECUTION_FAILED"
    assert len(types) == len(set(zip(types, (row.time for row in events.events), strict=True)))
    assert any(MISSING in row.message for row in logs.records)


async def test_executions_are_found_by_status_text_and_time_page_by_page(ops: Face) -> None:
    ids = [fresh("digest") for _ in range(3)]
    for execution_id in ids:
        await ops.call(
            "start_workflow", workflow="daily-digest", execution_id=execution_id, wait_seconds=50
        )
    found = await until(
        lambda: ops.call(
            "list_executions", workflow="daily-digest", status="completed", since="10m", limit=200
        ),
        lambda page: {row.execution_id for row in page.executions} >= set(ids),
    )
    first = await ops.call("list_executions", workflow="daily-digest", since="10m", limit=2)
    second = await ops.call(
        "list_executions", workflow="daily-digest", since="10m", limit=2, cursor=first.cursor
    )
    none = await ops.call("list_executions", workflow="daily-digest", until="10m", search=ids[0])

    pages = [row.execution_id for page in (first, second) for row in page.executions]
    assert {row.status for row in found.executions} == {"COMPLETED"}
    assert len(pages) == len(set(pages)) > 2
    assert none.executions == ()


@pytest.mark.usefixtures("slow_worker")
async def test_the_life_of_a_schedule(ops: Face) -> None:
    schedule_id = fresh("nightly")
    with pytest.raises(InvalidArguments, match="Say when it starts"):
        await ops.call("create_schedule", workflow="daily-digest")
    with pytest.raises(InvalidArguments, match="did you mean Europe/Paris"):
        await ops.call(
            "create_schedule", workflow="daily-digest", every="1h", timezone="Europe/Pariss"
        )
    with pytest.raises(Rejected, match="Minute is not in range"):
        await ops.call("create_schedule", workflow="daily-digest", cron="61 9 * * *")
    made = await ops.call(
        "create_schedule",
        workflow="daily-digest",
        cron="0 9,17 * * MON-FRI",
        timezone="Europe/Paris",
        overlap="buffer_one",
        jitter="90s",
        max_executions=5,
        paused=True,
        schedule_id=schedule_id,
    )
    with pytest.raises(Conflict, match=schedule_id):
        await ops.call(
            "create_schedule", workflow="daily-digest", every="1h", schedule_id=schedule_id
        )
    changed = await ops.call("update_schedule", schedule_id=schedule_id, pause_on_failure=True)
    every = await ops.call("update_schedule", schedule_id=schedule_id, every="30m", jitter=None)
    resumed = await ops.call("resume_schedule", schedule_id=schedule_id)
    paused = await ops.call("pause_schedule", schedule_id=schedule_id, note="maintenance")
    triggered = await ops.call("trigger_schedule", schedule_id=schedule_id)
    started = await ops.call(
        "wait_for_execution", execution_id=triggered.started.execution_id, timeout_seconds=50
    )
    listed = await until(
        lambda: ops.call("list_schedules", workflow="daily-digest", status="paused", limit=200),
        lambda found: schedule_id in [row.schedule_id for row in found.schedules],
    )
    deleted = await ops.call("delete_schedule", schedule_id=schedule_id)
    with pytest.raises(NotFound):
        await ops.call("get_schedule", schedule_id=schedule_id)

    assert (made.paused, made.overlap, made.jitter) == (True, "buffer_one", "PT1M30S")
    assert made.times == "cron 0 9,17 * * MON-FRI (Europe/Paris)"
    assert (made.remaining_executions, len(made.next_times)) == (5, 5)
    assert (changed.pause_on_failure, changed.overlap) == (True, "buffer_one")
    assert (every.times, every.jitter) == ("every 30 min (Europe/Paris)", None)
    assert resumed.paused is False
    assert (paused.paused, paused.note) == (True, "maintenance")
    assert started.status == "COMPLETED"
    assert schedule_id in [row.schedule_id for row in listed.schedules]
    assert deleted.schedule_id == schedule_id


async def test_calendars_may_be_written_short(ops: Face) -> None:
    schedule_id = fresh("hours")
    made = await ops.call(
        "create_schedule",
        workflow="daily-digest",
        calendars={"hour": "9-17/4", "minute": 30, "day_of_week": "MON-FRI"},
        schedule_id=schedule_id,
    )
    await ops.call("delete_schedule", schedule_id=schedule_id)

    assert {(time.hour, time.minute) for time in made.next_times} == {(9, 30), (13, 30), (17, 30)}
    assert all(time.weekday() < 5 for time in made.next_times)
    assert made.times == "calendar minute=30 hour=9-17/4 day_of_week=1-5"
