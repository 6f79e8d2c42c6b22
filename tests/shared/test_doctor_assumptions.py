"""What we take for granted about the API: told as it is, whether it holds or not.

Looks are bounded; in virtual time no machine is too slow for them.
"""

from typing import Any

import httpx
import pytest

from shared.api import Patience, open_api
from shared.doctor.api import ApiLook
from shared.doctor.assumptions import ASSUMPTIONS, assumption_examinations
from shared.doctor.check import Check, Verdict
from shared.doctor.examining import examine
from tests.shared.promised_api import NOW, PromisedApi
from tests.shared.virtual_time import VirtualLoop

# What runs are kept for is found out, and is right whatever it is; the others are only counted.
_NEVER_WRONG = {
    "internal runs can be left out",
    "old runs are kept",
    "rows are runs",
    "internal steps are told",
    "silence is broken",
}


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"loop_factory": VirtualLoop}


async def checked(api: PromisedApi) -> dict[str, Check]:
    """Every assumption on such an API, at a fixed time."""
    transport = httpx.MockTransport(api)
    patience = Patience(attempts=1)
    async with open_api("http://api.test", "key", transport=transport, patience=patience) as client:
        checks = await examine(assumption_examinations(ApiLook(client, lambda: NOW)))
    return {check.name: check for check in checks}


async def test_an_api_that_keeps_its_promises_holds_every_assumption() -> None:
    found = await checked(PromisedApi())

    others = {name: each.outcome for name, each in found.items() if each.verdict is not Verdict.OK}
    assert others == {}
    assert len(found) == len(ASSUMPTIONS)


@pytest.mark.parametrize(
    "name", [each.name for each in ASSUMPTIONS if each.name not in _NEVER_WRONG]
)
async def test_a_broken_promise_is_told_with_what_becomes_of_us(name: str) -> None:
    check = (await checked(PromisedApi(name)))[name]

    vital = next(each.vital for each in ASSUMPTIONS if each.name == name)
    assert check.verdict is (Verdict.BAD if vital else Verdict.WARNING), check.outcome
    assert check.outcome.found.startswith("does not hold: ")
    assert check.outcome.advice


async def test_an_empty_workspace_tells_nothing_and_alarms_nobody() -> None:
    api = PromisedApi()
    api.runs, api.events = [], []

    found = await checked(api)

    assert {each.verdict for each in found.values()} <= {Verdict.OK, Verdict.SKIPPED}
    told = [each.outcome.found for each in found.values() if each.verdict is Verdict.SKIPPED]
    assert len(told) > len(ASSUMPTIONS) / 2
    assert all(each.startswith("cannot be told: ") for each in told)


async def test_an_api_that_fails_at_one_place_leaves_only_that_untold() -> None:
    class Failing(PromisedApi):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/history"):
                return httpx.Response(503)
            return super().__call__(request)

    found = await checked(Failing())

    untold = [name for name, each in found.items() if each.verdict is not Verdict.OK]
    assert untold == ["histories are readable"]
    assert found["histories are readable"].verdict is Verdict.SKIPPED


async def test_an_api_that_refuses_the_key_is_asked_for_nothing_more() -> None:
    asked: list[str] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(401, json={"detail": "Unauthorized"})

    async with open_api("http://api.test", "key", transport=httpx.MockTransport(refuse)) as client:
        checks = await examine(assumption_examinations(ApiLook(client, lambda: NOW)))

    assert {check.verdict for check in checks} == {Verdict.SKIPPED}
    assert asked == ["/v1/workflows"]
