"""What executions do that their events tell badly, all of it seen with a real worker."""

from typing import Any

import pytest

from shared.events import Frame
from shared.stream import Checked, Ended
from shared.timeline import (
    CodeError,
    Failure,
    Progress,
    State,
    Timeline,
    build,
)
from tests.shared.happenings import Happenings, patch, payload, second, seen


@pytest.fixture
def happenings() -> Happenings:
    return Happenings()


def steps(happenings: Happenings, status: str | None = None, **changes: Any) -> dict[str, State]:
    """The state of each step by name, after the API's word where there is one."""
    execution = seen(status, **changes) if status else None
    return {step.name: step.state for step in build(happenings.events, execution).steps}


def test_a_retried_step_counts_its_attempts(happenings: Happenings) -> None:
    happenings.starts()
    happenings.activity("STARTED", "2")
    assert build(happenings.events).steps[0].attempts == 1

    happenings.activity("RETRYING", "2", attempt=1, message="boom 1")
    happenings.activity("RETRYING", "2", attempt=2, message="boom 2")
    step = build(happenings.events).steps[0]
    assert (step.state, step.attempts, step.failure) == (State.RETRYING, 2, "boom 2")

    happenings.activity("COMPLETED", "2")
    step = build(happenings.events).steps[0]
    assert (step.state, step.attempts, step.failure) == (State.COMPLETED, 3, "boom 2")
    assert (step.started_at, step.ended_at) == (second(2), second(5))


def test_an_unlimited_policy_that_reports_failed_each_time_may_still_succeed(
    happenings: Happenings,
) -> None:
    happenings.activity("STARTED", "2")
    happenings.activity("FAILED", "2", attempt=1, message="boom 1")
    happenings.activity("FAILED", "2", attempt=2, message="boom 2")
    assert steps(happenings) == {"step-2": State.FAILED}

    happenings.activity("COMPLETED", "2")
    assert steps(happenings) == {"step-2": State.COMPLETED}


def test_a_failure_is_told_in_the_words_of_the_last_activity_that_failed(
    happenings: Happenings,
) -> None:
    happenings.starts()
    happenings.activity("STARTED", "2")
    happenings.activity("FAILED", "2", attempt=1, message="the first, which was handled")
    happenings.activity("STARTED", "3")
    happenings.activity("RETRYING", "3", attempt=1, message="disk full")
    happenings.fails("Activity task failed")

    assert build(happenings.events).picture.failure == Failure("disk full", "step-3")


def test_an_error_that_forbids_another_attempt_ends_its_step(happenings: Happenings) -> None:
    """The last event of such a step says RETRYING."""
    happenings.starts()
    happenings.activity("STARTED", "2")
    happenings.activity("RETRYING", "2", attempt=1, message="bad input")
    happenings.fails("Activity task failed")

    step = build(happenings.events, seen("FAILED")).steps[0]
    assert (step.state, step.attempts, step.ended_at) == (State.FAILED, 1, second(3))


def test_a_timeout_names_the_step_and_a_late_completion_is_believed(
    happenings: Happenings,
) -> None:
    happenings.starts()
    happenings.activity("STARTED", "2")
    happenings.fails("Activity task timed out")
    ended = seen("FAILED", end_time=second(4))

    picture = build(happenings.events, ended).picture
    assert picture.failure == Failure("Activity task timed out", "step-2")
    assert (picture.steps[0].state, picture.steps[0].failure) == (
        State.FAILED,
        "Activity task timed out",
    )

    happenings.activity("COMPLETED", "2")
    picture = build(happenings.events, ended).picture
    assert (picture.status, picture.steps[0].state) == ("FAILED", State.COMPLETED)
    assert picture.failure == Failure("Activity task timed out")


def test_a_cancelled_activity_is_a_failure_until_the_api_says_what_it_was(
    happenings: Happenings,
) -> None:
    happenings.starts()
    happenings.activity("STARTED", "2")
    happenings.fails("Activity cancelled")
    assert build(happenings.events).status_hint == "FAILED"

    picture = build(happenings.events, seen("CANCELED", end_time=second(4))).picture
    assert (picture.status, picture.confirmed, picture.failure) == ("CANCELED", True, None)
    assert (picture.steps[0].state, picture.steps[0].ended_at) == (State.CANCELED, second(4))


@pytest.mark.parametrize("status", ["TERMINATED", "TIMED_OUT"])
def test_an_end_without_events_comes_from_the_api(happenings: Happenings, status: str) -> None:
    happenings.starts()
    happenings.activity("STARTED", "2")
    happenings.activity("STARTED", "3")
    happenings.activity("RETRYING", "3", attempt=1, message="boom")
    happenings.asks("question")
    happenings.task("STARTED", "task")

    timeline = build(happenings.events, seen(status, end_time=second(9)))

    assert (timeline.status_hint, timeline.picture.ended_at) == (status, second(9))
    assert [step.state for step in timeline.steps] == [State.CANCELED, State.CANCELED]
    assert [task.state for task in timeline.tasks] == [State.CANCELED]
    assert timeline.pending_inputs == ()


def test_what_a_complete_execution_left_open_is_unfinished(happenings: Happenings) -> None:
    """Workers drop events that they cannot send."""
    happenings.starts()
    happenings.activity("STARTED", "2")
    happenings.completes({"ok": True})

    assert steps(happenings) == {"step-2": State.UNFINISHED}
    assert build(happenings.events).picture.result == {"ok": True}


def test_an_error_in_workflow_code_is_shown_as_a_retry(happenings: Happenings) -> None:
    """Each attempt tells of a start and of a failure, under the same id, as new events."""
    happenings.starts()
    happenings.fails("'NoneType' object is not iterable")
    assert build(happenings.events).picture.status == "FAILED"

    settled = build(happenings.events, seen("RUNNING")).picture
    assert (settled.status, settled.confirmed, settled.failure) == ("RUNNING", True, None)
    assert settled.code_error == CodeError(1, "'NoneType' object is not iterable")

    happenings.starts()
    happenings.fails("'NoneType' object is not iterable")
    picture = build(happenings.events).picture
    assert (picture.status, picture.confirmed) == ("RUNNING", False)
    assert picture.code_error == CodeError(2, "'NoneType' object is not iterable")

    happenings.starts()
    happenings.activity("STARTED", "2")
    assert build(happenings.events).picture.code_error is None
    happenings.activity("COMPLETED", "2")
    happenings.completes()
    assert build(happenings.events).status_hint == "COMPLETED"


def test_code_that_fails_after_its_first_steps_tells_of_failures_alone(
    happenings: Happenings,
) -> None:
    """Its start and its steps are in the history and are not told again."""
    happenings.starts()
    happenings.activity("STARTED", "2")
    happenings.activity("COMPLETED", "2")
    for _ in range(3):
        happenings.fails("'CHF'")

    picture = build(happenings.events).picture
    assert (picture.status, picture.code_error) == ("RUNNING", CodeError(3, "'CHF'"))


def test_a_failure_after_retries_of_the_code_can_be_true(happenings: Happenings) -> None:
    for _ in range(2):
        happenings.starts()
        happenings.fails("the database is gone")

    picture = build(happenings.events, seen("FAILED", end_time=second(5))).picture
    assert (picture.status, picture.failure) == ("FAILED", Failure("the database is gone"))
    assert picture.code_error is None


def test_a_failing_workflow_task_is_an_error_in_workflow_code(happenings: Happenings) -> None:
    happenings.starts()
    happenings.add("WORKFLOW_TASK_FAILED", task_id="w", failure={"message": "nondeterminism"})
    assert build(happenings.events).picture.code_error == CodeError(1, "nondeterminism")

    happenings.add("WORKFLOW_TASK_TIMED_OUT", task_id="w", timeout_type="START_TO_CLOSE")
    assert build(happenings.events).picture.code_error == CodeError(1, "START_TO_CLOSE")


def test_the_api_s_word_holds_until_the_events_tell_something_newer(
    happenings: Happenings,
) -> None:
    happenings.starts()
    timeline = build(happenings.events, seen("RUNNING"))
    assert (timeline.picture.status, timeline.picture.confirmed) == ("RUNNING", True)

    happenings.completes({"n": 1})
    timeline.add(happenings.events[-1])
    assert (timeline.picture.status, timeline.picture.confirmed) == ("COMPLETED", False)

    timeline.settle(seen("COMPLETED", end_time=second(3), result={"n": 1}))
    assert (timeline.picture.status, timeline.picture.confirmed) == ("COMPLETED", True)
    assert timeline.picture.result == {"n": 1}


def test_following_is_taken_in_as_it_comes(happenings: Happenings) -> None:
    happenings.starts()
    happenings.fails("oops")
    timeline = Timeline("order-41")
    for event in happenings.events:
        timeline.take(Frame(data=event))
    timeline.take(Checked(seen("RUNNING")))
    assert timeline.picture.code_error == CodeError(1, "oops")

    timeline.take(Ended(seen("TERMINATED", end_time=second(4))))
    ended = timeline.picture
    assert (ended.status, ended.code_error) == ("TERMINATED", None)


def test_an_execution_that_is_only_known_from_the_api_has_a_picture() -> None:
    picture = build([], seen("TERMINATED", end_time=second(3), result=None)).picture

    assert (picture.status, picture.confirmed, picture.runs) == ("TERMINATED", True, ())
    assert (picture.workflow_name, picture.started_at, picture.ended_at) == (
        "orders",
        second(0),
        second(3),
    )


def test_continuing_as_new_is_another_run_of_the_same_execution(happenings: Happenings) -> None:
    happenings.starts(input=payload([{"page": 1}]))
    happenings.activity("STARTED", "2")
    happenings.activity("COMPLETED", "2")
    happenings.starts(
        input=payload([{"page": 2}]), workflow_run_id="run-2", continued_run_id="run-1"
    )
    happenings.activity("STARTED", "2", workflow_run_id="run-2", activity_name="again")

    picture = build(happenings.events).picture
    assert [(run.run_id, run.status) for run in picture.runs] == [
        ("run-1", "CONTINUED_AS_NEW"),
        ("run-2", "RUNNING"),
    ]
    assert [(step.name, step.state) for step in picture.runs[0].steps] == [
        ("step-2", State.COMPLETED)
    ]
    assert [(step.name, step.state) for step in picture.steps] == [("again", State.RUNNING)]
    assert (picture.status, picture.input) == ("RUNNING", {"page": 2})


def test_a_reset_repeats_steps_under_their_ids_in_a_run_without_start(
    happenings: Happenings,
) -> None:
    happenings.starts()
    happenings.activity("STARTED", "2")
    happenings.activity("COMPLETED", "2")
    happenings.activity("STARTED", "3")
    happenings.activity("FAILED", "3", attempt=3, message="boom")
    happenings.fails("Activity task failed")
    timeline = build(happenings.events, seen("FAILED", run_id="run-1", end_time=second(6)))
    assert timeline.picture.failure == Failure("boom", "step-3")

    happenings.seconds = 60
    happenings.activity("STARTED", "3", workflow_run_id="run-2")
    timeline.add(happenings.events[-1])
    picture = timeline.picture
    assert [(run.run_id, run.status) for run in picture.runs] == [
        ("run-1", "FAILED"),
        ("run-2", "RUNNING"),
    ]
    assert (picture.status, picture.confirmed) == ("RUNNING", False)
    assert [(step.name, step.state) for step in picture.steps] == [("step-3", State.RUNNING)]

    happenings.activity("COMPLETED", "3", workflow_run_id="run-2")
    happenings.completes("done", workflow_run_id="run-2")
    for event in happenings.events[-2:]:
        timeline.add(event)
    assert (timeline.status_hint, timeline.picture.result) == ("COMPLETED", "done")


def test_a_reset_of_an_open_run_terminates_it(happenings: Happenings) -> None:
    happenings.starts()
    happenings.activity("STARTED", "2")
    happenings.asks("question")
    happenings.activity("STARTED", "2", workflow_run_id="run-2")

    picture = build(happenings.events).picture
    assert [run.status for run in picture.runs] == ["TERMINATED", "RUNNING"]
    assert picture.runs[0].steps[0].state is State.CANCELED
    assert picture.pending_inputs == ()


def test_children_have_pictures_of_their_own(happenings: Happenings) -> None:
    child = {
        "workflow_exec_id": "child-1",
        "workflow_run_id": "run-c",
        "workflow_name": "order",
        "parent_workflow_exec_id": "order-41",
    }
    happenings.starts()
    happenings.starts(**child)
    happenings.activity("STARTED", "2", **child)
    happenings.activity("STARTED", "2")
    happenings.asks("question", **child)
    grandchild = child | {"workflow_exec_id": "child-2", "parent_workflow_exec_id": "child-1"}
    happenings.starts(**grandchild)
    happenings.completes(**grandchild)

    timeline = build(happenings.events)
    (picture,) = timeline.children
    assert (picture.execution_id, picture.workflow_name, picture.status) == (
        "child-1",
        "order",
        "RUNNING",
    )
    assert [step.name for step in picture.steps] == ["step-2"]
    assert [(each.execution_id, each.status) for each in picture.children] == [
        ("child-2", "COMPLETED")
    ]
    assert [(each.execution_id, each.task_id) for each in timeline.pending_inputs] == [
        ("child-1", "question")
    ]
    assert [each.execution_id for each in timeline.picture.tree()] == [
        "order-41",
        "child-1",
        "child-2",
    ]


def test_a_parent_fails_in_the_words_of_its_child(happenings: Happenings) -> None:
    child = {"workflow_exec_id": "child", "workflow_name": "order"}
    child |= {"parent_workflow_exec_id": "order-41", "workflow_run_id": "run-c"}
    happenings.starts()
    happenings.starts(**child)
    happenings.fails("no such article", **child)
    happenings.fails("Child Workflow execution failed")

    assert build(happenings.events).picture.failure == Failure("no such article", "order")


def test_the_api_s_word_on_a_child_counts_for_the_child(happenings: Happenings) -> None:
    happenings.starts()
    happenings.starts(workflow_exec_id="child", parent_workflow_exec_id="order-41")
    timeline = build(happenings.events)
    timeline.settle(seen("TERMINATED", execution_id="child"))
    timeline.settle(seen("COMPLETED", execution_id="a stranger"))

    assert [(each.status, each.confirmed) for each in timeline.children] == [("TERMINATED", True)]
    assert timeline.status_hint == "RUNNING"


def test_bookkeeping_is_hidden(happenings: Happenings) -> None:
    happenings.activity("STARTED", "2", activity_name="__internal__emit_workflow_started")
    happenings.starts()
    happenings.activity("STARTED", "3", activity_name="__emit_waiting_for_input_started")
    happenings.activity("FAILED", "3", activity_name="__internal__x", attempt=1, message="x")

    picture = build(happenings.events).picture
    assert (picture.steps, picture.started_at) == ((), second(1))


def test_questions_end_in_all_their_ways(happenings: Happenings) -> None:
    happenings.starts()
    for task_id in ("open", "answered", "silent", "broken"):
        happenings.asks(task_id, label=None)
    answer = {"input_schema": {}, "label": None, "input": {"approved": True}}
    happenings.task("COMPLETED", "answered", answer, custom_task_type="wait_for_input")
    for task_id, message in (("silent", ""), ("broken", "no schema")):
        failure = {"message": message}
        happenings.task("FAILED", task_id, custom_task_type="wait_for_input", failure=failure)

    timeline = build(happenings.events)
    questions = timeline.picture.runs[-1].questions
    assert [(each.task_id, each.state, each.failure) for each in questions] == [
        ("open", State.RUNNING, None),
        ("answered", State.COMPLETED, None),
        ("silent", State.EXPIRED, None),
        ("broken", State.FAILED, "no schema"),
    ]
    assert [each.task_id for each in timeline.pending_inputs] == ["open"]


def test_a_task_belongs_to_the_only_step_that_runs(happenings: Happenings) -> None:
    happenings.starts()
    happenings.activity("STARTED", "2")
    happenings.task("STARTED", "inside")
    happenings.activity("STARTED", "3")
    happenings.task("STARTED", "of either")
    happenings.activity("COMPLETED", "2")
    happenings.task("STARTED", "inside the other")
    happenings.activity(
        "STARTED",
        "4",
        activity_name="__internal__emit_task_started",
        input=payload(["of the workflow", "work", {}]),
    )
    happenings.task("STARTED", "of the workflow")

    run = build(happenings.events).picture.runs[-1]
    assert {step.name: [task.task_id for task in step.tasks] for step in run.steps} == {
        "step-2": ["inside"],
        "step-3": ["inside the other"],
    }
    assert [task.task_id for task in run.tasks] == ["of either", "of the workflow"]


def test_a_task_does_not_outlive_its_step(happenings: Happenings) -> None:
    happenings.activity("STARTED", "2")
    happenings.task("STARTED", "inside")
    happenings.activity("FAILED", "2", attempt=1, message="the worker crashed")

    assert [task.state for task in build(happenings.events).tasks] == [State.UNFINISHED]


@pytest.mark.parametrize(
    ("what", "extra", "state", "failure"),
    [
        ("FAILED", {"failure": {"message": "boom"}}, State.FAILED, "boom"),
        ("TIMED_OUT", {"timeout_type": "x"}, State.TIMED_OUT, None),
        ("CANCELED", {"reason": "not needed"}, State.CANCELED, "not needed"),
        ("CANCELED", {"reason": None}, State.CANCELED, None),
    ],
)
def test_a_task_ends_in_all_its_ways(
    happenings: Happenings, what: str, extra: dict[str, Any], state: State, failure: str | None
) -> None:
    happenings.task("STARTED", "task", {"done": 1, "total": 4})
    happenings.task(what, "task", **extra)

    (task,) = build(happenings.events).tasks
    assert (task.state, task.failure, task.progress) == (state, failure, Progress(25.0, 1, 4))


def test_a_task_that_is_seen_from_the_middle_on_waits_for_a_snapshot(
    happenings: Happenings,
) -> None:
    replace = {"op": "replace", "path": "/done", "value": 3}
    happenings.task("IN_PROGRESS", "task", payload=patch(replace))
    (task,) = build(happenings.events).tasks
    assert (task.document, task.stale, task.started_at) == (None, True, None)

    happenings.task("IN_PROGRESS", "task", {"done": 4, "total": 8})
    (task,) = build(happenings.events).tasks
    assert (task.progress, task.stale) == (Progress(50.0, 4, 8), False)


def test_after_missed_frames_open_tasks_are_stale_until_their_next_snapshot(
    happenings: Happenings,
) -> None:
    happenings.task("STARTED", "open", {"done": 0, "total": 2})
    happenings.task("STARTED", "closed", {})
    happenings.task("COMPLETED", "closed", {})
    timeline = build(happenings.events)
    replace = {"op": "replace", "path": "/done", "value": 1}
    happenings.task("IN_PROGRESS", "open", payload=patch(replace))
    timeline.take(Frame(data=happenings.events[-1], missed=1))

    assert [(task.task_id, task.stale) for task in timeline.tasks] == [
        ("open", True),
        ("closed", False),
    ]
    assert timeline.tasks[0].progress == Progress(0.0, 0, 2)

    happenings.task("COMPLETED", "open", {"done": 2, "total": 2})
    timeline.add(happenings.events[-1])
    assert (timeline.tasks[0].progress, timeline.tasks[0].stale) == (Progress(100.0, 2, 2), False)


@pytest.mark.parametrize(
    "sealed",
    [
        {"type": "json", "value": "AAAA", "encoding_options": ["encrypted"]},
        {"type": "json_patch", "value": "AAAA", "encoding_options": ["encrypted"]},
        {"type": "new", "value": {}},
        None,
    ],
)
def test_a_state_that_cannot_be_read_is_stale(happenings: Happenings, sealed: Any) -> None:
    happenings.task("STARTED", "task", {"done": 1, "total": 2})
    happenings.task("IN_PROGRESS", "task", payload=sealed)

    (task,) = build(happenings.events).tasks
    assert (task.progress, task.stale) == (Progress(50.0, 1, 2), True)


@pytest.mark.parametrize(
    ("input", "shown"),
    [([{"n": 1}], {"n": 1}), ([], None), ([1, 2], [1, 2]), ({"n": 1}, {"n": 1}), (None, None)],
)
def test_the_input_is_unwrapped(happenings: Happenings, input: Any, shown: Any) -> None:
    happenings.starts(input=payload(input))

    assert build(happenings.events).picture.input == shown


def test_an_encrypted_result_is_not_shown(happenings: Happenings) -> None:
    happenings.starts()
    sealed = {"type": "json", "value": "AAAA", "encoding_options": ["encrypted"]}
    happenings.add("WORKFLOW_EXECUTION_COMPLETED", task_id="w", result=sealed)

    assert build(happenings.events).picture.result is None


def test_schedule_and_display_name_are_shown(happenings: Happenings) -> None:
    happenings.starts(schedule_id="nightly", display_name="Nightly import")

    picture = build(happenings.events).picture
    assert (picture.schedule_id, picture.display_name) == ("nightly", "Nightly import")


def test_unknown_events_are_passed_over(happenings: Happenings) -> None:
    happenings.starts()
    happenings.add("SOMETHING_NEW", workflow_exec_id="x", workflow_run_id="run-9")

    picture = build(happenings.events).picture
    assert (len(picture.runs), picture.children) == (1, ())
