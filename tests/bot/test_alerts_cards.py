"""The messages of alerts: what a tired person reads first, and that nobody can forge it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerts.card import Setting, card
from bot.alerts.day import day_card, day_of
from bot.alerts.digest import Part, digest
from bot.alerts.lines import replies
from bot.alerts.replies import over, reminder
from bot.alerts.rows import Tally
from bot.message import Message
from shared.alerts.finding import Kind
from shared.alerts.gap import Gap
from shared.alerts.groups import Group, State, acknowledged, muted, recovered
from shared.alerts.occurrence import Occurrence
from shared.alerts.wanted import Wanted
from shared.call import Actor
from tests.bot.alerts_made import NOON, failures, group, occurrence, subscription
from tests.bot.made_results import TEXT
from tests.bot.reading import check, labels, offered, words
from tests.bot.test_render_hostile import SOME, accept

HERE = Setting(subscription(), NOON, "<!subteam^S0ONCALL>")
ANA = Actor("slack", "U0ANA1234", "Ana")


def test_the_first_line_says_what_failed_where_how_often_and_since_when() -> None:
    message = card(group(*failures(7)), HERE)

    first = words(message).splitlines()[0]
    assert first.startswith("❌ *invoice-import* failed in `extract` · *×7* since <!date^")  # noqa: RUF001
    assert "PageLimit: 812 pages" in words(message)
    assert message.text == (
        "❌ invoice-import failed in `extract` (×7): PageLimit: 812 pages <!subteam^S0ONCALL>"  # noqa: RUF001
    )
    check(message)


def test_the_last_three_executions_are_listed_each_once_and_the_newest_first() -> None:
    again = failures(5)
    message = card(group(*again, again[4]), HERE)

    shown = [line.split("`")[1] for line in words(message).splitlines() if line.startswith("`inv")]
    assert shown == ["inv-5", "inv-4", "inv-3"]


def test_an_alert_that_fires_offers_at_most_five_controls_and_the_rest_in_a_menu() -> None:
    message = card(group(), HERE)

    assert labels(message) == [
        "Acknowledge",
        *("Open", "Diagnose"),
        *("Start again…", "Reset…", "Close…", "Details of the subscription"),
    ]
    [row] = [block for block in message.blocks if block["type"] == "actions"]
    assert len(row["elements"]) == 5
    select = row["elements"][1]
    assert [each["text"]["text"] for each in select["options"]] == [
        *("Mute 1 hour", "Mute 4 hours", "Mute 1 day"),
    ]
    [opens] = [each for each in offered(message) if each.label == "Open"]
    assert opens.request.arguments == {"execution_id": "inv-1"}


def test_a_question_says_what_is_asked_and_offers_to_answer_it() -> None:
    waiting = occurrence(Kind.WAITING, error=None, step=None, label="Manager approval")
    message = card(group(waiting), HERE)

    assert "🟡 *invoice-import* waits for an answer" in words(message)
    assert "*Waits for:* Manager approval" in words(message)
    assert "Answer…" in labels(message)


def test_a_slow_execution_says_the_bound_and_a_schedule_its_next_time() -> None:
    slow = occurrence(Kind.SLOW, error=None, step=None, bound="3x the usual (2 min)")
    assert "*Bound:* 3x the usual (2 min)" in words(card(group(slow), HERE))

    missed = occurrence(
        Kind.SCHEDULE_MISSED,
        error=None,
        step=None,
        execution_id=None,
        schedule_id="nightly",
        next_at=NOON,
    )
    message = card(group(missed), HERE)
    assert "*Schedule* `nightly` · was due 2026-11-22 12:00 UTC" in _plain(message)
    [opens] = [each for each in offered(message) if each.label == "Open"]
    assert opens.request.name == "get_schedule"
    assert "Diagnose" not in labels(message)


def test_who_looks_after_it_is_told_and_what_happened_since() -> None:
    taken = acknowledged(group(*failures(2)), ANA, NOON)
    assert "👀 Ana looks after it" in words(card(taken, HERE))
    assert "Acknowledge" not in labels(card(taken, HERE))

    again = replace(taken, count=5)
    assert "it happened 3 more times since" in words(card(again, HERE))
    assert "Acknowledge" in labels(card(again, HERE))


def test_a_muted_alert_says_by_whom_and_can_be_unmuted() -> None:
    message = card(muted(group(), NOON + timedelta(hours=1), "Cleo", NOON), HERE)

    assert "🔕 muted by Cleo until 2026-11-22 13:00 UTC" in _plain(message)
    [row] = [block for block in message.blocks if block["type"] == "actions"]
    assert row["elements"][1]["options"][-1]["text"]["text"] == "Unmute"


def test_the_same_message_turns_green_with_how_long_it_took_how_often_and_by_what() -> None:
    well = recovered(group(*failures(7)), NOON + timedelta(minutes=29), "inv-8", NOON)
    message = card(well, HERE)

    first = _plain(message).splitlines()[0]
    assert first == (
        "✅ *invoice-import* recovered after 29 min · 2026-11-22 12:29 UTC · "
        "failed 7 times, first 2026-11-22 12:00 UTC · by `inv-8`"
    )
    assert labels(message) == ["Open", "Diagnose"]
    assert "S0ONCALL" not in f"{message.text} {words(message)}"


def test_what_was_held_or_found_late_says_so() -> None:
    late = group(occurrence(late=True))
    assert "found late, 2026-11-22 12:01 UTC" in _plain(card(late, HERE))

    night = Setting(subscription(quiet={"since": "11:00", "until": "13:00"}), NOON)
    assert "🌙 held in quiet hours" in words(card(group(), night))


def test_what_was_found_after_a_gap_says_from_when_to_when_nobody_looked_and_why() -> None:
    since, until = NOON - timedelta(hours=1), NOON + timedelta(minutes=15)
    gap = Gap(since=since, until=until, cause="the API could not be reached")
    late = occurrence(late=True, gap=gap)
    told = (
        "found late: nothing was looked at from 2026-11-22 11:00 UTC to 2026-11-22 12:15 UTC"
        " (the API could not be reached)"
    )

    assert told in _plain(card(group(late), HERE))
    assert told in _plain(card(group(late, *failures(3)), HERE))
    [reply] = replies(_numbered([late]))
    assert _plain(reply.message).endswith(told)

    unknown = occurrence(late=True, gap=gap.model_copy(update={"cause": None}))
    assert _plain(replies(_numbered([unknown]))[0].message).endswith("12:15 UTC")


def test_occurrences_are_told_twenty_to_a_reply_and_from_the_hundredth_on_in_numbers() -> None:
    told = _numbered(failures(157))
    made = replies(told)

    assert [reply.number for reply in made] == [1, 21, 41, 61, 81, 101]
    assert [words(reply.message).count("inv-") for reply in made] == [*([20] * 5), 1]
    assert "57 more occurrences, #101 to #157" in words(made[-1].message)
    assert "×57 PageLimit: 812 pages" in words(made[-1].message)  # noqa: RUF001
    assert "inv-157" in words(made[-1].message)


def test_a_reminder_mentions_and_is_broadcast_only_where_it_was_asked_for() -> None:
    again = reminder(group(*failures(12)), HERE)
    assert not again.broadcast
    assert again.text.endswith("<!subteam^S0ONCALL>")
    assert "still failed in `extract` · ×12 since" in again.text  # noqa: RUF001

    loud = Setting(subscription(broadcast=True), NOON)
    assert reminder(group(), loud).broadcast


def test_a_digest_is_a_table_with_the_most_frequent_alert_first() -> None:
    few = replace(group(), id="few", labels={"workflow": "order"})
    many = replace(group(*failures(9)), id="many")
    message = digest([Part(few, 1), Part(many, 7)], NOON, NOON + timedelta(minutes=15), HERE)

    check(message)
    [table] = [block for block in message.blocks if block["type"] == "table"]
    cells = [[cell["text"] for cell in row] for row in table["rows"]]
    assert [row[:3] for row in cells[1:]] == [
        ["invoice-import", "❌ failed in extract", "7 of 9"],
        ["order", "❌ failed in extract", "1"],
    ]
    assert "8 occurrences of 2 alerts" in message.text
    [row] = [block for block in message.blocks if block["type"] == "actions"]
    assert len(row["elements"][0]["options"]) == 2


def test_nothing_in_a_card_changes_by_the_passing_of_time_alone() -> None:
    firing = group(*failures(3))
    later = replace(HERE, now=NOON + timedelta(minutes=40))

    assert card(firing, HERE) == card(firing, later)


MADE = st.builds(
    Occurrence,
    kind=st.sampled_from([*Kind]),
    workflow=TEXT,
    subject=TEXT,
    at=st.just(NOON),
    execution_id=st.none() | TEXT,
    schedule_id=st.none() | TEXT,
    step=st.none() | TEXT,
    error=st.none() | TEXT,
    label=st.none() | TEXT,
    bound=st.none() | TEXT,
    attempts=st.none() | st.integers(1, 10**6),
    failures=st.none() | st.integers(1, 10**6),
    duration_ms=st.none() | st.integers(0, 10**9),
    next_at=st.none() | st.just(NOON),
    late=st.booleans(),
    note=st.none() | TEXT,
)
CHANGES = st.fixed_dictionaries(
    {
        "state": st.sampled_from([*State]),
        "labels": st.dictionaries(st.sampled_from(["workflow", "error", "kind"]), TEXT),
        "acknowledged_name": st.none() | TEXT,
        "acknowledged_at": st.none() | st.just(NOON),
        "acknowledged_count": st.none() | st.just(1),
        "muted_until": st.none() | st.just(NOON),
        "muted_name": st.none() | TEXT,
        "recovered_at": st.none() | st.just(NOON),
        "recovered_by": st.none() | TEXT,
        "ended_because": st.none() | TEXT,
        "returns": st.integers(0, 3),
    }
)


@given(made=st.lists(MADE, min_size=1, max_size=6), changes=CHANGES, name=TEXT, glob=TEXT)
@SOME
def test_whatever_workflows_say_alerts_are_messages_that_slack_takes_and_that_forge_nothing(
    made: list[Occurrence], changes: dict[str, Any], name: str, glob: str
) -> None:
    wanted = {"workflows": (glob,), "mention": None}
    owner = replace(subscription(), created_name=name, wanted=Wanted(**wanted))
    shown = group(*made, **changes)
    setting = Setting(owner, NOON)

    for message in _all_messages(shown, made, setting):
        accept(message)


def _all_messages(shown: Group, made: list[Occurrence], setting: Setting) -> list[Message]:
    begun, _ = day_of(shown, setting.subscription.wanted)
    parts = [Part(replace(shown, id=str(number)), number) for number in range(30)]
    return [
        card(shown, setting),
        reminder(shown, setting),
        over(shown, setting),
        digest(parts, NOON, NOON, setting),
        day_card(Tally(2, 1, 30), begun, setting),
        *(reply.message for reply in replies(_numbered(made * 20))),
    ]


def _numbered(made: list[Occurrence]) -> list[Occurrence]:
    return [each.model_copy(update={"number": at}) for at, each in enumerate(made, 1)]


def _plain(message: Message) -> str:
    """The words, with times as people without a time zone read them."""
    import re

    return re.sub(r"<!date\^-?\d+\^[^|]*\|([^>]*)>", r"\1", words(message))


@pytest.mark.parametrize("kind", [*Kind])
def test_every_kind_has_a_card_that_slack_takes(kind: Kind) -> None:
    check(card(group(occurrence(kind)), HERE))
