"""The moves that the tests of schedules share."""

from typing import Any
from uuid import uuid4

import httpx

from tests.sandbox.world import World

PATH = "/v1/workflows/schedules"
NEVER_SOON = ["0 0 1 1 *"]


def make(world: World, workflow: str = "daily-digest", **definition: Any) -> str:
    """Make a schedule that does not fire by itself; answers its id."""
    schedule = {"input": None, "cron_expressions": NEVER_SOON} | definition
    answer = world.http.post(
        PATH,
        json={
            "workflow_identifier": workflow,
            "schedule_id": f"{workflow}-{uuid4().hex[:8]}",
            "schedule": schedule,
        },
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["schedule_id"])


def get(world: World, schedule_id: str) -> dict[str, Any]:
    answer = world.http.get(f"{PATH}/{schedule_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def change(world: World, schedule_id: str, **changes: Any) -> dict[str, Any]:
    answer = world.http.patch(f"{PATH}/{schedule_id}", json={"schedule": changes})
    assert answer.json() == {"schedule_id": schedule_id}
    return get(world, schedule_id)


def act(world: World, schedule_id: str, name: str, **body: Any) -> None:
    answer = world.http.post(f"{PATH}/{schedule_id}/{name}", json=body or None)
    assert (answer.status_code, answer.content) == (204, b"")


def listed(world: World, **query: Any) -> list[str]:
    answer = world.http.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    return [each["schedule_id"] for each in answer.json()["schedules"]]


def refusal(answer: httpx.Response) -> tuple[list[Any], str]:
    """Where a 422 sees the fault, and what it says."""
    assert answer.status_code == 422, answer.text
    [detail] = answer.json()["detail"]
    return detail["loc"], detail["msg"]
