"""The bound on the size of an event, below the parser."""

from collections.abc import AsyncIterator

import pytest
from httpx_sse import ServerSentEvent, SSEError
from hypothesis import given
from hypothesis import strategies as st

from shared.stream.sse import OVERSIZED, EventBound, server_sent_events

ENDS = st.sampled_from(["\n", "\r", "\r\n"])


@st.composite
def bodies(draw: st.DrawFn) -> tuple[bytes, list[int]]:
    """A body of events, some of them larger than 100 bytes, and where it is cut into chunks."""
    body = ""
    for number in range(draw(st.integers(1, 6))):
        end = draw(ENDS)
        size = draw(st.sampled_from([0, 1, 40, 300]))
        body += f"id: {number}{end}data: {'x' * size}{end}{end}"
    encoded = body.encode()
    return encoded, sorted(draw(st.lists(st.integers(0, len(encoded)), max_size=20)))


def chunks(body: bytes, cuts: list[int]) -> list[bytes]:
    return [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True)]


@given(bodies())
def test_a_bound_that_nothing_reaches_changes_nothing(given_body: tuple[bytes, list[int]]) -> None:
    body, cuts = given_body
    bound = EventBound(10_000)

    assert b"".join(bound.pass_on(chunk) for chunk in chunks(body, cuts)) == body


@given(bodies())
async def test_only_oversized_events_are_replaced(given_body: tuple[bytes, list[int]]) -> None:
    body, cuts = given_body

    expected = [each.data for each in await parsed([body], 10_000) if len(each.data) < 100]
    brought = await parsed(chunks(body, cuts), 100)

    assert [each.data for each in brought if each.event != OVERSIZED and each.data] == [
        data for data in expected if data
    ]
    assert len([each for each in brought if each.event == OVERSIZED]) == body.count(b"x" * 300)


@given(st.integers(1, 50))
async def test_what_is_kept_of_an_endless_event_is_bounded(size: int) -> None:
    bound = EventBound(1_000)

    passed = sum(len(bound.pass_on(b"data: " + b"x" * size)) for _ in range(2_000))

    assert passed < 1_100


async def test_a_byte_order_mark_and_a_broken_character_do_no_harm() -> None:
    body = b"\xef\xbb\xbfdata: a\n\ndata: \xff\n\n"

    events = await parsed([bytes([byte]) for byte in body], 100)

    assert [each.data for each in events] == ["a", "\ufffd"]


async def test_another_content_type_is_refused() -> None:
    with pytest.raises(SSEError):
        await parsed([b"data: a\n\n"], 100, "text/html")


async def parsed(
    parts: list[bytes], largest: int, content_type: str = "text/event-stream"
) -> list[ServerSentEvent]:
    async def body() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    return [each async for each in server_sent_events(body(), content_type, largest)]
