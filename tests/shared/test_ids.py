"""An id reaches exactly the path it names, or nothing is sent."""

import string
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InvalidArguments
from shared.ids import chosen_id, new_id, path_segment
from tests.shared.scripted import execution, scripted

ALLOWED = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1)


@pytest.mark.parametrize(
    ("value", "segment"),
    [
        ("order-41", "order-41"),
        ("nightly-2026-11-22T00:43:25Z", "nightly-2026-11-22T00:43:25Z"),
        ("a/b", "a%2Fb"),
        ("a?b=c#d", "a%3Fb%3Dc%23d"),
        ("100%2F", "100%252F"),
        ("a..b", "a..b"),
        ("...", "..."),
        ("ü b", "%C3%BC%20b"),
    ],
)
async def test_an_id_is_one_segment_of_the_path(value: str, segment: str) -> None:
    async with scripted(execution()) as (api, script):
        await api.get_execution(value)

    path = f"/v1/workflows/executions/{segment}?include_search_keys=false"
    assert script.requests[0].url.raw_path.decode() == path


@pytest.mark.parametrize(
    "value",
    [
        "",
        "  ",
        ".",
        "..",
        "../x",
        "a/../../b",
        "a\\..",
        "a\nb",
        "a\x00",
        "\x7f",
        "\ud800",
        "x" * 1001,
    ],
    ids=ascii,
)
async def test_an_id_that_could_reach_another_path_is_refused(value: str) -> None:
    async with scripted() as (api, script):
        for call in (api.get_execution, api.delete_schedule, api.get_run, api.get_workflow):
            with pytest.raises(InvalidArguments) as caught:
                await call(value)
            assert str(caught.value).isprintable()
            assert len(str(caught.value)) < 200

    assert script.requests == []


@given(ALLOWED)
def test_every_segment_reads_back_as_its_id(value: str) -> None:
    try:
        segment = path_segment(value)
    except InvalidArguments:
        return
    assert unquote(segment) == value
    assert set(segment) <= set(string.ascii_letters + string.digits + "-._~%:")


def test_a_fresh_id_is_one_that_a_caller_may_choose() -> None:
    assert chosen_id(new_id()) != new_id()
