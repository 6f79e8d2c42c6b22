"""The operations of alerts as every face calls them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from shared.alerts import subscriptions as subscription_rows
from shared.alerts.details import Details
from shared.alerts.finding import Kind
from shared.alerts.groups import shown
from shared.alerts.sweeps.status import note_complete, note_missing, note_trouble
from shared.alerts.wanted import Wanted
from shared.alerts.words import describe, manner_words, read_wanted, written
from shared.call import Actor, Effect
from shared.errors import InvalidArguments, NotAllowed
from shared.operations.alerts import CreateAlertSubscription, update_alert_subscription
from shared.policy import Policy
from shared.tables import subscriptions
from tests.alerts.match_stage import Answers, Clock, MatchStage, finding, stage_on, waiting
from tests.shared.operating import ANA, BY_NAME, NOW, Face, Routes, faced

NO_RUNS: Routes = {"GET /v1/workflows/runs": {"executions": [], "next_page_token": None}}


@pytest.fixture
async def caller(tmp_path: Path) -> AsyncIterator[Face]:
    """A face in front of an API where nothing ever ran."""
    async with faced(NO_RUNS, tmp_path) as (one, _):
        yield one


def stage_of(one: Face) -> MatchStage:
    """A matcher on the same store."""
    return stage_on(one.database, Clock(NOW), Answers())


async def subscribed(one: Face, **arguments: Any) -> Any:
    return await one.call("create_alert_subscription", **{"channel": "#ops", **arguments})


@pytest.mark.parametrize(
    ("arguments", "kinds"),
    [
        ({}, {Kind.FAILED, Kind.TIMED_OUT}),
        ({"status": "failed"}, {Kind.FAILED}),
        ({"status": "Canceled, timeout"}, {Kind.CANCELLED, Kind.TIMED_OUT}),
        ({"when": "waiting"}, {Kind.WAITING}),
        ({"when": "first"}, {Kind.FAILED, Kind.TIMED_OUT}),
        ({"when": "first,recovered"}, {Kind.FAILED, Kind.TIMED_OUT, Kind.RECOVERED}),
        ({"status": "failed", "when": "waiting,slow"}, {Kind.FAILED, Kind.WAITING, Kind.SLOW}),
        ({"slower_than": "10m"}, {Kind.SLOW}),
        (
            {"when": "schedules"},
            {Kind.SCHEDULE_PAUSED, Kind.SCHEDULE_MISSED, Kind.SCHEDULE_FAILING},
        ),
    ],
)
def test_only_what_is_named_is_watched_for(arguments: dict[str, Any], kinds: set[Kind]) -> None:
    assert read_wanted(CreateAlertSubscription(**arguments)).kinds == kinds


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"error": "("}, "error is no regular expression: missing )"),
        ({"error": "((a{999}){999}){999}"}, "error repeats too much"),
        ({"quiet": "22"}, "quiet must be hours such as 22-07"),
        ({"quiet": "22-25"}, "quiet must be hours such as 22-07"),
        ({"quiet": "9-9"}, "quiet would last the whole day"),
        ({"quiet": "22-07", "zone": "Mars/Olympus"}, "zone must be a time zone"),
        ({"zone": "UTC"}, "zone is about quiet hours"),
        ({"mode": "digest:5s"}, "mode must have a window of at least a minute"),
        ({"mode": "card:5m"}, "mode must be card, thread, digest or digest:15m"),
        ({"repeat": "10s"}, "repeat must be off or at least 5m"),
        ({"slower_than": "1x"}, "slower_than must be more than 1x"),
        ({"slower_than": "often"}, "slower_than must be a duration such as 10m, or 3x"),
        ({"when": "never"}, "when[0] must be"),
        ({"status": "completed", "when": "first"}, "when=first needs status=failed"),
        ({"when": "waiting", "min_duration": "5m"}, "min_duration is about executions that ended"),
        ({"when": "waiting", "error": "x"}, "error needs status=failed"),
        ({"search_key": ["a", "b", "c", "d"]}, "search_key may have at most 3"),
        ({"channel": "two words"}, "channel must be a channel such as #ops"),
        ({"channel": None}, "channel is required"),
    ],
)
async def test_what_cannot_be_meant_is_refused_in_words(
    caller: Face, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidArguments) as refused:
        await subscribed(caller, **arguments)

    assert words in str(refused.value)
    listed = await caller.call("list_alert_subscriptions")
    assert listed.subscriptions == ()


@pytest.mark.parametrize(
    ("given", "kept"),
    [("ops", "#ops"), ("#Ops", "#ops"), ("<#C0123ABC|ops>", "C0123ABC"), ("C0123ABC", "C0123ABC")],
)
async def test_a_channel_is_named_or_has_its_id(caller: Face, given: str, kept: str) -> None:
    assert (await subscribed(caller, channel=given)).subscription.channel == kept


async def test_the_answer_shows_the_filter_as_it_was_understood(caller: Face) -> None:
    made = await subscribed(
        caller,
        workflow="invoice-*,billing",
        status="failed,timed_out",
        when="first",
        error="rate limit",
        mode="digest:15m",
        repeat="off",
        mention="@oncall",
        quiet="22-07",
        zone="Europe/Paris",
    )

    row = made.subscription
    assert row.filter == (
        "executions of invoice-* or billing that failed or timed out; "
        "only the first failure until the workflow recovers; error matching /rate limit/"
    )
    assert row.manner == (
        "a digest every 15 min, grouped by workflow, kind and error, no reminders, "
        "mentions @oncall, quiet 22:00-07:00 Europe/Paris"
    )
    assert row.created_by == "Ana"
    assert made.preview.matched == 0
    assert 6 <= len(row.subscription_id) <= 8
    assert row.subscription_id.isalnum()


async def test_the_answer_says_what_would_have_matched(tmp_path: Path) -> None:
    ended = {
        "workflow_name": "billing",
        "execution_id": "bill-1",
        "root_execution_id": "bill-1",
        "run_id": "r-1",
        "status": "FAILED",
        "start_time": "2026-06-01T11:00:00Z",
        "end_time": "2026-06-01T11:10:00Z",
    }
    failed = {
        "event_id": "1",
        "event_type": "WORKFLOW_EXECUTION_FAILED",
        "event_timestamp": 1_780_000_000_000_000_000,
        "workflow_exec_id": "bill-1",
        "workflow_run_id": "r-1",
        "workflow_name": "billing",
        "attributes": {"failure": {"message": "no stock for 12"}},
    }
    routes = {
        "GET /v1/workflows/runs": {"executions": [ended], "next_page_token": None},
        "GET /v1/workflows/executions/bill-1": ended,
        "GET /v1/workflows/events/list": {"events": [failed], "next_cursor": None},
    }
    async with faced(routes, tmp_path) as (caller, _):
        made = await subscribed(caller, error="no stock")
        other = await subscribed(caller, error="timeout")

    (alert,) = made.preview.alerts
    assert (made.preview.matched, made.preview.looked_at) == (1, 1)
    assert alert.labels["error"] == "no stock for …"
    assert alert.execution_ids == ("bill-1",)
    assert other.preview.matched == 0


async def test_a_subscription_is_made_also_when_the_past_cannot_be_read(tmp_path: Path) -> None:
    routes = {"GET /v1/workflows/runs": httpx.Response(503)}
    async with faced(routes, tmp_path) as (caller, _):
        made = await subscribed(caller)
        listed = await caller.call("list_alert_subscriptions")

    assert made.preview is None
    assert "is not known" in made.notes[0]
    assert len(listed.subscriptions) == 1


async def test_the_same_subscription_again_is_the_one_there_is(caller: Face) -> None:
    first = await subscribed(caller, workflow="a")
    again = await subscribed(caller, workflow=["a"], mode="card")
    elsewhere = await subscribed(caller, workflow="a", channel="#dev")

    assert again.subscription.subscription_id == first.subscription.subscription_id
    assert "already" in again.notes[0]
    assert elsewhere.subscription.subscription_id != first.subscription.subscription_id


async def test_subscriptions_are_listed_by_channel_with_what_fires(caller: Face) -> None:
    one = await subscribed(caller)
    await subscribed(caller, channel="#dev", when="waiting")
    await stage_of(caller).match(finding(at=NOW), finding(Kind.TIMED_OUT, 2, at=NOW))

    ops = await caller.call("list_alert_subscriptions", channel="#ops")
    every = await caller.call("list_alert_subscriptions", channel="all")

    (row,) = ops.subscriptions
    assert row.subscription_id == one.subscription.subscription_id
    assert row.firing == 2
    assert {each.channel for each in every.subscriptions} == {"#ops", "#dev"}


async def found_by_the_bot(one: Face, channel_id: str = "C0OPS123") -> None:
    """What the bot makes of every name that an assistant wrote."""
    async with (await one.database.store()).writing() as connection:
        for each in await subscription_rows.active(connection):
            await subscription_rows.place(connection, each.id, channel_id, NOW)


async def test_a_channel_goes_by_its_name_also_when_the_bot_has_found_its_id(
    caller: Face,
) -> None:
    made = (await subscribed(caller)).subscription
    await stage_of(caller).match(finding(at=NOW))
    await found_by_the_bot(caller)

    for channel in ("#ops", "C0OPS123"):
        (row,) = (await caller.call("list_alert_subscriptions", channel=channel)).subscriptions
        assert (row.channel, row.channel_name) == ("C0OPS123", "#ops")
        (alert,) = (await caller.call("list_alerts", channel=channel)).alerts
        assert (alert.channel, alert.channel_name) == ("C0OPS123", "#ops")
        muted = await caller.call("mute_alert_subscription", subscription_id="all", channel=channel)
        assert [each.subscription_id for each in muted.subscriptions] == [made.subscription_id]
        again = await subscribed(caller, channel=channel)
        assert again.subscription.subscription_id == made.subscription_id


async def test_naming_the_channel_that_it_has_moves_a_subscription_nowhere(caller: Face) -> None:
    made = (await subscribed(caller)).subscription
    await found_by_the_bot(caller)

    changed = await update_alert_subscription.invoke(
        caller.context, {"subscription_id": made.subscription_id, "channel": "#ops"}
    )
    assert changed.subscription.channel == "C0OPS123"

    moved = await update_alert_subscription.invoke(
        caller.context, {"subscription_id": made.subscription_id, "channel": "C0DEV123"}
    )
    assert (moved.subscription.channel, moved.subscription.channel_name) == ("C0DEV123", None)


async def test_a_channel_that_no_subscription_is_known_to_be_for_is_said_to_be_so(
    caller: Face,
) -> None:
    await subscribed(caller, channel="C0OPS123")

    listed = await caller.call("list_alert_subscriptions", channel="#ops")
    firing = await caller.call("list_alerts", channel="#ops")
    with pytest.raises(InvalidArguments, match="Nothing changed: no subscription is known to be"):
        await caller.call("mute_alert_subscription", subscription_id="all", channel="#ops")

    assert "for #ops" in listed.notes[0]
    assert "for #ops" in firing.notes[-1]
    assert (await caller.call("list_alert_subscriptions", channel="C0OPS123")).notes == ()


@pytest.mark.parametrize("operation", ["mute_alert_subscription", "delete_alert_subscription"])
async def test_what_a_channel_counts_on_is_turned_off_from_elsewhere_by_its_owner_or_an_admin(
    caller: Face, operation: str
) -> None:
    known = (await subscribed(caller)).subscription.subscription_id
    other = replace(
        caller.context, actor=Actor("mcp", "ci", "ci"), policy=Policy(Effect.WRITE), place="mcp"
    )
    act = BY_NAME[operation]

    with pytest.raises(NotAllowed, match=f"{known} of #ops was made by Ana.*--allow destructive"):
        await act.invoke(other, {"subscription_id": known})
    (row,) = (await caller.call("list_alert_subscriptions")).subscriptions
    assert row.muted_until is None
    refused = (await caller.audited())[-1]
    assert (refused["actor_id"], refused["outcome"]) == ("ci", "failed")

    await act.invoke(
        replace(caller.context, policy=Policy(Effect.WRITE)), {"subscription_id": known}
    )
    await act.invoke(replace(other, policy=Policy(Effect.DESTRUCTIVE)), {"subscription_id": known})
    told = [(row["operation"], row["actor_id"], row["outcome"]) for row in await caller.audited()]
    assert told[-2:] == [(operation, "ana", "ok"), (operation, "ci", "ok")]


async def test_muting_all_of_a_channel_leaves_all_as_they_are_where_one_is_of_somebody_else(
    caller: Face,
) -> None:
    await subscribed(caller)
    other = replace(caller.context, actor=Actor("mcp", "ci", "ci"), policy=Policy(Effect.WRITE))
    await BY_NAME["create_alert_subscription"].invoke(other, {"channel": "#ops", "when": "waiting"})

    with pytest.raises(NotAllowed):
        await BY_NAME["mute_alert_subscription"].invoke(
            other, {"subscription_id": "all", "channel": "#ops"}
        )

    listed = await caller.call("list_alert_subscriptions", channel="#ops")
    assert [each.muted_until for each in listed.subscriptions] == [None, None]


async def test_muting_holds_one_or_all_of_a_channel_and_off_lets_go(caller: Face) -> None:
    one = (await subscribed(caller)).subscription.subscription_id
    await subscribed(caller, when="waiting")
    await subscribed(caller, channel="#dev")

    (row,) = (await caller.call("mute_alert_subscription", subscription_id=one)).subscriptions
    assert (row.muted_until, row.muted_by) == (NOW + timedelta(hours=1), "Ana")
    muted = await caller.call(
        "mute_alert_subscription", subscription_id="all", channel="#ops", duration="2h"
    )
    assert [each.muted_until for each in muted.subscriptions] == [NOW + timedelta(hours=2)] * 2
    heard = await caller.call(
        "mute_alert_subscription", subscription_id="all", channel="#ops", duration="off"
    )
    assert [each.muted_until for each in heard.subscriptions] == [None, None]
    listed = await caller.call("list_alert_subscriptions", channel="#dev")
    assert listed.subscriptions[0].muted_until is None


async def test_what_was_put_off_is_looked_at_again_when_the_mute_is_lifted(caller: Face) -> None:
    known = (await subscribed(caller)).subscription.subscription_id
    stage = stage_of(caller)
    await stage.match(finding(at=NOW))
    await stage.save(shown(await stage.group(), NOW + timedelta(hours=8)))

    await caller.call("mute_alert_subscription", subscription_id=known, duration="off")

    assert (await stage.group()).due_at == NOW


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("mute_alert_subscription", {"subscription_id": "nobody"}),
        ("delete_alert_subscription", {"subscription_id": "nobody"}),
        ("acknowledge_alert", {"alert_id": "nobody"}),
    ],
)
async def test_an_unknown_id_is_said_with_where_to_find_the_right_one(
    caller: Face, operation: str, arguments: dict[str, str]
) -> None:
    with pytest.raises(InvalidArguments, match=r"'nobody'.*list_alert"):
        await caller.call(operation, **arguments)


async def test_muting_all_needs_a_channel(caller: Face) -> None:
    with pytest.raises(InvalidArguments, match="channel is required"):
        await caller.call("mute_alert_subscription", subscription_id="all")


async def test_an_ended_subscription_is_gone_and_its_alerts_fire_no_more(caller: Face) -> None:
    known = (await subscribed(caller)).subscription.subscription_id
    await stage_of(caller).match(finding(at=NOW))

    done = await caller.call("delete_alert_subscription", subscription_id=known)
    again = await caller.call("delete_alert_subscription", subscription_id=known)

    assert "#ops hears no more of: executions of any workflow" in done.message
    told = (await stage_of(caller).group()).ended_because
    assert told == "the subscription was ended by Ana"
    assert again.message == done.message
    assert (await caller.call("list_alert_subscriptions")).subscriptions == ()
    assert (await caller.call("list_alerts")).alerts == ()
    with pytest.raises(InvalidArguments):
        await caller.call("mute_alert_subscription", subscription_id=known)


async def test_what_fires_is_listed_with_what_a_person_needs(caller: Face) -> None:
    await subscribed(caller)
    await subscribed(caller, channel="#dev", when="waiting")
    stage = stage_of(caller)
    for name in ("order-1", "order-2"):
        stage.answers.by_execution[name] = Details(step="charge", error="card declined")
    await stage.match(
        finding(number=1, at=NOW),
        finding(number=2, at=NOW + timedelta(minutes=1)),
        waiting(3, at=NOW + timedelta(minutes=2)),
    )

    asks, failed = (await caller.call("list_alerts")).alerts

    assert (asks.channel, asks.kind, asks.label) == ("#dev", "waiting", "Manager approval")
    assert asks.open == 1
    assert (failed.workflow, failed.step, failed.error) == ("invoice-eu", "charge", "card declined")
    assert (failed.count, failed.first_at) == (2, NOW)
    assert failed.execution_ids == ("order-2", "order-1")
    only = await caller.call("list_alerts", channel="#dev", workflow="invoice-*")
    assert [each.alert_id for each in only.alerts] == [asks.alert_id]
    assert (await caller.call("list_alerts", workflow="billing")).alerts == ()


async def test_what_recovered_lately_is_listed_when_asked_for(caller: Face) -> None:
    await subscribed(caller)
    stage = stage_of(caller)
    await stage.match(finding(at=NOW), finding(Kind.RECOVERED, 2, at=NOW + timedelta(minutes=1)))

    assert (await caller.call("list_alerts")).alerts == ()
    (row,) = (await caller.call("list_alerts", state="recovered")).alerts
    assert (row.state, row.recovered_at) == ("recovered", NOW + timedelta(minutes=1))
    assert (await caller.call("list_alerts", state="all", since="now")).alerts != ()
    assert (await caller.call("list_alerts", state="recovered", since="+1h")).alerts == ()


async def test_a_list_says_when_all_was_last_looked_at(caller: Face) -> None:
    assert "Nobody subscribes" in (await caller.call("list_alerts")).notes[0]
    await subscribed(caller)
    assert "No bot has looked" in (await caller.call("list_alerts")).notes[0]

    await looked(caller, ago=timedelta(minutes=12))
    stale = await caller.call("list_alerts")
    assert "12 min ago" in stale.notes[0]
    assert stale.swept_at == NOW - timedelta(minutes=12)

    await looked(caller, ago=timedelta(seconds=5))
    assert (await caller.call("list_alerts")).notes == ()


async def looked(one: Face, ago: timedelta) -> None:
    async with (await one.database.store()).writing() as connection:
        await note_complete(connection, "ended", NOW - ago)


async def test_a_list_says_which_part_of_what_somebody_waits_for_is_not_looked_at(
    caller: Face,
) -> None:
    wanted = read_wanted(CreateAlertSubscription(when="waiting,slow", slower_than="10m"))
    async with (await caller.database.store()).writing() as connection:
        await subscription_rows.add(connection, "#ops", wanted, ANA, NOW - timedelta(days=1))
        await note_trouble(connection, "retrying", NOW - timedelta(hours=6), "nobody asked for it")
        await note_complete(connection, "waiting", NOW - timedelta(hours=6))
        await note_trouble(connection, "waiting", NOW, "may not read pending inputs")
        await note_missing(connection, "slow", NOW, "too many run long")
        await note_complete(connection, "ended", NOW)

    assert (await caller.call("list_alerts")).notes == (
        "Waiting questions were last looked at 6 h ago (may not read pending inputs): "
        "what happened since is not here.",
        "Executions that run long were looked at only in part (too many run long).",
    )


async def test_what_was_asked_for_just_now_is_given_time_to_be_looked_at(caller: Face) -> None:
    await subscribed(caller, when="waiting")
    await looked(caller, timedelta(seconds=5))

    assert (await caller.call("list_alerts")).notes == ()


async def test_a_mute_is_no_acknowledgement_and_neither_is_its_end(caller: Face) -> None:
    await subscribed(caller)
    stage = stage_of(caller)
    await stage.match(finding(at=NOW))
    alert_id = (await stage.group()).id

    muted = await caller.call("acknowledge_alert", alert_id=alert_id, mute_for="1h")
    assert muted.alert.muted_until == NOW + timedelta(hours=1)
    assert muted.alert.acknowledged_by is None
    assert not (await stage.group()).is_quiet

    heard = await caller.call("acknowledge_alert", alert_id=alert_id, mute_for="off")
    assert heard.alert.muted_until is None
    assert heard.alert.acknowledged_by is None
    assert heard.notes == ()


async def test_an_alert_can_be_closed_by_hand_and_what_happens_next_is_another(
    caller: Face,
) -> None:
    await subscribed(caller)
    stage = stage_of(caller)
    await stage.match(finding(at=NOW))
    alert_id = (await stage.group()).id

    closed = await caller.call("acknowledge_alert", alert_id=alert_id, close=True)
    assert (closed.alert.state, closed.alert.acknowledged_by) == ("ended", None)
    assert (await stage.group()).ended_because == "closed by Ana"
    assert (await caller.call("list_alerts")).alerts == ()
    again = await caller.call("acknowledge_alert", alert_id=alert_id, close=True)
    assert again.notes == ("It is over already.",)

    await stage.match(finding(number=2, at=NOW + timedelta(minutes=1)))
    [fires] = (await caller.call("list_alerts")).alerts
    assert fires.alert_id != alert_id


async def test_what_merely_happened_does_not_fire_and_is_listed_with_all(caller: Face) -> None:
    await subscribed(caller, status="failed,completed,terminated", when="recovered")
    await stage_of(caller).match(
        finding(at=NOW),
        finding(Kind.COMPLETED, 2, workflow="order", at=NOW),
        finding(Kind.TERMINATED, 3, at=NOW),
    )

    assert [each.kind for each in (await caller.call("list_alerts")).alerts] == ["failed"]
    assert len((await caller.call("list_alerts", state="all")).alerts) == 3
    [subscription] = (await caller.call("list_alert_subscriptions")).subscriptions
    assert subscription.firing == 1


async def test_acknowledging_makes_an_alert_quiet_and_is_no_mute(caller: Face) -> None:
    await subscribed(caller)
    stage = stage_of(caller)
    await stage.match(finding(at=NOW))
    alert_id = (await stage.group()).id

    first = await caller.call("acknowledge_alert", alert_id=alert_id)
    assert first.alert.acknowledged_by == "Ana"
    assert first.notes == ()
    again = await caller.call("acknowledge_alert", alert_id=alert_id)
    assert again.notes == ("Ana looks after it already.",)

    muted = await caller.call("acknowledge_alert", alert_id=alert_id, mute_for="2h")
    assert muted.alert.muted_until == NOW + timedelta(hours=2)
    heard = await caller.call("acknowledge_alert", alert_id=alert_id, mute_for="off")
    assert heard.alert.muted_until is None

    await stage.match(finding(Kind.RECOVERED, 2, at=NOW + timedelta(minutes=1)))
    over = await caller.call("acknowledge_alert", alert_id=alert_id)
    assert over.notes == ("It is over already.",)


async def test_a_subscription_can_be_changed_and_moved(caller: Face) -> None:
    known = (await subscribed(caller, workflow="a")).subscription
    changed = await update_alert_subscription.invoke(
        caller.context,
        {"subscription_id": known.subscription_id, "workflow": "b", "channel": "#dev"},
    )

    assert changed.subscription.subscription_id == known.subscription_id
    assert changed.subscription.channel == "#dev"
    assert "executions of b" in changed.subscription.filter
    audited = [row["operation"] for row in await caller.audited()]
    assert audited == ["create_alert_subscription", "update_alert_subscription"]


async def test_who_may_only_read_may_list_and_no_more(tmp_path: Path) -> None:
    async with faced(NO_RUNS, tmp_path, allow=Effect.READ) as (caller, _):
        assert (await caller.call("list_alerts")).alerts == ()
        assert (await caller.call("list_alert_subscriptions")).subscriptions == ()
        with pytest.raises(NotAllowed):
            await subscribed(caller)


async def test_a_row_that_a_later_release_wrote_does_not_stop_the_others(tmp_path: Path) -> None:
    async with faced(NO_RUNS, tmp_path) as (caller, _):
        await subscribed(caller)
        odd = (await subscribed(caller, when="waiting")).subscription.subscription_id
        async with (await caller.database.store()).writing() as connection:
            change = update(subscriptions).where(subscriptions.c.id == odd)
            await connection.execute(change.values(wanted={"phase_of_the_moon": "full"}))

        listed = await caller.call("list_alert_subscriptions")

    assert len(listed.subscriptions) == 1


HOURS = st.sampled_from(["22-07", "21:30-06:15", "0-8"])


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "workflow": st.lists(st.sampled_from(["a", "b-*"]), max_size=2, unique=True),
            "status": st.lists(st.sampled_from(["failed", "completed"]), unique=True, min_size=1),
            "when": st.lists(
                st.sampled_from(["recovered", "waiting", "slow", "retrying", "schedules"]),
                unique=True,
            ),
            "slower_than": st.sampled_from(["10m", "90s", "2.5x", "0.5s", "3x"]),
            "deployment": st.lists(st.sampled_from(["prod", "dev"]), max_size=2, unique=True),
            "tags": st.lists(st.text("ab,", min_size=1, max_size=3), max_size=2),
            "search_key": st.lists(st.sampled_from(["a==:1", "b:x", "c"]), max_size=3),
            "mode": st.sampled_from(["card", "thread", "digest", "digest:1h", "digest:90s"]),
            "group_by": st.lists(
                st.sampled_from(["workflow", "kind", "error", "execution"]), unique=True
            ),
            "repeat": st.sampled_from(["off", "4h", "1d", "301s", "7m"]),
            "mention": st.sampled_from(["@oncall", "<!here>"]),
            "quiet": HOURS,
            "broadcast": st.booleans(),
        },
    )
)
def test_a_filter_can_be_written_as_arguments_that_read_the_same(arguments: dict[str, Any]) -> None:
    wanted = read_wanted(CreateAlertSubscription.model_validate(arguments))

    again = read_wanted(CreateAlertSubscription.model_validate(written(wanted)))

    assert again == wanted
    assert "\n" not in describe(wanted) + manner_words(wanted)
    assert Wanted.model_validate(wanted.model_dump(mode="json")) == wanted
