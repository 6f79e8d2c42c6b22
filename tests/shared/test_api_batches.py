"""Many executions at once: in chunks, without losing what became of any of them."""

import httpx
import pytest

from shared.errors import InvalidArguments, Unauthorized
from tests.shared.scripted import answer, execution, scripted

IDS = [f"order-{n}" for n in range(250)]


def done(ids: list[str], status: str = "success") -> httpx.Response:
    return answer({"results": {each: {"status": status, "error": None} for each in ids}})


async def test_the_ids_go_in_hundreds_and_the_outcomes_come_together() -> None:
    chunks = [IDS[:100], IDS[100:200], IDS[200:]]
    async with scripted(*map(done, chunks)) as (api, script):
        outcomes = await api.cancel_executions(IDS)

    assert [script.body(n)["execution_ids"] for n in range(3)] == chunks
    assert set(outcomes) == set(IDS)
    assert {outcome.status for outcome in outcomes.values()} == {"success"}


async def test_an_id_named_twice_is_sent_once() -> None:
    async with scripted(done(["a", "b"])) as (api, script):
        await api.terminate_executions(["a", "b", "a"])

    assert script.body() == {"execution_ids": ["a", "b"]}


async def test_no_ids_need_no_request() -> None:
    async with scripted() as (api, _):
        assert await api.terminate_executions([]) == {}


async def test_a_failure_of_a_later_chunk_keeps_the_outcomes_of_the_earlier() -> None:
    async with scripted(done(IDS[:100]), answer({}, 401)) as (api, _):
        outcomes = await api.cancel_executions(IDS[:101])

    assert outcomes["order-0"].status == "success"
    assert outcomes["order-100"].status == "failure"
    assert "does not accept the key" in (outcomes["order-100"].error or "")


async def test_a_failure_of_the_first_chunk_is_an_error() -> None:
    async with scripted(answer({}, 401)) as (api, _):
        with pytest.raises(Unauthorized):
            await api.cancel_executions(IDS)


async def test_failures_that_our_own_lost_attempt_explains_are_successes() -> None:
    """The second attempt finds one of them over: by us, and another one by itself."""
    again = answer(
        {
            "results": {
                "a": {"status": "success"},
                "b": {"status": "failure", "error": "over"},
                "c": {"status": "failure", "error": "over"},
                "d": {"status": "failure", "error": "unknown"},
            }
        }
    )
    looks = (execution(status="TERMINATED"), execution(status="COMPLETED"), answer({}, 404))
    async with scripted(httpx.ReadError("x"), again, *looks) as (api, _):
        outcomes = await api.terminate_executions(["a", "b", "c", "d"])

    statuses = {each: outcome.status for each, outcome in outcomes.items()}
    assert statuses == {"a": "success", "b": "success", "c": "failure", "d": "failure"}


@pytest.mark.parametrize("bad", ["", " ", "a\nb", "x" * 1001])
async def test_one_impossible_id_keeps_all_from_being_sent(bad: str) -> None:
    async with scripted() as (api, script):
        with pytest.raises(InvalidArguments):
            await api.cancel_executions(["a", bad])

    assert script.requests == []
