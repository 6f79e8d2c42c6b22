"""The official Python client drives every operation of the brief against the sandbox."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from mistralai.client import Mistral
from mistralai.client.errors import SDKError

from tests.sandbox.world import World, too_late, until
from tests.sandbox_process import Sandbox

OPERATIONS = json.loads((Path(__file__).parent.parent / "data" / "api_operations.json").read_text())
BRIEF = {operation["op"] for operation in OPERATIONS if operation["in_seed"]}
ALSO = {
    "get_workflows",
    "get_workflow",
    "get_workflow_registrations",
    "get_workflow_registration",
    "execute_workflow",
    "execute_workflow_registration",
}

# The generated client answers in unions of sync, async and unset; a caller reads what is there.
type Case = Callable[[Any, World], None]
CASES: dict[str, Case] = {}


def case(function: Case) -> Case:
    """Name the operation that a function exercises."""
    CASES[function.__name__] = function
    return function


@pytest.fixture(scope="session")
def official(sandbox: Sandbox) -> Iterator[Mistral]:
    with Mistral(api_key="any", server_url=sandbox.url) as client:
        yield client


def test_every_operation_of_the_brief_has_a_case() -> None:
    assert set(CASES) == BRIEF | ALSO


@pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")  # older forms work too
@pytest.mark.parametrize("name", sorted(BRIEF | ALSO))
def test_the_official_client_reads_the_answer_of(name: str, official: Any, world: World) -> None:
    CASES[name](official, world)


def done(world: World) -> str:
    """A document that was processed."""
    execution_id: str = world.start("document-processing", input={"pages": 2})
    world.ended(execution_id)
    return execution_id


def progress(official: Any, execution_id: str) -> Any:
    """What the execution says of its progress, once a worker answers in time."""

    def ask() -> Any:
        try:
            return official.workflows.executions.query_workflow_execution(
                execution_id=execution_id, name="progress"
            )
        except SDKError as error:
            if not too_late(error.raw_response):
                raise
            return None

    return until(ask, bool)


def span_names(data: Any) -> list[str]:
    """The names of all spans of a trace, which may have none yet."""
    return [
        span.name
        for batch in (data and data.batches) or []
        for scope in batch.scope_spans or []
        for span in scope.spans or []
    ]


def schedule(official: Any, **changes: object) -> str:
    """A schedule far in the future."""
    definition = {"input": None, "cron_expressions": ["0 0 1 1 *"], **changes}
    made = official.workflows.schedules.schedule_workflow(
        schedule=definition, workflow_identifier="daily-digest", schedule_id=f"s-{uuid4().hex[:8]}"
    )
    return str(made.schedule_id)


@case
def get_workflow_execution(official: Any, world: World) -> None:
    found = official.workflows.executions.get_workflow_execution(
        execution_id=done(world), include_search_keys=True
    )
    assert found.status == "COMPLETED"
    assert found.result == {
        "pages": 2,
        "words": found.result["words"],
        "titles": ["Invoice", "Delivery note"],
    }
    assert found.total_duration_ms
    assert found.search_keys == {}


@case
def get_workflow_execution_history(official: Any, world: World) -> None:
    execution_id = done(world)
    api = official.workflows.executions
    decoded = api.get_workflow_execution_history(execution_id=execution_id)
    raw = api.get_workflow_execution_history(execution_id=execution_id, decode_payloads=False)
    first = "workflowExecutionStartedEventAttributes"
    assert decoded["events"][0][first]["input"]["payloads"] == [{"pages": 2}]
    assert raw["events"][0][first]["input"]["payloads"][0]["metadata"]["encoding"]
    assert "execution_token" not in json.dumps([decoded, raw])


@case
def signal_workflow_execution(official: Any, world: World) -> None:
    execution_id = world.start("expense-approval")
    asked = world.pending(execution_id)
    answer = official.workflows.executions.signal_workflow_execution(
        execution_id=execution_id, name="note", input={"text": "urgent"}
    )
    official.workflows.executions.update_workflow_execution(
        execution_id=execution_id,
        name="__submit_input",
        input={"task_id": asked["task_id"], "input": {"approved": True}},
    )
    assert answer.message
    result = world.ended(execution_id)["result"]
    assert isinstance(result, dict)
    assert result["notes"] == ["urgent"]


@case
def query_workflow_execution(official: Any, world: World) -> None:
    answer = progress(official, done(world))
    assert answer.query_name == "progress"
    assert (answer.result["done"], answer.result["total"]) == (2, 2)


@case
def update_workflow_execution(official: Any, world: World) -> None:
    execution_id = world.start("long-sync", input={"seconds": 3600})
    api = official.workflows.executions
    answer = api.update_workflow_execution(
        execution_id=execution_id, name="set_target", input={"target": 7}
    )
    assert answer.result == {"target": 7}
    with pytest.raises(SDKError, match="must not be negative") as refused:
        api.update_workflow_execution(
            execution_id=execution_id, name="set_target", input={"target": -1}
        )
    assert refused.value.status_code == 400
    api.terminate_workflow_execution(execution_id=execution_id)


@case
def terminate_workflow_execution(official: Any, world: World) -> None:
    execution_id = world.start("long-sync", input={"seconds": 3600})
    official.workflows.executions.terminate_workflow_execution(execution_id=execution_id)
    assert world.get(execution_id)["status"] == "TERMINATED"


@case
def batch_terminate_workflow_executions(official: Any, world: World) -> None:
    execution_id = world.start("long-sync", input={"seconds": 3600})
    answer = official.workflows.executions.batch_terminate_workflow_executions(
        execution_ids=[execution_id, "nobody"]
    )
    assert answer.results[execution_id].status == "success"
    assert answer.results["nobody"].status == "failure"
    assert answer.results["nobody"].error


@case
def cancel_workflow_execution(official: Any, world: World) -> None:
    execution_id = world.start("long-sync", input={"seconds": 1200})
    until(  # one that is cancelled before its first step has nothing to clean up
        lambda: progress(official, execution_id).result, lambda found: found["percent"]
    )
    official.workflows.executions.cancel_workflow_execution(execution_id=execution_id)
    assert world.ended(execution_id)["status"] == "CANCELED"
    history = official.workflows.executions.get_workflow_execution_history(
        execution_id=execution_id
    )
    assert "remove_partial_copies" in json.dumps(history)  # the clean-up ran


@case
def batch_cancel_workflow_executions(official: Any, world: World) -> None:
    execution_id = world.start("long-sync", input={"seconds": 3600})
    answer = official.workflows.executions.batch_cancel_workflow_executions(
        execution_ids=[execution_id, "nobody"]
    )
    assert {key: each.status for key, each in answer.results.items()} == {
        execution_id: "success",
        "nobody": "failure",
    }
    assert world.ended(execution_id)["status"] == "CANCELED"


@case
def reset_workflow(official: Any, world: World) -> None:
    execution_id = done(world)
    first_run = world.get(execution_id)["run_id"]
    official.workflows.executions.reset_workflow(
        execution_id=execution_id, event_id=4, reason="again", exclude_signals=True
    )
    assert world.get(execution_id)["run_id"] != first_run
    assert world.ended(execution_id)["status"] == "COMPLETED"


@case
def get_workflow_execution_trace_info(official: Any, world: World) -> None:
    execution_id = done(world)
    api = official.workflows.executions
    info = until(
        lambda: api.get_workflow_execution_trace_info(execution_id=execution_id),
        lambda found: found.has_trace_data,
    )
    assert info.otel_trace_id


@case
def get_workflow_execution_trace_otel(official: Any, world: World) -> None:
    execution_id = done(world)
    api = official.workflows.executions
    # Spans arrive in batches, and the server's own come before those of the activities.
    found = until(
        lambda: api.get_workflow_execution_trace_otel(execution_id=execution_id),
        lambda found: "ExecuteActivity:extract_page" in span_names(found.otel_trace_data),
    )
    assert found.status == "COMPLETED"
    assert "WorkflowInit:document-processing" in span_names(found.otel_trace_data)


@case
def get_workflow_execution_trace_summary(official: Any, world: World) -> None:
    execution_id = done(world)
    api = official.workflows.executions
    found = until(
        lambda: api.get_workflow_execution_trace_summary(execution_id=execution_id),
        lambda found: found.span_tree and found.span_tree.name.startswith("StartWorkflow"),
    )
    assert found.span_tree.name == "StartWorkflow:document-processing"


@case
def get_workflow_execution_trace_events(official: Any, world: World) -> None:
    execution_id = done(world)
    api = official.workflows.executions
    found = until(
        lambda: api.get_workflow_execution_trace_events(
            execution_id=execution_id, merge_same_id_events=True, include_internal_events=True
        ),
        lambda found: found.events,
    )
    assert found.execution_id == execution_id


@case
def stream(official: Any, world: World) -> None:
    execution_id = world.start("document-processing", input={"pages": 1})
    with official.workflows.executions.stream(execution_id=execution_id) as frames:
        seen = [(frame.id, frame.data.data.event_type) for frame in frames if frame.data]
    kinds = [kind for _, kind in seen]
    assert kinds.count("WORKFLOW_EXECUTION_STARTED") == 1
    assert "CUSTOM_TASK_IN_PROGRESS" in kinds
    assert "WORKFLOW_EXECUTION_COMPLETED" in kinds
    middle = len(seen) // 2
    with official.workflows.executions.stream(
        execution_id=execution_id, last_event_id=seen[middle - 1][0], event_source="DATABASE"
    ) as frames:
        rest = [(frame.id, frame.data.data.event_type) for frame in frames if frame.data]
    assert rest == seen[middle:]


@case
def get_workflow_execution_logs(official: Any, world: World) -> None:
    execution_id = world.start("failing-report")
    world.ended(execution_id)
    api = official.workflows.executions
    found = until(
        lambda: api.get_workflow_execution_logs(execution_id=execution_id, limit=1),
        lambda page: page.results and page.next_cursor,
    )
    following = api.get_workflow_execution_logs(execution_id=execution_id, cursor=found.next_cursor)
    assert found.results[0].timestamp <= following.results[0].timestamp


@case
def stream_workflow_execution_logs(official: Any, world: World) -> None:
    execution_id = world.start("failing-report")
    world.ended(execution_id)
    until(
        lambda: (
            official.workflows.executions.get_workflow_execution_logs(
                execution_id=execution_id
            ).results
        ),
        bool,
    )
    with official.workflows.executions.stream_workflow_execution_logs(
        execution_id=execution_id
    ) as frames:
        first = next(iter(frames))
    assert (first.event, bool(first.id)) == ("log", True)
    assert first.data is not None


@case
def list_runs(official: Any, world: World) -> None:
    execution_ids = [world.start("daily-digest") for _ in range(3)]
    page = official.workflows.runs.list_runs(
        workflow_identifier="daily-digest", page_size=2, status=["RUNNING", "COMPLETED"]
    )
    seen = []
    while page is not None:
        assert page.result.executions
        seen += [(row.execution_id, row.run_id) for row in page.result.executions]
        page = page.next()
    assert set(execution_ids) <= {execution_id for execution_id, _ in seen}
    assert len(seen) == len(set(seen))


@case
def get_run(official: Any, world: World) -> None:
    execution_id = done(world)
    run_id = str(world.get(execution_id)["run_id"])
    found = official.workflows.runs.get_run(run_id=run_id)
    assert (found.execution_id, found.run_id) == (execution_id, run_id)


@case
def get_run_history(official: Any, world: World) -> None:
    run_id = str(world.get(done(world))["run_id"])
    history = official.workflows.runs.get_run_history(run_id=run_id)
    assert history["events"][0]["eventId"] == "1"


@case
def get_schedules(official: Any, world: World) -> None:
    made = {schedule(official) for _ in range(3)}
    page = official.workflows.schedules.get_schedules(workflow_name="daily-digest", page_size=2)
    seen = []
    while page is not None:
        seen += [each.schedule_id for each in page.result.schedules]
        page = page.next()
    assert made <= set(seen)


@case
def schedule_workflow(official: Any, world: World) -> None:
    made = schedule(official, cron_expressions=["0 9 * * MON"], time_zone_name="Europe/Paris")
    found = official.workflows.schedules.get_schedule(schedule_id=made)
    assert found.cron_expressions == ["0 9 * * MON"]
    assert found.time_zone_name == "Europe/Paris"


@case
def get_schedule(official: Any, world: World) -> None:
    found = official.workflows.schedules.get_schedule(schedule_id=schedule(official))
    assert (found.workflow_name, found.paused) == ("daily-digest", False)
    assert found.future_executions
    with pytest.raises(SDKError) as missing:
        official.workflows.schedules.get_schedule(schedule_id="nobody")
    assert missing.value.status_code == 404


@case
def unschedule_workflow(official: Any, world: World) -> None:
    made = schedule(official)
    official.workflows.schedules.unschedule_workflow(schedule_id=made)
    with pytest.raises(SDKError) as missing:
        official.workflows.schedules.get_schedule(schedule_id=made)
    assert missing.value.status_code == 404


@case
def update_schedule(official: Any, world: World) -> None:
    made = schedule(official)
    official.workflows.schedules.update_schedule(
        schedule_id=made, schedule={"cron_expressions": ["30 6 * * *"]}
    )
    found = official.workflows.schedules.get_schedule(schedule_id=made)
    assert found.cron_expressions == ["30 6 * * *"]


@case
def pause_schedule(official: Any, world: World) -> None:
    made = schedule(official)
    official.workflows.schedules.pause_schedule(schedule_id=made, note="maintenance")
    found = official.workflows.schedules.get_schedule(schedule_id=made)
    assert (found.paused, found.note) == (True, "maintenance")


@case
def resume_schedule(official: Any, world: World) -> None:
    made = schedule(official)
    official.workflows.schedules.pause_schedule(schedule_id=made)
    official.workflows.schedules.resume_schedule(schedule_id=made, note="done")
    found = official.workflows.schedules.get_schedule(schedule_id=made)
    assert (found.paused, found.note) == (False, "done")


@case
def trigger_schedule(official: Any, world: World) -> None:
    made = schedule(official)
    official.workflows.schedules.trigger_schedule(schedule_id=made, overlap=6)
    found = until(
        lambda: official.workflows.schedules.get_schedule(schedule_id=made),
        lambda found: found.recent_executions,
    )
    execution_id = found.recent_executions[0].execution_id
    assert world.ended(execution_id)["status"] == "COMPLETED"


@case
def get_stream_events(official: Any, world: World) -> None:
    execution_id = world.start("order-batch", input={"orders": 2})
    with official.workflows.events.get_stream_events(root_workflow_exec_id=execution_id) as frames:
        seen = [frame.data for frame in frames if frame.data]
    children = {each.data.workflow_exec_id for each in seen} - {execution_id}
    assert len(children) == 2
    start = seen[3].broker_sequence
    with official.workflows.events.get_stream_events(
        root_workflow_exec_id=execution_id, start_seq=start, scope="activity"
    ) as frames:
        later = [frame.data for frame in frames if frame.data]
    expected = [
        each.data.event_id
        for each in seen
        if each.broker_sequence >= start and each.data.event_type.startswith("ACTIVITY_")
    ]
    assert [each.data.event_id for each in later] == expected
    with (
        pytest.raises(SDKError) as unnamed,
        official.workflows.events.get_stream_events(scope="workflow"),
    ):
        pass
    assert unnamed.value.status_code == 400


@case
def get_workflow_events(official: Any, world: World) -> None:
    execution_id = done(world)
    seen = []
    cursor = None
    while True:
        page = official.workflows.events.get_workflow_events(
            root_workflow_exec_id=execution_id, limit=5, cursor=cursor
        )
        seen += [event.event_id for event in page.events]
        cursor = page.next_cursor
        if not cursor:
            break
    assert len(seen) == len(set(seen)) > 5


@case
def get_workflows(official: Any, world: World) -> None:
    page = official.workflows.get_workflows(limit=4)
    names = []
    while page is not None:
        names += [each.name for each in page.result.workflows]
        page = page.next()
    assert set(names) >= {"document-processing", "expense-approval", "stuck-code"}
    assert not any(name.startswith("__") for name in names)


@case
def get_workflow(official: Any, world: World) -> None:
    found = official.workflows.get_workflow(workflow_identifier="long-sync").workflow
    again = official.workflows.get_workflow(workflow_identifier=found.id).workflow
    assert (again.name, again.active) == ("long-sync", True)


@case
def get_workflow_registrations(official: Any, world: World) -> None:
    found = official.workflows.get_workflow_registrations(
        workflow_search="long-sync", with_workflow=True, active_only=True
    )
    [only] = found.workflow_registrations
    assert only.workflow.name == "long-sync"
    assert only.definition.execution_timeout == 3600
    assert [each.name for each in only.definition.updates or []] == ["set_target"]


@case
def get_workflow_registration(official: Any, world: World) -> None:
    [only] = official.workflows.get_workflow_registrations(
        workflow_search="long-sync"
    ).workflow_registrations
    found = official.workflows.get_workflow_registration(workflow_registration_id=only.id)
    assert found.workflow_registration.definition.input_schema["properties"]["seconds"]


@case
def execute_workflow(official: Any, world: World) -> None:
    started = official.workflows.execute_workflow(
        workflow_identifier="daily-digest", execution_id=f"d-{uuid4().hex}"
    )
    assert (started.status, started.result) == ("RUNNING", None)
    waited = official.workflows.execute_workflow(
        workflow_identifier="daily-digest", wait_for_result=True, timeout_seconds=180
    )
    assert waited.result["items"] == 7


@case
def execute_workflow_registration(official: Any, world: World) -> None:
    [only] = official.workflows.get_workflow_registrations(
        workflow_search="daily-digest"
    ).workflow_registrations
    started = official.workflows.execute_workflow_registration(workflow_registration_id=only.id)
    assert started.workflow_name == "daily-digest"
