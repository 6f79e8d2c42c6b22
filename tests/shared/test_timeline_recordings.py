"""What a real worker sent, folded."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.timeline import Failure, Picture, Progress, Question, Run, State, Step, Task, build
from tests.shared.happenings import recorded

INPUT = {"n": 2}


def test_an_activity_that_exhausts_its_attempts() -> None:
    events, execution = recorded("act-fails")

    assert build(events, execution).picture == Picture(
        execution_id="4fc0395590c344b2adfc36cd4dcc74e0",
        workflow_name="act-fails",
        status="FAILED",
        confirmed=True,
        started_at=at("11.540082"),
        ended_at=at("13.346870"),
        input=INPUT,
        failure=Failure("boom 2", "always_fails"),
        runs=(
            Run(
                run_id="01a2009c-4714-713f-842a-d99d499a1917",
                status="FAILED",
                started_at=at("11.989016"),
                ended_at=at("13.346870"),
                steps=(
                    Step(
                        task_id="3",
                        name="always_fails",
                        state=State.FAILED,
                        started_at=at("12.202392"),
                        ended_at=at("13.306465"),
                        attempts=2,
                        failure="boom 2",
                    ),
                ),
            ),
        ),
    )


def test_an_error_of_the_workflow_itself() -> None:
    events, execution = recorded("app-error")

    assert build(events, execution).picture == Picture(
        execution_id="20241d423b0546538fa81f31deb36652",
        workflow_name="app-error",
        status="FAILED",
        confirmed=True,
        started_at=at("11.561245"),
        ended_at=at("12.383617"),
        input=INPUT,
        failure=Failure("invalid document"),
        runs=(
            Run(
                run_id="01a2009c-4729-73bd-8d0c-2a9689bed4a0",
                status="FAILED",
                started_at=at("12.018746"),
                ended_at=at("12.383617"),
            ),
        ),
    )


def test_a_question_that_nobody_answers() -> None:
    events, execution = recorded("approval-timeout")
    run_id = "01a2009c-4748-74c0-ba57-faa45cef6fab"

    assert build(events, execution).picture == Picture(
        execution_id="cec1a81279a5411382abe30c19e04f81",
        workflow_name="approval-timeout",
        status="COMPLETED",
        confirmed=True,
        started_at=at("11.592312"),
        ended_at=at("14.072676"),
        input=INPUT,
        result={"result": "nobody answered"},
        runs=(
            Run(
                run_id=run_id,
                status="COMPLETED",
                started_at=at("12.059558"),
                ended_at=at("14.072676"),
                questions=(approval(run_id, State.EXPIRED, at("13.998306")),),
            ),
        ),
    )


def test_a_question_while_it_is_open() -> None:
    events, _ = recorded("approval-timeout")
    run_id = "01a2009c-4748-74c0-ba57-faa45cef6fab"

    timeline = build(events[:8])

    assert timeline.status_hint == "RUNNING"
    assert timeline.pending_inputs == (approval(run_id, State.RUNNING, None),)


def test_a_task_with_progress() -> None:
    events, execution = recorded("progress")

    assert build(events, execution).picture == Picture(
        execution_id="db203f1b09a34ca081e05913ddfaba75",
        workflow_name="progress",
        status="COMPLETED",
        confirmed=True,
        started_at=at("11.575866"),
        ended_at=at("12.476918"),
        input=INPUT,
        result={"result": 2},
        runs=(
            Run(
                run_id="01a2009c-4737-7d34-b0ae-8e0f25f64844",
                status="COMPLETED",
                started_at=at("12.041910"),
                ended_at=at("12.476918"),
                steps=(
                    Step(
                        task_id="3",
                        name="progress",
                        state=State.COMPLETED,
                        started_at=at("12.280982"),
                        ended_at=at("12.328112"),
                        tasks=(ocr(State.COMPLETED, 100.0, "page 2", at("12.308379")),),
                    ),
                ),
            ),
        ),
    )


def test_a_task_on_its_way() -> None:
    events, _ = recorded("progress")

    states = [build(events[:count]).tasks for count in range(4, 8)]

    assert states == [
        (),
        (ocr(State.RUNNING, 0.0, "", None),),
        (ocr(State.RUNNING, 50.0, "page 1", None),),
        (ocr(State.RUNNING, 100.0, "page 2", None),),
    ]


def test_without_the_word_of_the_api_the_status_is_a_hint() -> None:
    pictures = [build(recorded(name)[0]).picture for name in ("act-fails", "app-error", "progress")]

    assert [(each.status, each.confirmed) for each in pictures] == [
        ("FAILED", False),
        ("FAILED", False),
        ("COMPLETED", False),
    ]


def approval(run_id: str, state: State, ended_at: datetime | None) -> Question:
    return Question(
        task_id="a4cd2b0b-34ca-4921-860d-75e30b7881fb",
        execution_id="cec1a81279a5411382abe30c19e04f81",
        run_id=run_id,
        workflow_name="approval-timeout",
        state=state,
        label="Manager",
        schema={
            "properties": {"approved": {"title": "Approved", "type": "boolean"}},
            "required": ["approved"],
            "title": "Approval",
            "type": "object",
        },
        asked_at=at("12.326208"),
        ended_at=ended_at,
    )


def ocr(state: State, percent: float, note: str, ended_at: datetime | None) -> Task:
    document: dict[str, Any] = {"pct": int(percent), "note": note}
    return Task(
        task_id="6e78a5c8-1e04-48f1-9dc2-6e09b5b35f2b",
        type="ocr",
        state=state,
        started_at=at("12.307488"),
        ended_at=ended_at,
        progress=Progress(percent),
        note=note or None,
        document=document,
    )


def at(seconds: str) -> datetime:
    """The time so many seconds after 00:16."""
    whole, microseconds = seconds.split(".")
    start = datetime(2026, 11, 22, 0, 16, tzinfo=UTC)
    return start + timedelta(seconds=int(whole), microseconds=int(microseconds))
