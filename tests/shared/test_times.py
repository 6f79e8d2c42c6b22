"""Times and durations as people write them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.times import iso_duration, parse_duration, parse_moment

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("2H", timedelta(hours=2)),
        (" 1d12h ", timedelta(hours=36)),
        ("1.5h", timedelta(minutes=90)),
        ("2w", timedelta(days=14)),
        ("PT1H", timedelta(hours=1)),
        ("P1DT2H3M4.5S", timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
        ("p2w", timedelta(days=14)),
    ],
)
def test_durations_come_in_two_spellings(written: str, meant: timedelta) -> None:
    assert parse_duration(written) == meant


@pytest.mark.parametrize(
    "written", ["", "2", "h", "-2h", "0s", "P", "PT", "2h foo", "99999999w", "\u0662h", "1e9h"]
)
def test_anything_else_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(ValueError, match="must be") as caught:
        parse_duration(written)

    assert "\n" not in str(caught.value)


@given(st.integers(min_value=1, max_value=10**14))
def test_iso_durations_keep_every_microsecond(microseconds: int) -> None:
    duration = timedelta(microseconds=microseconds)

    assert parse_duration(iso_duration(duration)) == duration


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("now", NOW),
        ("2h", NOW - timedelta(hours=2)),
        ("+90m", NOW + timedelta(minutes=90)),
        ("2026-05-31", datetime(2026, 5, 31, tzinfo=UTC)),
        ("2026-05-31T10:00", datetime(2026, 5, 31, 10, tzinfo=UTC)),
        ("2026-05-31T10:00:00Z", datetime(2026, 5, 31, 10, tzinfo=UTC)),
        ("2026-05-31T10:00+02:00", datetime(2026, 5, 31, 8, tzinfo=UTC)),
    ],
)
def test_moments_are_relative_or_iso(written: str, meant: datetime) -> None:
    moment = parse_moment(written, NOW)

    assert moment == meant
    assert moment.utcoffset() in (timedelta(), timezone(timedelta(hours=2)).utcoffset(None))


@pytest.mark.parametrize("written", ["yesterday", "", "2026-13-01", "+", "+tomorrow"])
def test_other_moments_are_refused_with_an_example(written: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        parse_moment(written, NOW)
