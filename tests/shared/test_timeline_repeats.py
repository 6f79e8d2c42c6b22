"""Events that come twice, too many of them, and hostile ones."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.events import Event, EventType
from shared.timeline import Picture, State, build
from tests.shared.happenings import Happenings, patch, payload, recorded, seen

RECORDED = ("act-fails", "app-error", "approval-timeout", "progress")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below),
    max_leaves=5,
)
NAMES = st.sampled_from(["1", "2", "__internal__x", "", "wait_for_input", "work"])
OPERATIONS = st.fixed_dictionaries(
    {
        "op": st.sampled_from(["append", "replace", "add"]),
        "path": st.sampled_from(["/text", "/done", "", "/x/y"]),
        "value": st.sampled_from(["a", "b", 1]),
    }
)
PAYLOADS = (
    st.builds(payload, JSON | st.just({"text": "", "done": 0}))
    | st.builds(lambda operations: patch(*operations), st.lists(OPERATIONS, max_size=2))
    | JSON
)
KEYS = ["task_id", "activity_name", "custom_task_id", "custom_task_type", "attempt", "failure"]
ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        **{key: NAMES | st.integers(-1, 9) | JSON for key in KEYS},
        **{key: PAYLOADS for key in ("payload", "input", "result")},
        "failure": st.builds(lambda text: {"message": text}, st.text(max_size=5)) | JSON,
    },
)
PLAUSIBLE = st.fixed_dictionaries(
    {
        "task_id": st.sampled_from(["1", "2"]),
        "activity_name": st.sampled_from(["a", "b"]),
        "custom_task_id": st.sampled_from(["x", "y"]),
        "custom_task_type": st.sampled_from(["work", "wait_for_input"]),
        "payload": PAYLOADS,
        "attempt": st.integers(1, 3),
        "failure": st.builds(lambda text: {"message": text}, st.sampled_from(["", "boom"])),
    }
)


@st.composite
def histories(draw: st.DrawFn, attributes: st.SearchStrategy[dict[str, Any]]) -> list[Event]:
    """Events of a small tree of executions, in the order of their times, which may be equal."""
    happenings, time = Happenings(), 0.0
    for _ in range(draw(st.integers(0, 25))):
        time += draw(st.sampled_from([0.0, 1.0]))
        execution_id = draw(st.sampled_from(["order-41", "child", "grandchild"]))
        happenings.add(
            draw(st.sampled_from([*EventType, EventType.CUSTOM_TASK_IN_PROGRESS])),
            at=time,
            workflow_exec_id=execution_id,
            parent_workflow_exec_id=draw(st.sampled_from([None, "order-41", "child", "nobody"])),
            workflow_run_id=draw(st.sampled_from(["run-1", "run-2"])) + execution_id,
            continued_run_id=draw(st.sampled_from([None, None, "run-1order-41"])),
            attributes=draw(attributes),
        )
    return happenings.events


@st.composite
def growing_texts(draw: st.DrawFn) -> list[Event]:
    """Events of one task whose text grows, some of them at the same time."""
    happenings, time = Happenings(), 0.0
    happenings.task("STARTED", "task", {"text": ""}, at=time)
    for word in draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=8)):
        time += draw(st.sampled_from([0.0, 1.0]))
        grow = patch({"op": "append", "path": "/text", "value": word})
        happenings.task("IN_PROGRESS", "task", at=time, payload=grow)
    return happenings.events


def overlapping(events: list[Event], data: st.DataObject) -> list[Event]:
    """The events of a stream that breaks some times and each time goes back some way."""
    resumed: list[Event] = []
    reached = 0
    while reached < len(events):
        start = data.draw(st.integers(0, reached))
        reached = data.draw(st.integers(reached + 1, len(events)))
        resumed += events[start:reached]
    return resumed


@given(histories(PLAUSIBLE), st.data())
def test_a_stream_that_resumes_with_an_overlap_tells_the_same(
    events: list[Event], data: st.DataObject
) -> None:
    assert picture(overlapping(events, data)) == picture(events)


@given(growing_texts(), st.data())
def test_a_text_does_not_grow_twice_by_the_same_words(
    events: list[Event], data: st.DataObject
) -> None:
    words = [event.attributes["payload"]["value"][0]["value"] for event in events[1:]]

    (task,) = build(overlapping(events, data)).tasks

    assert task.document == {"text": "".join(words)}


@pytest.mark.parametrize("name", RECORDED)
@pytest.mark.parametrize("seed", range(20))
def test_a_recording_with_repetitions_tells_the_same(name: str, seed: int) -> None:
    events, execution = recorded(name)
    dice = random.Random(seed)
    repeated = []
    for index, event in enumerate(events):
        repeated.append(event)
        if dice.random() < 0.4:
            repeated += events[dice.randrange(index + 1) : index + 1]

    assert build(repeated, execution).picture == build(events, execution).picture


@pytest.mark.parametrize("name", RECORDED)
def test_a_worker_that_sends_everything_again_under_new_ids_changes_nothing(name: str) -> None:
    events, execution = recorded(name)
    again = [event.model_copy(update={"event_id": f"again-{event.event_id}"}) for event in events]

    repeated = build([*events, *again], execution)

    assert repeated.picture == build(events, execution).picture


@settings(max_examples=50)
@given(histories(ATTRIBUTES), st.sampled_from([None, "RUNNING", "FAILED", "CONTINUED_AS_NEW"]))
def test_whatever_events_hold_there_is_a_picture(events: list[Event], status: str | None) -> None:
    timeline = build(events, seen(status))

    assert isinstance(timeline.picture, Picture)
    assert list(timeline.pending_inputs) == [
        question
        for each in timeline.picture.tree()
        for run in each.runs
        for question in run.questions
        if question.state is State.RUNNING
    ]


def test_of_many_steps_the_latest_are_kept_and_the_others_counted() -> None:
    happenings = Happenings()
    happenings.activity("STARTED", "endless")
    for number in range(1_000):
        happenings.activity("STARTED", str(number))
        happenings.activity("COMPLETED", str(number))

    run = build(happenings.events).picture.runs[-1]
    kept = ["endless", *(str(number) for number in range(801, 1_000))]
    assert ([step.task_id for step in run.steps], run.more_steps) == (kept, 801)

    overlapping = build([*happenings.events, *happenings.events[-500:]])
    repeated = build([*happenings.events, *happenings.events])
    assert overlapping.picture == repeated.picture == build(happenings.events).picture


def test_of_many_steps_at_once_the_first_are_kept() -> None:
    happenings = Happenings()
    for number in range(300):
        happenings.activity("STARTED", str(number))
    for number in range(300):
        happenings.activity("COMPLETED", str(number))

    run = build(happenings.events).picture.runs[-1]
    assert ([step.task_id for step in run.steps], run.more_steps) == (
        [str(number) for number in range(200)],
        100,
    )


def test_of_many_children_those_that_went_well_are_forgotten_first() -> None:
    happenings = Happenings()
    happenings.starts()
    for number in range(300):
        child = {"workflow_exec_id": f"child-{number}", "workflow_run_id": f"run-{number}"}
        child |= {"parent_workflow_exec_id": "order-41"}
        happenings.starts(**child)
        if number % 100:
            happenings.completes(**child)
        else:
            happenings.fails("boom", **child)

    picture = build(happenings.events).picture
    failed = [child.execution_id for child in picture.children if child.status == "FAILED"]
    assert failed == ["child-0", "child-100", "child-200"]
    assert len(picture.children) + picture.more_children == 300
    assert build([*happenings.events, *happenings.events]).picture == picture


def test_of_many_runs_the_latest_are_kept() -> None:
    happenings = Happenings()
    for number in range(200):
        before = f"run-{number - 1}" if number else None
        happenings.starts(workflow_run_id=f"run-{number}", continued_run_id=before)

    picture = build(happenings.events).picture
    assert (len(picture.runs), picture.more_runs, picture.runs[-1].run_id) == (50, 150, "run-199")


def test_all_documents_together_are_bounded() -> None:
    happenings = Happenings()
    for number in range(90):
        happenings.task("STARTED", str(number), {"text": "x" * 100_000})

    tasks = build(happenings.events).tasks
    held = [task for task in tasks if task.document is not None]
    assert len(tasks) == 90
    assert 10 < len(held) < 50
    assert all(task.stale for task in tasks if task.document is None)


def test_long_texts_are_cut() -> None:
    happenings = Happenings()
    happenings.activity("STARTED", "2", activity_name="a" * 10_000)
    happenings.activity("RETRYING", "2", activity_name="a", attempt=10**30, message="x" * 10**6)

    (step,) = build(happenings.events).steps
    assert len(step.name) <= 200
    assert len(step.failure or "") <= 2_000
    assert step.attempts == 1_000_000


def test_events_with_impossible_ids_are_passed_over() -> None:
    happenings = Happenings()
    happenings.starts()
    happenings.starts(workflow_run_id="x" * 10_000)
    happenings.starts(workflow_exec_id="x" * 10_000)
    for _ in range(3):
        happenings.activity("STARTED", "x" * 10_000)
        happenings.task("STARTED", "x" * 10_000)

    picture = build(happenings.events).picture
    assert (len(picture.runs), picture.steps, picture.tasks, picture.children) == (1, (), (), ())


def test_executions_that_are_each_other_s_parents_do_not_hang() -> None:
    happenings = Happenings()
    happenings.starts()
    for own, parent in (("a", "b"), ("b", "a"), ("c", "c")):
        happenings.starts(workflow_exec_id=own, parent_workflow_exec_id=parent)

    children = build(happenings.events).children
    assert [child.execution_id for child in children] == ["a", "b", "c"]


def test_a_deep_line_of_children_is_drawn() -> None:
    happenings = Happenings()
    happenings.starts()
    for number in range(100):
        parent = f"child-{number - 1}" if number else "order-41"
        happenings.starts(workflow_exec_id=f"child-{number}", parent_workflow_exec_id=parent)

    assert len(list(build(happenings.events).picture.tree())) == 101


def picture(events: list[Event]) -> Picture:
    return build(events, seen("RUNNING")).picture
