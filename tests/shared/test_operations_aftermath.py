"""An act went well and the look after it did not: nobody is led to do it again."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.errors import ApiError, RateLimited, Unavailable
from tests.shared.operating import Face, Routes, Server, execution, faced

W = "/v1/workflows"
WORKFLOW = {
    "id": "w-1",
    "name": "daily-digest",
    "display_name": "Daily digest",
    "type": "code",
    "active": True,
}
SCHEDULE = {
    "schedule_id": "nightly",
    "workflow_name": "daily-digest",
    "input": {},
    "paused": False,
    "recent_executions": [],
    "future_executions": [],
}


def limited(_: httpx.Request) -> httpx.Response:
    return httpx.Response(429, json={"message": "slowly"}, headers={"Retry-After": "60"})


def broken(_: httpx.Request) -> httpx.Response:
    return httpx.Response(503, json={"message": "not now"})


class Acting:
    """An API that reads well until it is acted upon."""

    def __init__(self, fails: Any) -> None:
        self.fails = fails
        self.acted = False

    def act(self, answer: Any) -> Any:
        def done(_: httpx.Request) -> Any:
            self.acted = True
            return answer

        return done

    def read(self, answer: Any) -> Any:
        return lambda request: self.fails(request) if self.acted else answer

    @property
    def routes(self) -> Routes:
        return {
            f"GET {W}/daily-digest": {"workflow": WORKFLOW},
            f"GET {W}/registrations": {"workflow_registrations": []},
            f"POST {W}/daily-digest/execute": self.act(execution("d-1")),
            f"GET {W}/executions/d-1": self.read(execution("d-1")),
            f"POST {W}/schedules": self.act({"schedule_id": "nightly"}),
            f"GET {W}/schedules/nightly": self.read(SCHEDULE),
            f"POST {W}/schedules/nightly/trigger": self.act(httpx.Response(204)),
        }


async def outcomes(face: Face) -> list[str]:
    return [row["outcome"] for row in await face.audited()]


def acts(server: Server) -> list[str]:
    return [each.url.path for each in server.requests if each.method == "POST"]


@pytest.mark.parametrize("fails", [limited, broken])
async def test_a_start_whose_wait_fails_went_well(tmp_path: Path, fails: Any) -> None:
    async with faced(Acting(fails).routes, tmp_path) as (face, server):
        found = await face.call("start_workflow", workflow="daily-digest", wait_seconds=5)
        assert await outcomes(face) == ["ok"]

    assert found.execution_id == "d-1"
    [note] = found.notes
    assert note.startswith("It is started: do not start it again. Waiting for it failed: Could not")
    assert [each.operation for each in found.next_steps] == ["wait_for_execution"]
    assert acts(server) == [f"{W}/daily-digest/execute"]


@pytest.mark.parametrize("fails", [limited, broken])
async def test_a_trigger_after_which_nothing_can_be_read_went_well(
    tmp_path: Path, fails: Any
) -> None:
    async with faced(Acting(fails).routes, tmp_path) as (face, _):
        found = await face.call("trigger_schedule", schedule_id="nightly")
        assert await outcomes(face) == ["ok"]

    assert (found.schedule_id, found.started) == ("nightly", None)
    [note] = found.notes
    assert note.startswith("It was triggered: do not trigger it again.")


@pytest.mark.parametrize("fails", [limited, broken])
async def test_a_schedule_that_cannot_be_read_is_told_as_created(
    tmp_path: Path, fails: Any
) -> None:
    async with faced(Acting(fails).routes, tmp_path) as (face, _):
        with pytest.raises(ApiError, match="was created: do not create it again") as told:
            await face.call("create_schedule", workflow="daily-digest", every="1h")

    assert "nightly" in str(told.value)
    assert not isinstance(told.value, RateLimited | Unavailable)
