"""A start happens once, whatever happens on the way."""

from typing import Any

import httpx
import pytest

from shared.errors import Conflict, InvalidArguments, RateLimited, Rejected, Unavailable
from shared.models import Execution, ExecutionResult
from tests.shared.scripted import EXECUTION, answer, execution, scripted

LOST = httpx.ReadError("x")
NOW = "Mon, 01 Jun 2026 12:00:03 GMT"  # by the server's clock, 2.75 s after the start of EXECUTION
LATER = "Mon, 01 Jun 2026 13:00:00 GMT"
TAKEN = {"code": "workflow_already_started", "message": "taken"}


def taken() -> httpx.Response:
    return answer(TAKEN, 409)


def unknown() -> httpx.Response:
    return answer({"code": "workflow_not_found"}, 404)


def found(date: str = NOW, **changes: Any) -> httpx.Response:
    return answer(EXECUTION | changes, date=date)


async def test_a_start_answers_the_execution() -> None:
    async with scripted(execution(status="RUNNING", extra="kept")) as (api, script):
        started = await api.execute_workflow("expense-approval", input={"amount": 3})

    assert isinstance(started, Execution)
    assert started.model_extra == {"extra": "kept"}
    assert script.body()["input"] == {"amount": 3}
    assert script.body()["traceparent"] == script.requests[0].headers["traceparent"]


async def test_a_start_that_waits_answers_the_result_or_the_execution() -> None:
    result = {"workflow_name": "w", "execution_id": "e", "result": {"a": 1}}
    async with scripted(answer(result), execution()) as (api, script):
        ended = await api.execute_workflow("w", wait_for_result=True, timeout_seconds=100)
        going_on = await api.execute_workflow("w", wait_for_result=True)

    assert isinstance(ended, ExecutionResult)
    assert ended.result == {"a": 1}
    assert isinstance(going_on, Execution)
    assert [each.extensions["timeout"]["read"] for each in script.requests] == [130, 300]


@pytest.mark.parametrize("failure", [LOST, answer({}, 502), answer({}, 503), answer({}, 504)])
async def test_a_start_whose_answer_got_lost_is_found_by_its_id(failure: Any) -> None:
    """It may even be over: then the API would let the same id start again."""
    async with scripted(failure, found(LATER, status="COMPLETED")) as (api, script):
        started = await api.execute_workflow("expense-approval")

    assert isinstance(started, Execution)
    assert started.status == "COMPLETED"
    chosen = script.body(0)["execution_id"]
    assert script.calls[1].startswith(f"GET /v1/workflows/executions/{chosen}")


async def test_a_start_that_did_not_arrive_is_sent_again_unchanged() -> None:
    async with scripted(LOST, unknown(), execution()) as (api, script):
        await api.execute_workflow("expense-approval")

    assert script.requests[0].content == script.requests[2].content


async def test_a_conflict_with_our_own_earlier_attempt_is_a_success() -> None:
    """The first attempt went through between the look and the repetition."""
    async with scripted(LOST, unknown(), taken(), found()) as (api, _):
        started = await api.execute_workflow("expense-approval")

    assert isinstance(started, Execution)
    assert started.execution_id == "order-41"


@pytest.mark.parametrize("harmless", [answer({}, 429), httpx.ConnectError("x")], ids=repr)
async def test_a_conflict_after_an_attempt_that_never_arrived_is_real(harmless: Any) -> None:
    async with scripted(harmless, taken()) as (api, _):
        with pytest.raises(Conflict) as caught:
            await api.execute_workflow("expense-approval", execution_id="order-41")

    assert caught.value.code == "workflow_already_started"
    assert "choose another id" in str(caught.value)


async def test_a_conflict_at_once_is_real() -> None:
    async with scripted(taken()) as (api, script):
        with pytest.raises(Conflict):
            await api.execute_workflow("expense-approval", execution_id="order-41")

    assert len(script.requests) == 1


async def test_a_start_under_a_chosen_id_is_ours_when_it_is_as_young_as_our_attempt() -> None:
    async with scripted(LOST, found()) as (api, _):
        started = await api.execute_workflow("expense-approval", execution_id="order-41")

    assert isinstance(started, Execution)


@pytest.mark.parametrize("older", [{"date": LATER}, {"workflow_name": "other"}])
async def test_an_execution_of_others_under_the_chosen_id_is_not_ours(older: Any) -> None:
    """It ran before we started, or is of another workflow: its success is not our success."""
    async with scripted(LOST, found(**older), taken(), found(**older)) as (api, _):
        with pytest.raises(Conflict):
            await api.execute_workflow("expense-approval", execution_id="order-41")


async def test_an_ended_execution_of_others_does_not_keep_a_start_from_being_repeated() -> None:
    ended = found(LATER, status="COMPLETED")
    async with scripted(LOST, ended, execution(run_id="new")) as (api, _):
        started = await api.execute_workflow("expense-approval", execution_id="order-41")

    assert isinstance(started, Execution)
    assert started.run_id == "new"


async def test_a_start_that_is_taken_but_not_yet_visible_is_looked_for_again() -> None:
    async with scripted(LOST, unknown(), taken(), unknown(), found()) as (api, _):
        started = await api.execute_workflow("expense-approval")

    assert isinstance(started, Execution)


@pytest.mark.parametrize(
    "look", [httpx.ConnectError("x"), answer({}, 500), answer({}, 401)], ids=repr
)
async def test_a_start_in_doubt_names_the_id_to_look_for(look: Any) -> None:
    looks = [look] * (3 if isinstance(look, Exception) else 1)
    async with scripted(LOST, *looks) as (api, script):
        with pytest.raises(Unavailable) as caught:
            await api.execute_workflow("expense-approval")

    chosen = script.body(0)["execution_id"]
    assert caught.value.maybe_done
    assert str(caught.value).endswith(f"Look for execution '{chosen}' before starting it again.")
    assert [call.split()[0] for call in script.calls].count("POST") == 1


async def test_a_limit_on_the_look_delays_it() -> None:
    limited = answer({}, 429, retry_after="2")
    async with scripted(LOST, limited, found()) as (api, script):
        await api.execute_workflow("expense-approval")

    assert script.waits[1] > 2


async def test_a_limit_on_the_start_is_no_doubt() -> None:
    async with scripted(*[answer({}, 429) for _ in range(4)]) as (api, script):
        with pytest.raises(RateLimited):
            await api.execute_workflow("expense-approval")

    assert {call.split()[0] for call in script.calls} == {"POST"}


async def test_refused_input_is_not_repeated() -> None:
    async with scripted(answer({"detail": "no"}, 422)) as (api, script):
        with pytest.raises(Rejected):
            await api.execute_workflow("expense-approval")

    assert len(script.requests) == 1


async def test_input_refused_after_a_lost_attempt_is_a_refusal() -> None:
    async with scripted(LOST, unknown(), answer({"detail": "no"}, 422), unknown()) as (api, _):
        with pytest.raises(Rejected):
            await api.execute_workflow("expense-approval")


@pytest.mark.parametrize("chosen", ["a b", "a:b", "x" * 257, "ä", "a/b", "..", "a\n"])
async def test_an_id_that_nobody_may_choose_is_refused_before_sending(chosen: str) -> None:
    async with scripted() as (api, script):
        with pytest.raises(InvalidArguments, match="letters, digits"):
            await api.execute_workflow("expense-approval", execution_id=chosen)

    assert script.requests == []


@pytest.mark.parametrize(
    "value", [float("nan"), {1, 2}, object(), "\ud800"], ids=["nan", "set", "object", "surrogate"]
)
async def test_input_that_is_no_json_is_refused_before_sending(value: object) -> None:
    async with scripted() as (api, _):
        with pytest.raises(InvalidArguments, match="cannot be written as JSON"):
            await api.execute_workflow("expense-approval", input={"value": value})
