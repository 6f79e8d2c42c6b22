"""An act went well and the look after it did not: nobody is led to do it again."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from mcp_server.render import View, result_text
from shared.results import ScheduleDetail
from tests.shared.operating import NOW, Face, Routes, Server, execution, faced

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
            f"PATCH {W}/schedules/nightly": self.act({"schedule_id": "nightly"}),
            f"POST {W}/schedules/nightly/pause": self.act(httpx.Response(204)),
            f"POST {W}/schedules/nightly/resume": self.act(httpx.Response(204)),
        }


async def outcomes(face: Face) -> list[str]:
    return [row["outcome"] for row in await face.audited()]


def acts(server: Server) -> list[str]:
    return [each.url.path for each in server.requests if each.method == "POST"]


def to_an_assistant(face: Face, found: ScheduleDetail) -> str:
    """What an assistant reads of it."""
    return result_text(found, View(NOW, face.context.policy, "any", {}))


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
    async with faced(Acting(fails).routes, tmp_path) as (face, server):
        found = await face.call(
            "create_schedule",
            workflow="daily-digest",
            every="1h",
            timezone="Europe/Paris",
            overlap="skip",
            max_executions=3,
            input={"days": 7},
        )
        assert await outcomes(face) == ["ok"]
        text = to_an_assistant(face, found)

    assert (found.schedule_id, found.workflow, found.paused) == ("nightly", "daily-digest", False)
    assert (found.times, found.timezone) == ("every 1 h (Europe/Paris)", "Europe/Paris")
    assert (found.overlap, found.remaining_executions) == ("skip", 3)
    assert found.input == {"days": 7}
    [note] = found.notes
    assert note.startswith("It was created: do not create it again. It cannot be shown: Could not")
    assert f"note: {note}" in text
    assert [each.operation for each in found.next_steps] == ["get_schedule"]
    assert acts(server) == [f"{W}/schedules"]


@pytest.mark.parametrize(
    ("read", "told"), [(SCHEDULE, "It is NOT paused"), (None, "It is probably NOT paused")]
)
async def test_a_schedule_that_was_created_and_not_paused_is_told_as_that_first_of_all(
    tmp_path: Path, read: Any, told: str
) -> None:
    acting = Acting(broken)
    refused = {f"POST {W}/schedules/nightly/pause": httpx.Response(403, json={"message": "no"})}
    shown = {f"GET {W}/schedules/nightly": read or acting.read(SCHEDULE)}
    async with faced({**acting.routes, **refused, **shown}, tmp_path) as (face, _):
        found = await face.call("create_schedule", workflow="daily-digest", every="1h", paused=True)
        text = to_an_assistant(face, found)

    assert not found.paused
    assert found.notes[0].startswith(f"It was created: do not create it again. {told}: ")
    assert f"note: {found.notes[0]}" in text
    assert found.next_steps[0].operation == "pause_schedule"


async def test_a_schedule_whose_pause_is_done_and_its_answer_lost_is_told_as_paused(
    tmp_path: Path,
) -> None:
    lost = {
        f"POST {W}/schedules/nightly/pause": broken,
        f"GET {W}/schedules/nightly": SCHEDULE | {"paused": True},
    }
    async with faced({**Acting(broken).routes, **lost}, tmp_path) as (face, _):
        found = await face.call("create_schedule", workflow="daily-digest", every="1h", paused=True)

    assert (found.paused, found.notes) == (True, ())


@pytest.mark.parametrize("fails", [limited, broken])
async def test_a_change_of_a_schedule_that_cannot_be_read_is_told_as_changed(
    tmp_path: Path, fails: Any
) -> None:
    async with faced(Acting(fails).routes, tmp_path) as (face, _):
        found = await face.call("update_schedule", schedule_id="nightly", every="2h", end_at=None)
        assert await outcomes(face) == ["ok"]

    assert (found.workflow, found.times) == ("daily-digest", "every 2 h")
    [note] = found.notes
    assert note.startswith("It is changed. It cannot be shown: Could not")


@pytest.mark.parametrize("fails", [limited, broken])
@pytest.mark.parametrize(("act", "paused"), [("pause", True), ("resume", False)])
async def test_a_schedule_that_cannot_be_read_is_told_as_paused_or_resumed(
    tmp_path: Path, fails: Any, act: str, paused: bool
) -> None:
    async with faced(Acting(fails).routes, tmp_path) as (face, _):
        found = await face.call(f"{act}_schedule", schedule_id="nightly")
        assert await outcomes(face) == ["ok"]
        text = to_an_assistant(face, found)

    assert (found.schedule_id, found.paused) == ("nightly", paused)
    [note] = found.notes
    assert note.startswith(f"It is {act}d. It cannot be shown: Could not")
    assert f"note: {note}" in text
