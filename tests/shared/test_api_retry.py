"""What is sent again, how long the waits are, and what is never sent twice."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from shared.api import WorkflowsApi
from shared.errors import ApiError, NotFound, RateLimited, Unavailable
from shared.retry import retry_after
from tests.shared.scripted import answer, execution, scripted

NOW = 1_780_000_000.0
PASSING = [
    answer({}, 429),
    answer({}, 502),
    answer({}, 503),
    answer({}, 504),
    httpx.ConnectError("x"),
    httpx.ConnectTimeout("x"),
    httpx.ReadError("x"),
    httpx.ReadTimeout("x"),
    httpx.RemoteProtocolError("x"),
    httpx.PoolTimeout("x"),
]
UNSENT = [
    answer({}, 429),
    httpx.ConnectError("x"),
    httpx.ConnectTimeout("x"),
    httpx.PoolTimeout("x"),
]
IN_DOUBT = [
    answer({}, 500),
    answer({}, 502),
    answer({}, 503),
    answer({}, 504),
    httpx.ReadError("x"),
    httpx.ReadTimeout("x"),
    httpx.WriteError("x"),
    httpx.RemoteProtocolError("x"),
]
type Act = Callable[[WorkflowsApi], Awaitable[Any]]
REPEATABLE: dict[str, tuple[Act, httpx.Response]] = {
    "query": (lambda api: api.query_execution("e", "progress"), answer({"result": 1})),
    "list": (lambda api: api.list_runs(), answer({"executions": []})),
    "cancel": (lambda api: api.cancel_execution("e"), answer(None, 204)),
    "terminate": (lambda api: api.terminate_execution("e"), answer(None, 204)),
    "pause": (lambda api: api.pause_schedule("s"), answer(None, 204)),
    "resume": (lambda api: api.resume_schedule("s"), answer(None, 204)),
    "delete": (lambda api: api.delete_schedule("s"), answer(None, 204)),
    "change": (lambda api: api.update_schedule("s", {}), answer({"schedule_id": "s"})),
    "batch": (lambda api: api.cancel_executions(["e"]), answer({"results": {}})),
}
ONCE: dict[str, tuple[Act, httpx.Response]] = {
    "signal": (lambda api: api.signal_execution("e", "note"), answer({"message": "ok"}, 202)),
    "update": (lambda api: api.update_execution("e", "set"), answer({"result": 1})),
    "trigger": (lambda api: api.trigger_schedule("s"), answer(None, 204)),
    "reset": (lambda api: api.reset_execution("e", 4), answer(None, 204)),
}


@pytest.mark.parametrize("failure", PASSING, ids=repr)
@pytest.mark.parametrize("name", REPEATABLE)
async def test_harmless_calls_are_repeated(name: str, failure: Any) -> None:
    act, success = REPEATABLE[name]
    async with scripted(_copy(failure), _copy(success)) as (api, script):
        await act(api)

    first, second = script.requests
    assert (first.method, first.url, first.content) == (second.method, second.url, second.content)
    assert len(script.waits) == 1


@pytest.mark.parametrize("failure", IN_DOUBT, ids=repr)
@pytest.mark.parametrize("name", ONCE)
async def test_an_act_that_may_have_happened_is_not_sent_again(name: str, failure: Any) -> None:
    act, _ = ONCE[name]
    async with scripted(_copy(failure)) as (api, script):
        with pytest.raises(Unavailable, match="may have happened"):
            await act(api)

    assert len(script.requests) == 1


@pytest.mark.parametrize("failure", UNSENT, ids=repr)
@pytest.mark.parametrize("name", ONCE)
async def test_an_act_that_certainly_did_not_happen_is_sent_again(name: str, failure: Any) -> None:
    act, success = ONCE[name]
    async with scripted(_copy(failure), _copy(success)) as (api, script):
        await act(api)

    assert len(script.requests) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 500, 501])
async def test_an_answer_that_will_stay_the_same_is_not_asked_for_again(status: int) -> None:
    async with scripted(answer({}, status)) as (api, script):
        with pytest.raises(ApiError):
            await api.get_execution("e")

    assert script.waits == []


async def test_the_waits_grow_and_vary_and_end() -> None:
    async with scripted(*[answer({}, 503) for _ in range(4)]) as (api, script):
        with pytest.raises(Unavailable):
            await api.get_execution("e")

    first, second, third = script.waits
    assert 0.125 <= first <= 0.25 <= second <= 0.5 <= third <= 1.0
    assert len({first, second / 2, third / 4}) == 3


async def test_a_wait_that_the_api_asks_for_is_kept_in_full() -> None:
    limits = [answer({}, 429, retry_after="3.5"), answer({}, 503, retry_after_ms="1500")]
    async with scripted(*limits, execution()) as (api, script):
        await api.get_execution("e")

    first, second = script.waits
    assert 3.5 < first < 4
    assert 1.5 < second < 2.5


@pytest.mark.parametrize("wait", ["3600", "21", "Wed, 01 Jan 2200 00:00:00 GMT"])
async def test_a_wait_beyond_the_budget_is_not_begun(wait: str) -> None:
    async with scripted(answer({}, 429, retry_after=wait)) as (api, script):
        with pytest.raises(RateLimited) as caught:
            await api.get_execution("e")

    assert caught.value.retry_after is not None
    assert caught.value.retry_after > 20
    assert script.waits == []


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "2.5"}, 2.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "-4"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "Thu, 28 May 2026 20:27:00 GMT"}, 20.0),
        ({"retry-after": "Thu, 28 May 2020 20:27:00 GMT"}, 0.0),
        ({"retry-after": "Thu, 99 May 2026 99:27:00 GMT"}, None),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "x", "retry-after": "9"}, 9.0),
    ],
)
def test_a_wait_is_read_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds


async def test_a_deletion_whose_answer_got_lost_succeeded_when_nothing_is_left() -> None:
    async with scripted(httpx.ReadError("x"), answer({}, 404)) as (api, _):
        await api.delete_schedule("nightly")


@pytest.mark.parametrize("first", [answer({}, 429), httpx.ConnectError("x")], ids=repr)
async def test_a_deletion_that_never_arrived_still_finds_nothing(first: Any) -> None:
    async with scripted(_copy(first), answer({}, 404)) as (api, _):
        with pytest.raises(NotFound):
            await api.delete_schedule("nightly")


@pytest.mark.parametrize("status", [404, 409])
async def test_a_termination_whose_answer_got_lost_is_recognised(status: int) -> None:
    ended = execution(status="TERMINATED")
    async with scripted(httpx.ReadError("x"), answer({}, status), ended) as (api, script):
        await api.terminate_execution("order-41")

    assert [call.split()[0] for call in script.calls] == ["POST", "POST", "GET"]


@pytest.mark.parametrize("found", [execution(status="COMPLETED"), answer({}, 404)], ids=repr)
async def test_a_termination_of_what_ended_by_itself_is_refused(found: httpx.Response) -> None:
    refusal = answer({}, 404)
    async with scripted(httpx.ReadError("x"), refusal, _copy(found)) as (api, _):
        with pytest.raises(NotFound):
            await api.terminate_execution("order-41")


def _copy(answered: Any) -> Any:
    """An answer of its own for each test: they are read once."""
    if isinstance(answered, Exception):
        return answered
    return httpx.Response(answered.status_code, content=answered.content, headers=answered.headers)
