"""What the sandbox refuses, with the status and the body that clients of the hosted API expect."""

from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.sandbox.world import World
from tests.sandbox_process import PATIENCE_SECONDS, running_sandbox


def code(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert body["object"] == "Error"
    assert body["message"]
    return answer.status_code, body["code"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/workflows/executions/nobody"),
        ("GET", "/v1/workflows/executions/nobody/history"),
        ("GET", "/v1/workflows/executions/nobody/stream"),
        ("GET", "/v1/workflows/runs/4e7d2f6e-6d2c-4f0e-9a37-0d8f2d6d6b11"),
        ("GET", "/v1/workflows/runs/4e7d2f6e-6d2c-4f0e-9a37-0d8f2d6d6b11/history"),
        ("GET", "/v1/workflows/nobody"),
        ("GET", "/v1/workflows/registrations/nobody"),
        ("POST", "/v1/workflows/executions/nobody/cancel"),
        ("POST", "/v1/workflows/executions/nobody/terminate"),
    ],
)
def test_what_is_not_there_answers_404(world: World, method: str, path: str) -> None:
    assert code(world.http.request(method, path)) == (404, "workflow_not_found")


@pytest.mark.parametrize("act", ["signals", "queries", "updates"])
def test_a_message_to_nobody_answers_404(world: World, act: str) -> None:
    answer = world.http.post(f"/v1/workflows/executions/nobody/{act}", json={"name": "x"})
    assert code(answer) == (404, "workflow_not_found")


def test_an_execution_id_in_use_answers_409(world: World) -> None:
    execution_id = world.start("long-sync", input={"seconds": 3600})
    again = world.http.post("/v1/workflows/long-sync/execute", json={"execution_id": execution_id})
    world.http.post(f"/v1/workflows/executions/{execution_id}/terminate")
    assert code(again) == (409, "workflow_already_started")


@pytest.mark.parametrize("act", ["signals", "updates", "terminate"])
def test_acting_on_an_ended_execution_answers_409(world: World, act: str) -> None:
    execution_id = world.start("daily-digest")
    world.ended(execution_id)
    answer = world.http.post(
        f"/v1/workflows/executions/{execution_id}/{act}", json={"name": "note", "input": {}}
    )
    assert code(answer) == (409, "workflow_execution_already_completed")


def test_an_ended_execution_id_may_start_again(world: World) -> None:
    execution_id = world.start("daily-digest")
    first = world.ended(execution_id)["run_id"]
    world.start("daily-digest", execution_id=execution_id)
    assert world.ended(execution_id)["run_id"] != first


def test_an_unknown_query_names_the_known_ones(world: World) -> None:
    execution_id = world.start("document-processing", input={"pages": 1})
    world.ended(execution_id)
    answer = world.query(execution_id, "nothing")
    assert code(answer) == (400, "rejected_query_error")
    assert "progress" in answer.json()["message"]


def test_an_unknown_update_is_refused(world: World) -> None:
    execution_id = world.start("long-sync", input={"seconds": 3600})
    answer = world.http.post(
        f"/v1/workflows/executions/{execution_id}/updates", json={"name": "nothing"}
    )
    world.http.post(f"/v1/workflows/executions/{execution_id}/terminate")
    assert code(answer) == (400, "workflow_update_rejected")


def test_an_answer_that_does_not_fit_the_schema_is_refused_and_the_question_stays(
    world: World,
) -> None:
    execution_id = world.start("expense-approval")
    asked = world.pending(execution_id)
    submit = f"/v1/workflows/executions/{execution_id}/updates"
    body = {"task_id": asked["task_id"], "input": {"approved": "perhaps"}}
    wrong = world.http.post(submit, json={"name": "__submit_input", "input": body})
    unknown = world.http.post(
        submit, json={"name": "__submit_input", "input": {"task_id": "t", "input": {}}}
    )
    assert wrong.status_code == 422
    assert "approved" in wrong.json()["detail"][0]["msg"]
    assert code(unknown) == (400, "workflow_update_rejected")
    assert world.pending(execution_id)["task_id"] == asked["task_id"]
    world.http.post(f"/v1/workflows/executions/{execution_id}/terminate")


@pytest.mark.parametrize(
    ("body", "location"),
    [
        ({"input": {"pages": "many"}}, ["body", "input", "pages"]),
        ({"input": {"pages": 0}}, ["body", "input", "pages"]),
        ({"input": [1]}, ["body", "input"]),
        ({"execution_id": "with space"}, ["body", "execution_id"]),
        ({"execution_id": "x" * 257}, ["body", "execution_id"]),
        ({"timeout_seconds": "soon"}, ["body", "timeout_seconds"]),
    ],
)
def test_a_start_that_does_not_fit_names_the_field(
    world: World, body: dict[str, object], location: list[str]
) -> None:
    answer = world.http.post("/v1/workflows/document-processing/execute", json=body)
    assert answer.status_code == 422
    detail = answer.json()["detail"][0]
    assert detail["loc"] == location
    assert detail["msg"]
    assert detail["type"]


@pytest.mark.parametrize("ids", [[], [f"e{number}" for number in range(101)]])
@pytest.mark.parametrize("act", ["cancel", "terminate"])
def test_a_batch_takes_1_to_100_ids(world: World, act: str, ids: list[str]) -> None:
    answer = world.http.post(f"/v1/workflows/executions/{act}", json={"execution_ids": ids})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "execution_ids"]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("runs?status=BROKEN", "status"),
        ("runs?page_size=0", "page_size"),
        ("runs?next_page_token=rubbish", "next_page_token"),
        ("runs?search_key=:x", "search_key"),
        ("runs?search_key=a&search_key=b&search_key=c&search_key=d", "search_key"),
        ("runs?start_time_after=yesterday", "start_time_after"),
        ("events/list?cursor=rubbish", "cursor"),
        ("events/stream?workflow_exec_id=x&last_event_id=" + "1" * 5000, "last_event_id"),
        ("events/stream?workflow_exec_id=x&last_event_id=²", "last_event_id"),
        ("events/stream?workflow_exec_id=x&start_seq=" + "9" * 19, "start_seq"),
        ("events/stream?workflow_exec_id=x&workflow_event_types=NOPE", "workflow_event_types"),
    ],
)
def test_a_bad_query_names_the_field(world: World, path: str, field: str) -> None:
    answer = world.http.get(f"/v1/workflows/{path}")
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][:2] == ["query", field]


def test_text_that_no_answer_can_hold_is_refused_like_any_other(world: World) -> None:
    body = b'{"execution_ids": "\\ud800"}'
    headers = {"content-type": "application/json"}
    answer = world.http.post("/v1/workflows/executions/cancel", content=body, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "execution_ids"]


def test_a_reset_to_a_point_that_is_none_is_refused_and_changes_nothing(world: World) -> None:
    execution_id = world.start("daily-digest")
    before = world.ended(execution_id)
    for event_id in (0, 1, 2, 999):
        answer = world.http.post(
            f"/v1/workflows/executions/{execution_id}/reset", json={"event_id": event_id}
        )
        assert answer.status_code == 422
        assert answer.json()["detail"][0]["loc"] == ["body", "event_id"]
    assert world.get(execution_id) == before


def test_a_configured_key_is_asked_for_everywhere(tmp_path: Path) -> None:
    with running_sandbox(tmp_path, api_key="secret") as sandbox:
        with httpx.Client(base_url=sandbox.url, timeout=PATIENCE_SECONDS) as nobody:
            for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "secret"}):
                answer = nobody.get("/v1/workflows", headers=headers)
                assert code(answer) == (401, "unauthorized")
                stream = nobody.get("/v1/workflows/events/stream", headers=headers)
                assert code(stream) == (401, "unauthorized")
        with World(sandbox.url, api_key="secret") as somebody:
            # The demo worker has the key as well, or this would never end.
            execution_id = somebody.start("daily-digest", execution_id=uuid4().hex)
            assert somebody.ended(execution_id)["status"] == "COMPLETED"
