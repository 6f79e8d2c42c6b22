"""The life of an alert, and when it may speak."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.alerts.details import Details
from shared.alerts.finding import Kind
from shared.alerts.groups import (
    RECENT,
    Group,
    State,
    acknowledged,
    cleared,
    ended,
    held,
    muted,
    opened,
    recovered,
    reminded,
    shown,
    struck,
    unmuted,
)
from shared.alerts.snapshot import occurrence_of
from shared.alerts.timing import (
    held_until,
    next_look,
    next_reminder,
    quiet_until,
    reminder_due,
    window_end,
    window_start,
)
from shared.alerts.wanted import Quiet, Wanted
from shared.call import Actor
from tests.alerts.match_stage import ANA, NOW, finding, waiting

WANTED = Wanted(repeat_seconds=3_600)
BEN = Actor("slack", "U0BEN", "ben")
HOUR = timedelta(hours=1)


def new(kind: Kind = Kind.FAILED) -> Group:
    """An alert of one occurrence, not shown yet."""
    found = waiting() if kind is Kind.WAITING else finding(kind)
    first = occurrence_of(found, Details(error="x"))
    return opened("g1", "s1", "f1", {"workflow": "w"}, first, NOW)


def again(group: Group, number: int, now: datetime = NOW) -> Group:
    """The same failure once more."""
    return struck(group, occurrence_of(finding(number=number), Details()), WANTED, now)


def test_a_new_alert_fires_and_wants_to_be_shown() -> None:
    group = new()

    assert group.is_firing
    assert group.live_key == "s1:f1"
    assert group.needs_showing
    assert not group.was_shown
    assert (group.count, group.recent[0].number, group.due_at) == (1, 1, NOW)


def test_every_change_makes_it_worth_showing_again() -> None:
    group = shown(new(), None)
    assert not group.needs_showing

    for changed in (
        again(group, 2),
        acknowledged(group, ANA, NOW),
        muted(group, NOW + HOUR, "ana", NOW),
        cleared(group, "invoice-eu", NOW + HOUR, "order-2", NOW),
        ended(group, NOW),
    ):
        assert changed.needs_showing
        assert changed.due_at == NOW


def test_only_the_last_few_occurrences_are_kept() -> None:
    group = new()
    for number in range(2, 12):
        group = again(group, number)

    assert group.count == 11
    assert [each.number for each in group.recent] == list(range(12 - RECENT, 12))


def test_the_first_to_acknowledge_stays_until_it_happens_again() -> None:
    group = acknowledged(new(), ANA, NOW)
    assert acknowledged(group, BEN, NOW + HOUR) == group

    back = again(group, 2)
    assert not back.is_quiet
    assert back.since_acknowledged == 1
    assert acknowledged(back, BEN, NOW + HOUR).acknowledged_name == "ben"


def test_what_is_over_cannot_be_acknowledged_or_muted() -> None:
    group = recovered(new(), NOW, "order-2", NOW)

    assert acknowledged(group, ANA, NOW) == group
    assert muted(group, NOW + HOUR, "ana", NOW) == group
    assert group.live_key is None


def test_only_what_is_open_can_be_cleared_and_only_later_than_it_began() -> None:
    group = new()

    assert cleared(group, "another", NOW + HOUR, None, NOW) == group
    assert cleared(group, "invoice-eu", NOW - HOUR, None, NOW) == group
    done = cleared(group, "invoice-eu", NOW + HOUR, "order-2", NOW)
    assert done.state is State.RECOVERED
    assert (done.recovered_at, done.recovered_by) == (NOW + HOUR, "order-2")


def test_reminders_come_at_every_period_until_somebody_looks_after_it() -> None:
    group = shown(new(), None)
    assert not reminder_due(group, WANTED, NOW + HOUR / 2)
    assert next_reminder(group, WANTED, NOW) == NOW + HOUR

    later = NOW + HOUR
    assert reminder_due(group, WANTED, later)
    told = reminded(group, WANTED, later)
    assert not reminder_due(told, WANTED, later + HOUR / 2)
    assert reminder_due(told, WANTED, later + HOUR)

    quiet = shown(acknowledged(told, ANA, later), None)
    assert not reminder_due(quiet, WANTED, later + 5 * HOUR)
    assert next_reminder(quiet, WANTED, later) is None


def test_after_an_acknowledgement_reminders_go_on_with_what_is_new_and_make_up_for_nothing() -> (
    None
):
    quiet = shown(acknowledged(shown(new(), None), ANA, NOW), None)
    back = shown(again(quiet, 2, NOW + 10.5 * HOUR), None)

    assert not reminder_due(back, WANTED, NOW + 10.6 * HOUR)
    assert reminder_due(back, WANTED, NOW + 11 * HOUR)


def test_nothing_is_repeated_where_nobody_wants_that() -> None:
    group = shown(new(), None)

    assert not reminder_due(group, Wanted(repeat_seconds=None), NOW + 100 * HOUR)
    assert next_look(group, Wanted(repeat_seconds=None), NOW) is None


def test_a_shown_alert_is_looked_at_at_its_reminder_or_the_end_of_its_mute() -> None:
    group = shown(new(), None)

    assert next_look(group, WANTED, NOW) == NOW + HOUR
    soon = muted(group, NOW + HOUR / 2, "ana", NOW)
    assert next_look(soon, WANTED, NOW) == NOW + HOUR / 2
    assert held(soon, NOW + HOUR).due_at == NOW + HOUR


def test_an_alert_waits_for_the_last_of_what_holds_it() -> None:
    group = muted(new(), NOW + HOUR, "ana", NOW)

    assert held_until(group, Wanted(), None, NOW) == NOW + HOUR
    assert held_until(group, Wanted(), NOW + 3 * HOUR, NOW) == NOW + 3 * HOUR
    assert held_until(group, Wanted(), None, NOW + HOUR) is None
    assert held_until(unmuted(group, NOW), Wanted(), None, NOW) is None
    night = Wanted(quiet=Quiet(since=time(11), until=time(17)))
    assert held_until(group, night, None, NOW) == NOW.replace(hour=17)


@pytest.mark.parametrize(
    ("since", "until", "zone", "now", "end"),
    [
        ("22:00", "07:00", "UTC", "2026-06-01T21:59:59Z", None),
        ("22:00", "07:00", "UTC", "2026-06-01T22:00:00Z", "2026-06-02T07:00:00Z"),
        ("22:00", "07:00", "UTC", "2026-06-02T06:59:59Z", "2026-06-02T07:00:00Z"),
        ("22:00", "07:00", "UTC", "2026-06-02T07:00:00Z", None),
        ("12:00", "13:30", "UTC", "2026-06-02T12:15:00Z", "2026-06-02T13:30:00Z"),
        ("12:00", "13:30", "UTC", "2026-06-02T13:30:00Z", None),
        ("22:00", "07:00", "Europe/Paris", "2026-06-01T20:30:00Z", "2026-06-02T05:00:00Z"),
        ("22:00", "07:00", "America/New_York", "2026-01-05T04:00:00Z", "2026-01-05T12:00:00Z"),
        # The night in which the clocks change.
        ("22:00", "07:00", "Europe/Paris", "2026-03-28T22:00:00Z", "2026-03-29T05:00:00Z"),
    ],
)
def test_quiet_hours_end_by_the_clock_of_their_zone(
    since: str, until: str, zone: str, now: str, end: str | None
) -> None:
    quiet = Quiet(since=time.fromisoformat(since), until=time.fromisoformat(until), zone=zone)

    assert quiet_until(quiet, datetime.fromisoformat(now)) == (
        datetime.fromisoformat(end) if end else None
    )


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@given(MOMENTS, st.times(), st.times(), st.sampled_from(["UTC", "Asia/Kolkata", "Europe/Paris"]))
def test_the_end_of_quiet_hours_lies_ahead_within_a_day_and_is_not_quiet_any_more(
    now: datetime, since: time, until: time, zone: str
) -> None:
    quiet = Quiet(since=since, until=until, zone=zone)
    end = quiet_until(quiet, now)

    if end is None:
        clock = now.astimezone(ZoneInfo(zone)).time()
        assert clock >= until or clock < since
    else:
        assert now < end <= now + timedelta(hours=25, seconds=1)


@given(MOMENTS, st.integers(60, 90_000))
def test_a_digest_window_holds_its_moment_and_the_next_begins_at_its_end(
    now: datetime, seconds: int
) -> None:
    begin, end = window_start(seconds, now), window_end(seconds, now)

    assert begin <= now < end
    assert window_start(seconds, end) == end


@given(st.lists(st.sampled_from(["strike", "ack", "mute", "unmute", "show", "clear", "end"])))
def test_whatever_happens_an_alert_stays_consistent(acts: list[str]) -> None:
    group, now = new(), NOW
    for number, act in enumerate(acts, start=2):
        now += timedelta(minutes=30)
        before = group
        if act == "strike" and group.is_firing:
            group = again(group, number, now)
        elif act == "ack":
            group = acknowledged(group, ANA, now)
        elif act == "mute":
            group = muted(group, now + HOUR, "ana", now)
        elif act == "unmute":
            group = unmuted(group, now)
        elif act == "show":
            group = shown(group, next_look(group, WANTED, now))
        elif act == "clear":
            group = cleared(group, "invoice-eu", now + HOUR, "x", now)
        elif act == "end" and group.is_firing:
            group = ended(group, now)
        assert group.version >= before.version
        assert group.shown_version <= group.version
        assert group.is_firing == (group.live_key is not None)
        assert group.since_acknowledged >= 0
        assert group.needs_showing or group.due_at is None or group.due_at > before.created_at
        if not group.is_firing:
            assert group.open == {}
