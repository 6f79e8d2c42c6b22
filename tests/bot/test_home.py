"""The App Home as Slack gets it, from what was read."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.home import Overview, home_view
from sandbox.slack.checks import check_view
from sandbox.slack.elements import elements
from shared.operations.alerts_rows import subscription_row
from shared.results import ExecutionRow, PendingInput, ScheduleRow
from tests.bot.alerts_made import NOON, subscription
from tests.bot.stage import text_of

ROW = ExecutionRow(execution_id="e-1", workflow="w", status="RUNNING")
ASKED = PendingInput(
    execution_id="expense-9",
    workflow="expense-approval",
    task_id="t-1",
    label="Manager approval",
    input={"amount": 480, "employee": "<!channel> ana"},
    asked_at=NOON - timedelta(minutes=5),
)
SCHEDULE = ScheduleRow(schedule_id="nightly", workflow="w", paused=False, times="daily")
ALL = {
    "more_waiting": "Show all that wait",
    "more_running": "Show all that run",
    "more_failed": "Show all that failed",
    "more_schedules": "Show all schedules",
}


def shown(**more: Any) -> Any:
    """The blocks of a home with one of each, after Slack's own checks."""
    parts: dict[str, Any] = {"running": (ROW,), "more_running": False, "waiting": (ASKED,)}
    overview = Overview(**{**parts, "failed": (ROW,), "schedules": (SCHEDULE,), **more})
    view = home_view(overview, name="Ana", may_write=True, now=NOON)
    check_view(view, "home")
    return view["blocks"]


@pytest.mark.parametrize("part", ALL)
def test_a_part_that_is_cut_has_a_way_to_all_of_it(part: str) -> None:
    labels = [text_of(each.body.get("text")) for each in elements(shown(**{part: True}))]

    assert [label for label in labels if label in ALL.values()] == [ALL[part]]


def test_a_question_says_what_is_decided_and_since_when_it_waits() -> None:
    [row] = [text_of(each) for each in shown() if "expense-9" in text_of(each)]

    assert "amount: 480 · employee: &lt;!channel&gt; ana" in row
    assert "asked 5 min ago" in row


@pytest.mark.parametrize(
    ("count", "more"), [(8, []), (9, ["1 more subscription"]), (30, ["22 more subscriptions"])]
)
def test_subscriptions_without_room_are_counted_and_listed_by_a_button(
    count: int, more: list[str]
) -> None:
    rows = tuple(
        subscription_row(replace(subscription(), id=f"sub{each}")) for each in range(count)
    )
    blocks = shown(subscriptions=rows)

    said = [text_of(each) for each in blocks if "more subscription" in text_of(each)]
    assert [each.split(":")[0].removeprefix("and ") for each in said] == more
    assert all("alerts list channel=all" in each for each in said)
    labels = [text_of(each.body.get("text")) for each in elements(blocks)]
    assert labels.count("Show all") == len(more)
    assert labels.count("Mute 1 hour") == min(count, 8)
