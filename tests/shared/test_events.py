"""Events and the frames that carry them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.events import BrokenFrame, Event, Frame, StreamFault, decode_frame, moment
from tests.shared.streaming_server import event

WHEN = datetime(2026, 11, 22, 0, 16, 12, 313261, tzinfo=UTC)


@pytest.mark.parametrize(
    ("timestamp", "time"),
    [
        (1_795_306_572_313_261_123, WHEN),
        (1_795_306_572_313_261, WHEN),
        (1_795_306_572_313, WHEN.replace(microsecond=313_000)),
        (1_795_306_572, WHEN.replace(microsecond=0)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (10**40, None),
        (-(10**40), None),
    ],
)
def test_a_timestamp_is_read_in_the_unit_that_fits(timestamp: int, time: datetime | None) -> None:
    """All sources say nanoseconds, but nobody has shown what is on the hosted wire."""
    assert moment(timestamp) == time


def test_an_event_knows_its_time() -> None:
    assert Event.model_validate(event(0)).time == WHEN.replace(microsecond=0)


def test_a_frame_needs_only_its_event() -> None:
    frame = decoded({"data": event(1)})

    assert frame == Frame(data=Event.model_validate(event(1)))
    assert (frame.stream, frame.broker_sequence, frame.cursor) == ("workflow", None, None)


def test_what_an_event_needs_not_may_be_missing() -> None:
    needed = ("event_id", "event_type", "event_timestamp", "workflow_exec_id", "workflow_run_id")
    frame = decoded({"data": {name: event(1)[name] for name in needed}})

    assert frame.data.attributes == {}
    assert frame.data.root_workflow_exec_id is None


@pytest.mark.parametrize(
    "missing",
    ["event_id", "event_type", "event_timestamp", "workflow_exec_id", "workflow_run_id"],
)
def test_an_event_without_what_it_needs_is_broken(missing: str) -> None:
    content = {name: value for name, value in event(1).items() if name != missing}

    with pytest.raises(BrokenFrame, match=f"data.{missing}: Field required"):
        decoded({"data": content})


def test_nothing_of_a_broken_frame_is_quoted() -> None:
    with pytest.raises(BrokenFrame) as error:
        decode_frame("message", json.dumps({"data": event(1) | {"event_timestamp": "my secret"}}))

    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "data", "fault"),
    [
        ("error", '{"error": "a", "reason": "read_error"}', ("a", "read_error")),
        ("message", '{"error": "a", "reason": "read_error"}', ("a", "read_error")),
        ("error", '{"error": "a"}', ('{"error": "a"}', "stream_error")),
        ("error", "gone\u202e", ("gone", "stream_error")),
        ("error", "", ("", "stream_error")),
    ],
)
def test_a_fault_is_read_in_all_its_forms(name: str, data: str, fault: tuple[str, str]) -> None:
    read = decode_frame(name, data)

    assert isinstance(read, StreamFault)
    assert (read.error, read.reason) == fault


def decoded(content: dict[str, Any]) -> Frame:
    frame = decode_frame("message", json.dumps(content))
    assert isinstance(frame, Frame)
    return frame
