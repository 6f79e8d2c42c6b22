"""Schedules as they are made, read and listed."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from mistralai.client import Mistral

from tests.sandbox.scheduling import NEVER_SOON, PATH, act, get, listed, make, refusal
from tests.sandbox.world import World
from tests.sandbox_process import Sandbox


@pytest.fixture(scope="session")
def official(sandbox: Sandbox) -> Iterator[Any]:
    with Mistral(api_key="any", server_url=sandbox.url) as client:
        yield client.workflows.schedules


def test_a_schedule_reads_as_it_was_written(official: Any) -> None:
    words = {
        "input": None,
        "calendars": [
            {
                "hour": [{"start": 9}, {"start": 13, "end": 17, "step": 2}],
                "day_of_week": [{"start": 1, "end": 5}],
                "comment": "office hours",
            }
        ],
        "intervals": [{"every": "PT90M", "offset": "PT5M"}],
        "cron_expressions": ["30 6 * * MON", "@daily"],
        "skip": [{"month": [{"start": 12}], "day_of_month": [{"start": 25}]}],
        "start_at": "2030-01-01T00:00:00Z",
        "end_at": "2031-01-01T00:00:00+02:00",
        "jitter": "PT60S",
        "time_zone_name": "Europe/Paris",
        "policy": {"overlap": 3, "catchup_window_seconds": 600, "pause_on_failure": True},
        "max_executions": 5,
    }
    made = official.schedule_workflow(schedule=words, workflow_identifier="daily-digest")
    found = official.get_schedule(schedule_id=made.schedule_id)
    assert found.cron_expressions == words["cron_expressions"]
    [interval] = found.intervals
    assert (interval.every, interval.offset) == ("PT90M", "PT5M")
    [calendar] = found.calendars
    assert [(each.start, each.end, each.step) for each in calendar.hour] == [
        (9, 0, 0),
        (13, 17, 2),
    ]
    assert [(each.start, each.end) for each in calendar.minute] == [(0, 0)]
    assert calendar.comment == "office hours"
    assert found.skip[0].day_of_month[0].start == 25
    assert (found.jitter, found.time_zone_name) == ("PT60S", "Europe/Paris")
    assert found.end_at.isoformat() == "2031-01-01T00:00:00+02:00"
    assert (found.policy.overlap, found.policy.catchup_window_seconds) == (3, 600)
    assert found.policy.pause_on_failure
    assert found.remaining_executions == 5
    assert (found.workflow_name, found.deployment_name) == ("daily-digest", "sandbox")
    assert (found.paused, found.note, found.recent_executions) == (False, None, [])


def test_the_next_ten_times_come_from_temporal(world: World) -> None:
    made = make(world, cron_expressions=["0 9 * * MON-FRI"], time_zone_name="Europe/Paris")
    times = [each["scheduled_at"] for each in get(world, made)["future_executions"]]
    assert len(times) == 10
    assert times == sorted(times)
    assert all(each.endswith(":00:00.000000Z") for each in times)


def test_a_workflow_is_named_in_exactly_one_way(world: World) -> None:
    query = {"workflow_search": "daily-digest"}
    found = world.http.get("/v1/workflows/registrations", params=query).json()
    [registration] = found["workflow_registrations"]
    schedule = {"input": None, "cron_expressions": NEVER_SOON}
    for key in ("workflow_registration_id", "workflow_version_id"):
        body = {"schedule": schedule, key: registration["id"]}
        assert world.http.post(PATH, json=body).status_code == 201
    both = {"workflow_identifier": "daily-digest", "workflow_registration_id": registration["id"]}
    for named in ({}, both):
        location, _ = refusal(world.http.post(PATH, json={"schedule": schedule, **named}))
        assert location == ["body"]


@pytest.mark.parametrize(
    "named",
    [
        {"workflow_identifier": "nobody"},
        {"workflow_registration_id": "nobody"},
        {"workflow_identifier": "daily-digest", "deployment_name": "elsewhere"},
        {"workflow_identifier": "daily-digest", "workflow_task_queue": "elsewhere"},
    ],
)
def test_an_unknown_workflow_answers_404(world: World, named: dict[str, str]) -> None:
    answer = world.http.post(PATH, json={"schedule": {"input": None}, **named})
    assert (answer.status_code, answer.json()["code"]) == (404, "workflow_not_found")


def test_an_id_may_stand_in_either_place_but_not_twice_differently(world: World) -> None:
    inner, outer = f"in-{uuid4().hex}", f"out-{uuid4().hex}"
    schedule = {"input": None, "schedule_id": inner}
    body = {"workflow_identifier": "daily-digest", "schedule": schedule}
    assert world.http.post(PATH, json=body).json() == {"schedule_id": inner}
    refusal(world.http.post(PATH, json=body | {"schedule_id": outer}))
    again = world.http.post(PATH, json=body)
    assert (again.status_code, again.json()["code"]) == (409, "schedule_already_exists")


@pytest.mark.parametrize(
    ("definition", "location", "word"),
    [
        ({"cron_expressions": ["61 * * * *"]}, [], "Minute is not in range"),
        ({"cron_expressions": ["0 0 L * *"]}, [], "DayOfMonth"),
        ({"calendars": [{"hour": [{"start": 24}]}]}, [], "Hour"),
        ({"intervals": [{"every": "PT0S"}]}, [], "interval is too small"),
        ({"intervals": [{"every": "PT1M", "offset": "PT2M"}]}, [], "phase"),
        ({"time_zone_name": "Mars/Olympus"}, ["time_zone_name"], "unknown time zone"),
        ({"jitter": "90s"}, ["jitter"], "ISO 8601"),
        ({"jitter": "-PT5S"}, ["jitter"], "ISO 8601"),
        ({"jitter": "P9999999Y"}, ["jitter"], "ISO 8601"),
        ({"intervals": [{"every": "1:30:00"}]}, ["intervals", 0, "every"], "ISO 8601"),
        ({"start_at": "0001-01-01T00:00:00Z"}, ["start_at"], "1970"),
        ({"policy": {"overlap": 7}}, ["policy", "overlap"], "6"),
        ({"policy": None}, ["policy"], "valid dictionary"),
        ({"calendars": [{"hour": [{"start": -1}]}]}, ["calendars", 0, "hour", 0, "start"], "0"),
        ({"max_executions": -1}, ["max_executions"], "0"),
        ({"schedule_id": "a/b"}, ["schedule_id"], "pattern"),
    ],
)
def test_what_temporal_or_the_contract_refuse_answers_422(
    world: World, definition: dict[str, Any], location: list[Any], word: str
) -> None:
    body = {"workflow_identifier": "daily-digest", "schedule": {"input": None, **definition}}
    found, message = refusal(world.http.post(PATH, json=body))
    assert found == ["body", "schedule", *location]
    assert word in message


def test_an_input_that_does_not_fit_the_workflow_is_refused(world: World) -> None:
    body = {"workflow_identifier": "long-sync", "schedule": {"input": {"seconds": "soon"}}}
    location, _ = refusal(world.http.post(PATH, json=body))
    assert location == ["body", "schedule", "input", "seconds"]
    made = make(world, "long-sync", input={"seconds": 5})
    wrong = world.http.patch(f"{PATH}/{made}", json={"schedule": {"input": {"seconds": "soon"}}})
    assert refusal(wrong)[0] == ["body", "schedule", "input", "seconds"]
    assert get(world, made)["input"] == {"seconds": 5}
    body = {"workflow_identifier": "daily-digest", "schedule": {"cron_expressions": NEVER_SOON}}
    assert refusal(world.http.post(PATH, json=body))[0] == ["body", "schedule", "input"]


def test_pages_are_full_and_hold_everything_once(world: World, official: Any) -> None:
    made = []
    for number in range(5):
        made.append(make(world, "flaky-import"))
        make(world, "failing-report")
        if number % 2:
            act(world, made[-1], "pause")
    assert set(made) <= set(listed(world)), "a schedule is listed as soon as it is made"
    sizes, seen = [], []
    page = official.get_schedules(workflow_name="flaky-import", page_size=2)
    while page is not None:
        sizes.append(len(page.result.schedules))
        seen += [each.schedule_id for each in page.result.schedules]
        page = page.next()
    assert seen == sorted(made)
    assert sizes == [2, 2, 1]
    everything = world.http.get(PATH, params={"workflow_name": "flaky-import"}).json()
    assert len(everything["schedules"]) == 5
    assert everything["next_page_token"] is None


def test_lists_filter(world: World) -> None:
    active, paused = make(world, "stuck-code"), make(world, "stuck-code")
    act(world, paused, "pause")
    name = "stuck-code"
    assert listed(world, workflow_name=name, status="paused") == [paused]
    assert listed(world, workflow_name=name, status="active") == [active]
    both = sorted([active, paused])
    assert listed(world, workflow_name=name, status=["active", "paused"]) == both
    assert listed(world, search="stuck-") == both
    assert listed(world, search="code") == []
    assert listed(world, workflow_name="stuck") == []
    assert listed(world, search="stuck", user_id="current") == both
    assert listed(world, search="stuck", user_id="somebody-else") == []
    for query in ({"status": "asleep"}, {"page_size": 0}, {"next_page_token": "x"}):
        assert world.http.get(PATH, params=query).status_code == 422
