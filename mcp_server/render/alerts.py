"""Alerts: what fires, and who hears of what."""

from collections.abc import Iterator

from mcp_server.render.dispatch import render
from mcp_server.render.page import Page, View
from mcp_server.render.words import age, cells, joined, quoted, stamp, when, word
from shared.results import (
    AlertDetail,
    AlertPreview,
    AlertRow,
    Alerts,
    AlertSubscription,
    AlertSubscriptionDetail,
    AlertSubscriptions,
    PreviewedAlert,
)

_HEADER = "alert_id|channel|state|what|count|since|last|last execution|where and why"
_ERROR = 200


@render.register
def _(result: Alerts, view: View) -> Page:
    swept = f"last looked {when(result.swept_at, view.now)}" if result.swept_at else ""
    if not result.alerts:
        return Page([joined("No alerts.", swept)])
    count = len(result.alerts)
    return Page(
        head=[joined(f"{count} alert{'s' * (count != 1)}", swept), _HEADER],
        rows=[_row(row, view) for row in result.alerts],
        tail=_next(result.alerts[0], view),
    )


@render.register
def _(result: AlertDetail, view: View) -> Page:
    return Page(head=[*_about(result.alert, view)])


@render.register
def _(result: AlertSubscriptions, view: View) -> Page:
    if not result.subscriptions:
        return Page(["No subscriptions."])
    count = len(result.subscriptions)
    return Page(
        head=[f"{count} subscription{'s' * (count != 1)}:"],
        rows=[_subscription(each, view) for each in result.subscriptions],
    )


@render.register
def _(result: AlertSubscriptionDetail, view: View) -> Page:
    preview = result.preview
    return Page(
        head=[f"subscription {_subscription(result.subscription, view)}"],
        rows=[*_previewed(preview, view)] if preview else [],
    )


def _channel(row: AlertRow | AlertSubscription) -> str:
    """Its name where that is known: it is taken wherever an id is."""
    return word(row.channel_name or row.channel)


def _row(row: AlertRow, view: View) -> str:
    return cells(
        word(row.alert_id),
        _channel(row),
        _state(row),
        f"{word(row.workflow)} {word(row.kind)}",
        str(row.count),
        age(row.first_at, view.now),
        age(row.last_at, view.now),
        word(row.execution_ids[0] if row.execution_ids else row.schedule_id),
        joined(*_why(row)),
    )


def _state(row: AlertRow) -> str:
    if row.state == "firing" and row.acknowledged_by:
        return f"firing, acknowledged by {word(row.acknowledged_by)}"
    return row.state


def _why(row: AlertRow) -> Iterator[str]:
    if row.step:
        yield f"step {word(row.step)}"
    if row.label:
        yield f"waits for {quoted(row.label)}"
    if row.error:
        yield quoted(row.error, _ERROR)
    if row.late:
        yield f"found late{_unseen(row)}"


def _unseen(row: AlertRow) -> str:
    if row.unseen_since is None:
        return ""
    until = stamp(row.unseen_until) if row.unseen_until else "now"
    why = f" ({word(row.unseen_cause)})" if row.unseen_cause else ""
    return f": nothing was looked at from {stamp(row.unseen_since)} to {until}{why}"


def _about(row: AlertRow, view: View) -> Iterator[str]:
    yield joined(
        f"alert {word(row.alert_id)}: {_state(row)}",
        f"{word(row.kind)} in workflow {word(row.workflow)}",
        f"channel {_channel(row)}",
    )
    yield joined(
        f"{row.count} times since {when(row.first_at, view.now)}",
        f"last {when(row.last_at, view.now)}",
    )
    why = joined(*_why(row))
    if why:
        yield why
    if row.muted_until:
        yield f"muted until {stamp(row.muted_until)}"
    if row.recovered_at:
        yield f"recovered {when(row.recovered_at, view.now)}"
    if row.ended_because:
        yield f"over: {word(row.ended_because)}"
    if row.execution_ids:
        yield f"executions {', '.join(word(each) for each in row.execution_ids)}"


def _next(row: AlertRow, view: View) -> Iterator[str]:
    if row.execution_ids:
        call = view.call("diagnose_execution", execution_id=row.execution_ids[0])
        yield f"next: {call}"
    if row.state == "firing" and not row.acknowledged_by:
        yield f"next: {view.call('acknowledge_alert', alert_id=row.alert_id)}"


def _subscription(row: AlertSubscription, view: View) -> str:
    return joined(
        f"{word(row.subscription_id)} in {_channel(row)}",
        f"filter {quoted(row.filter, 400)}",
        quoted(row.manner, 200),
        f"{row.firing} firing" if row.firing else "",
        _muted(row) if _is_muted(row, view) else "",
        f"by {word(row.created_by)} {age(row.created_at, view.now)} ago",
        f"trouble: {quoted(row.error)}" if row.error else "",
    )


def _muted(row: AlertSubscription) -> str:
    by = f" by {word(row.muted_by)}" if row.muted_by else ""
    return f"muted until {stamp(row.muted_until)}{by}"


def _is_muted(row: AlertSubscription, view: View) -> bool:
    return row.muted_until is not None and row.muted_until > view.now


def _previewed(preview: AlertPreview, view: View) -> Iterator[str]:
    least = "" if preview.complete else "at least "
    count = len(preview.alerts) + preview.more_alerts
    yield (
        f"would have matched {least}{preview.matched} since {when(preview.since, view.now)}"
        f" in {count} alerts ({preview.looked_at} ended executions looked at)"
    )
    yield from (_previewed_alert(each, view) for each in preview.alerts)
    if preview.more_alerts:
        yield f"and {preview.more_alerts} more alerts"


def _previewed_alert(row: PreviewedAlert, view: View) -> str:
    labels = " ".join(f"{word(name)}={quoted(value, 150)}" for name, value in row.labels.items())
    execution = row.execution_ids[0] if row.execution_ids else None
    return joined(f"{row.count} x {labels}", f"last {age(row.last_at, view.now)} {word(execution)}")
