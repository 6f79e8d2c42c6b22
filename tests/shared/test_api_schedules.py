"""Schedules are created once, changed by what is present, and refused before sending."""

from datetime import datetime
from typing import Any

import httpx
import pytest

from shared.errors import Conflict, InvalidArguments
from shared.models import ScheduleChanges, ScheduleDefinition
from tests.shared.scripted import answer, scripted

LOST = httpx.ReadError("x")
DEFINITION = {"input": {"a": 1}, "cron_expressions": ["0 9 * * *"]}


def stored(**changes: Any) -> httpx.Response:
    schedule = {
        "schedule_id": "nightly",
        "workflow_name": "daily-digest",
        "paused": False,
        "input": {"a": 1},
    }
    return answer(schedule | changes)


def duplicate() -> httpx.Response:
    return answer({"code": "schedule_already_exists"}, 409)


async def test_a_new_schedule_gets_an_id_of_ours_which_is_returned() -> None:
    async with scripted(answer({"schedule_id": "made"}, 201), answer(None, 204)) as (api, script):
        named = await api.create_schedule(DEFINITION, workflow_identifier="w")
        unnamed = await api.create_schedule(DEFINITION, workflow_identifier="w")

    assert named == "made"
    assert unnamed == script.body()["schedule_id"]


async def test_a_schedule_keeps_the_id_of_its_definition() -> None:
    async with scripted(answer({"schedule_id": "inner"}, 201)) as (api, script):
        await api.create_schedule(
            ScheduleDefinition(input=None, schedule_id="inner"), workflow_identifier="w"
        )

    assert script.body()["schedule_id"] == "inner"


async def test_a_duplicate_of_our_own_lost_attempt_is_a_success() -> None:
    async with scripted(LOST, duplicate(), stored()) as (api, script):
        made = await api.create_schedule(DEFINITION, workflow_identifier="w")

    assert made == script.body(0)["schedule_id"] == script.body(1)["schedule_id"]


@pytest.mark.parametrize("refusal", [409, 400, 422])
async def test_a_duplicate_under_a_chosen_id_is_ours_when_it_has_our_input(refusal: int) -> None:
    async with scripted(LOST, answer({}, refusal), stored()) as (api, _):
        made = await api.create_schedule(DEFINITION, workflow_identifier="w", schedule_id="nightly")

    assert made == "nightly"


@pytest.mark.parametrize("found", [stored(input={"a": 2}), answer({}, 404)], ids=repr)
async def test_a_schedule_of_others_under_the_chosen_id_is_a_conflict(found: Any) -> None:
    async with scripted(LOST, duplicate(), found) as (api, _):
        with pytest.raises(Conflict):
            await api.create_schedule(DEFINITION, workflow_identifier="w", schedule_id="nightly")


@pytest.mark.parametrize("first", [(), (httpx.ConnectError("x"),)])
async def test_a_duplicate_without_a_lost_attempt_is_a_conflict(first: Any) -> None:
    async with scripted(*first, duplicate()) as (api, _):
        with pytest.raises(Conflict):
            await api.create_schedule(DEFINITION, workflow_identifier="w", schedule_id="nightly")


async def test_a_change_sends_what_is_present_and_clears_what_is_null() -> None:
    changes: dict[str, Any] = {"jitter": None, "calendars": None, "cron_expressions": [], "new": 1}
    async with scripted(answer({"schedule_id": "nightly"})) as (api, script):
        assert await api.update_schedule("nightly", changes) == "nightly"

    assert script.body() == {"schedule": {"jitter": None, "cron_expressions": [], "new": 1}}


async def test_a_change_may_be_a_model_and_a_naive_time_is_utc() -> None:
    changes = ScheduleChanges(end_at=datetime(2026, 6, 1))
    async with scripted(answer(None, 204)) as (api, script):
        assert await api.update_schedule("nightly", changes) == "nightly"

    assert script.body() == {"schedule": {"end_at": "2026-06-01T00:00:00Z"}}


@pytest.mark.parametrize(
    ("schedule", "place"),
    [
        ({}, "input"),
        ({"input": 1, "intervals": [{"every": 60}]}, r"intervals\.0\.every"),
        ({"input": 1, "calendars": [{"hour": [{}]}]}, r"calendars\.0\.hour\.0\.start"),
        ({"input": 1, "policy": {"overlap": "skip"}}, r"policy\.overlap"),
    ],
)
async def test_a_definition_that_does_not_fit_is_refused_before_sending(
    schedule: dict[str, Any], place: str
) -> None:
    async with scripted() as (api, _):
        with pytest.raises(InvalidArguments, match=f"does not fit: {place}: "):
            await api.create_schedule(schedule, workflow_identifier="w")


async def test_an_empty_note_is_said_by_an_empty_object() -> None:
    async with scripted(answer(None, 204), answer(None, 204)) as (api, script):
        await api.pause_schedule("nightly")
        await api.resume_schedule("nightly", "back")

    assert [script.body(0), script.body(1)] == [{}, {"note": "back"}]
