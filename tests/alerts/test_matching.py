"""Which findings fit which filter, and which of them belong together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.alerts.board import Taker, candidate
from shared.alerts.details import Details, Need
from shared.alerts.finding import Finding, Kind
from shared.alerts.fingerprint import fingerprint, labels_of, normal_error
from shared.alerts.matching import deciding, fits, glob_of, needs_details, takes
from shared.alerts.patterns import Patience, check_pattern, contains
from shared.alerts.wanted import Wanted
from tests.alerts.match_stage import finding, over, waiting

NOTHING = Details()


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [
        (Wanted(), finding(), True),
        (Wanted(), finding(Kind.COMPLETED), False),
        (Wanted(workflows=("invoice-*",)), finding(), True),
        (Wanted(workflows=("invoice", "*-us")), finding(), False),
        (Wanted(workflows=("Invoice-*",)), finding(), False),
        (Wanted(workflows=("invoice-[eu]*",)), finding(), True),
        (Wanted(deployments=("prod*",)), finding(deployment="production"), True),
        (Wanted(deployments=("prod*",)), finding(deployment=None), False),
        (Wanted(min_duration_seconds=1), finding(), True),
        (Wanted(min_duration_seconds=2), finding(), False),
        (Wanted(min_duration_seconds=2), finding(detail={}), True),
        (Wanted(kinds=[Kind.WAITING], min_duration_seconds=2), waiting(), True),
    ],
)
def test_what_is_seen_without_reading_decides_first(
    wanted: Wanted, found: Finding, expected: bool
) -> None:
    assert fits(wanted, found) is expected


def test_a_slow_execution_is_for_those_whose_bound_it_passed() -> None:
    ten = finding(Kind.SLOW, detail={"bound_seconds": 600.0, "running_ms": 600_500})
    three = finding(Kind.SLOW, detail={"bound_medians": 3.0, "median_ms": 1_000})

    assert fits(Wanted(kinds=[Kind.SLOW], slower_than_seconds=600), ten)
    assert not fits(Wanted(kinds=[Kind.SLOW], slower_than_seconds=60), ten)
    assert not fits(Wanted(kinds=[Kind.SLOW], slower_than_medians=3), ten)
    assert fits(Wanted(kinds=[Kind.SLOW], slower_than_medians=3), three)


def test_the_end_of_a_state_is_nothing_new() -> None:
    wanted = Wanted(kinds=[Kind.WAITING])

    assert takes(wanted, waiting(), NOTHING)
    assert not takes(wanted, over(waiting()), NOTHING)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("customer==:acme", True),
        ("customer==:acm", False),
        ("customer:ACM", True),
        ("customer:x", False),
        ("customer", True),
        ("region", False),
        ("gone", False),
        ("gone==", True),
        ("region==", True),
        ("customer==", False),
        ("url:a:b", True),
    ],
)
def test_search_keys_are_compared_as_the_api_does(key: str, expected: bool) -> None:
    known = {"customer": "acme", "gone": None, "url": "x a:b y"}

    found = takes(Wanted(search_keys=(key,)), finding(), Details(search_keys=known))

    assert bool(found) is expected


def test_all_tags_and_all_keys_have_to_fit() -> None:
    wanted = Wanted(tags=("prod", "eu"), search_keys=("a==:1", "b==:2"))
    known = Details(tags=("eu", "prod", "x"), search_keys={"a": "1", "b": "2"})

    assert takes(wanted, finding(), known)
    assert not takes(wanted, finding(), Details(tags=("prod",), search_keys=known.search_keys))
    assert not takes(wanted, finding(), Details(tags=known.tags, search_keys={"a": "1"}))


def test_a_filter_for_errors_is_about_those_that_have_one() -> None:
    wanted = Wanted(kinds=[Kind.FAILED, Kind.WAITING, Kind.RETRYING], errors="limit")

    assert not takes(wanted, finding(), NOTHING)
    assert takes(wanted, waiting(), NOTHING)
    assert takes(wanted, finding(Kind.RETRYING, detail={"error": "LIMIT"}), NOTHING)


def test_only_what_decides_or_tells_is_read() -> None:
    retrying = finding(Kind.RETRYING, detail={"error": "x"})

    assert deciding(Wanted(), finding()) is Need.NOTHING
    assert needs_details(Wanted(), finding()) == Need.EVENTS
    assert needs_details(Wanted(kinds=[Kind.COMPLETED]), finding(Kind.COMPLETED)) is Need.NOTHING
    assert deciding(Wanted(errors="x"), retrying) is Need.NOTHING
    assert deciding(Wanted(tags=("a",), search_keys=("b",)), retrying) == Need.TAGS | Need.EXECUTION


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("timeout after 30 seconds", "timeout after 1.5 s"),
        ("request req_8f3a2b failed", "request req_99c1d2 failed"),
        (
            "run 550e8400-e29b-41d4-a716-446655440000 is gone",
            "run 123e4567-e89b-12d3-a456-426614174000 is gone",
        ),
        ("at 2026-11-22T09:00:01.123Z: no", "at 2027-01-02 10:11:12: no"),
        ("GET https://x.io/a?t=abc failed", "GET https://x.io/a?t=def&u=1 failed"),
        ("rate limit of x0", "rate limit of x1"),
        ("object at 0x7fc9e92d1a30", "object at 0x7f0000000001"),
        ("connect 10.0.0.1:5432 refused", "connect 10.12.0.7:5433 refused"),
        (
            "Traceback (most recent call last):\n  File a\nValueError: order 41",
            "Traceback (most recent call last):\n  File b, line 2\nValueError: order 42",
        ),
    ],
)
def test_errors_that_differ_in_numbers_alone_are_the_same(one: str, two: str) -> None:
    assert normal_error(one) == normal_error(two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("HTTP 429: slow down", "HTTP 500: slow down"),
        ("KeyError: 'CHF'", "KeyError: 'EUR'"),
        ("status code: 404", "status code: 403"),
        ("https://x.io/v1/a failed", "https://x.io/v2/a failed"),
        ("no bucket in s3", "no bucket in gs"),
        ("python3.11 is missing", "ruby3.11 is missing"),
    ],
)
def test_errors_that_mean_different_things_stay_apart(one: str, two: str) -> None:
    assert normal_error(one) != normal_error(two)


@given(st.text(max_size=200))
def test_a_normal_error_is_bounded_and_on_one_line(text: str) -> None:
    plain = normal_error(text)

    assert len(plain) <= 300
    assert "\n" not in plain
    assert plain == plain.strip()


def test_trouble_of_both_kinds_joins_where_the_kind_is_not_asked_for_and_nothing_else_does() -> (
    None
):
    wanted = Wanted(group_by=("workflow",))
    labels = [
        labels_of(wanted, finding(kind), NOTHING)
        for kind in (Kind.FAILED, Kind.TIMED_OUT, Kind.RECOVERED, Kind.TERMINATED)
    ]

    assert labels[0] == labels[1] == {"workflow": "invoice-eu"}
    assert len({fingerprint(each) for each in labels}) == 3


def test_labels_follow_what_is_asked_for() -> None:
    wanted = Wanted(group_by=("deployment", "execution", "error"))
    found = finding(deployment="prod")

    labels = labels_of(wanted, found, Details(error="no stock for 12"))

    assert labels == {"deployment": "prod", "execution": "order-1", "error": "no stock for …"}


def test_a_schedule_is_an_alert_of_its_own() -> None:
    found = finding(Kind.SCHEDULE_MISSED, schedule_id="nightly", execution_id=None)

    assert labels_of(Wanted(), found, NOTHING) == {
        "schedule": "nightly",
        "kind": "schedule_missed",
    }


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=4))
def test_a_fingerprint_does_not_depend_on_the_order_of_labels(labels: dict[str, str]) -> None:
    turned = dict(reversed(list(labels.items())))

    assert fingerprint(labels) == fingerprint(turned)
    assert fingerprint(labels) != fingerprint({**labels, "another": "x"})


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(", "missing )"),
        ("[a", "unterminated"),
        ("((a{1000}){1000}){1000}", "repeats too much"),
        ("(a?){2}{2}{2}{2}{2}{2}{2}", "repeats too much"),
        ("a{99999}", "repeats too much"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused_in_words(pattern: str, words: str) -> None:
    with pytest.raises(ValueError, match=r"repeats|expression") as refused:
        check_pattern(pattern)

    assert words in str(refused.value)


def test_an_ordinary_pattern_is_found_whatever_its_case() -> None:
    check_pattern(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")

    assert contains("rate.?limit|quota", "RATE LIMIT reached") is True
    assert contains("^quota", "the quota") is False
    assert contains(r"(a+)+$", "a" * 500 + "!") is None


def test_a_pattern_that_used_up_its_time_is_searched_no_more_and_the_others_are() -> None:
    patience = Patience(seconds=0.05)
    long = "a" * 500 + "!"
    said = [patience.contains(r"(a+)+$", long) for _ in range(1_000)]

    assert said == [None] * 1_000
    assert patience.contains(r"(a+)+$", "a") is None
    assert patience.contains("A!", long) is True


def test_a_secret_in_an_error_is_not_kept() -> None:
    found = candidate(
        Taker("s", Wanted()), finding(), Details(error="bad header Bearer abc.def-123456")
    )

    assert found is not None
    assert "abc.def-123456" not in found.occurrence.model_dump_json()


def test_globs_are_read_once_however_many_findings_there_are() -> None:
    wanted = [Wanted(workflows=(f"team-{number}-*",)) for number in range(1_000)]
    found = [finding(workflow=f"team-{number}-billing") for number in range(20)]
    assert sum(fits(each, one) for each in wanted for one in found) == 20
    read = glob_of.cache_info().misses

    assert sum(fits(each, one) for each in wanted for one in found) == 20

    assert glob_of.cache_info().misses == read
