"""How a client is opened, and what keeps it from being."""

from datetime import datetime

import pytest

from shared.api import open_api
from shared.errors import InvalidArguments, NotFound
from tests.shared.scripted import answer, execution, scripted


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.mistral.ai",
        "ftp://api.test",
        "http://",
        "http://user:hunter2@api.test",
        "https://api.test/?token=hunter2",
        "http://api.test:port",
        "http://api.test/\x00",
    ],
)
async def test_an_address_that_cannot_be_used_is_named_by_its_setting(url: str) -> None:
    with pytest.raises(InvalidArguments, match="MISTRAL_SERVER_URL") as caught:
        async with open_api(url, "key"):
            pytest.fail("there is no such server")

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("key", [" ", "hunter2 x", "hunter2\nx", "hunter2-ü", "hunter2\x00"])
async def test_a_key_that_no_header_can_hold_is_named_by_its_setting(key: str) -> None:
    with pytest.raises(InvalidArguments, match="MISTRAL_API_KEY") as caught:
        async with open_api("http://api.test", key):
            pytest.fail("there is no such key")

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "sent"), [("abc\n", "Bearer abc"), ("", None), (None, None)], ids=repr
)
async def test_the_key_goes_along_where_there_is_one(key: str | None, sent: str | None) -> None:
    async with scripted(execution(), key=key) as (api, script):
        await api.get_execution("e")

    assert script.requests[0].headers.get("authorization") == sent


async def test_a_naive_time_is_sent_as_utc() -> None:
    async with scripted(answer({"executions": []})) as (api, script):
        await api.list_runs(start_time_after=datetime(2026, 6, 1, 12))

    assert script.requests[0].url.params["start_time_after"] == "2026-06-01T12:00:00Z"


@pytest.mark.parametrize("name", ["stream", "start_seq", "workflow_event_types"])
async def test_a_metadata_filter_cannot_take_the_place_of_a_parameter(name: str) -> None:
    async with scripted() as (api, _):
        with pytest.raises(InvalidArguments, match=name):
            async with api.stream_events(metadata_filters={name: "x"}):
                pytest.fail("nothing may be sent")


@pytest.mark.parametrize("last", ["a\nb", "a\x00"])
async def test_a_last_event_id_that_no_header_can_hold_is_refused(last: str) -> None:
    async with scripted() as (api, _):
        with pytest.raises(InvalidArguments, match="last event id"):
            async with api.stream_events(last_event_id=last):
                pytest.fail("nothing may be sent")


async def test_a_last_event_id_beyond_ascii_is_sent_as_utf8() -> None:
    async with scripted(answer({}, 404)) as (api, script):
        with pytest.raises(NotFound):
            async with api.stream_events(last_event_id="é-17"):
                pytest.fail("there is no stream")

    assert dict(script.requests[0].headers.raw)[b"last-event-id"] == "é-17".encode()
