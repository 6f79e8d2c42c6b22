"""Subscriptions and alerts as rows of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.alerts.words import describe, manner_words
from shared.results import AlertPreview, AlertRow, AlertSubscription, PreviewedAlert

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.alerts.dry_run import DryRun
    from shared.alerts.groups import Group
    from shared.alerts.occurrence import Occurrence
    from shared.alerts.subscriptions import Subscription

_PREVIEWED = 5


def subscription_row(subscription: Subscription, firing: int = 0) -> AlertSubscription:
    """Who hears of what."""
    return AlertSubscription(
        subscription_id=subscription.id,
        channel=subscription.channel,
        channel_name=subscription.named,
        filter=describe(subscription.wanted),
        manner=manner_words(subscription.wanted),
        firing=firing,
        muted_until=subscription.muted_until,
        muted_by=subscription.muted_by,
        created_by=subscription.created_name,
        created_at=subscription.created_at,
        error=subscription.error,
    )


def alert_row(group: Group, owner: Subscription | None) -> AlertRow:
    """An alert; what it is about is told by what happened last."""
    last = group.recent[-1]
    return AlertRow(
        alert_id=group.id,
        subscription_id=group.subscription_id,
        channel=owner.channel if owner else "-",
        channel_name=owner.named if owner else None,
        state=group.state.value,
        kind=group.kind,
        workflow=last.workflow,
        schedule_id=last.schedule_id,
        deployment=last.deployment,
        step=_latest(each.step for each in group.recent),
        error=_latest(each.error for each in group.recent),
        label=_latest(each.label for each in group.recent),
        count=group.count,
        open=len(group.open) if group.kind.is_state else 0,
        first_at=group.first_at,
        last_at=group.last_at,
        execution_ids=_executions(group.recent),
        late=group.late,
        unseen_since=group.gap.since if group.gap else None,
        unseen_until=group.gap.until if group.gap else None,
        unseen_cause=group.gap.cause if group.gap else None,
        acknowledged_by=group.acknowledged_name,
        acknowledged_at=group.acknowledged_at,
        since_acknowledged=group.since_acknowledged,
        muted_until=group.muted_until,
        recovered_at=group.recovered_at if group.state == "recovered" else None,
        ended_because=None if group.is_firing else group.ended_because,
    )


def preview(tried: DryRun) -> AlertPreview:
    """What a filter would have brought, the newest alerts of it."""
    return AlertPreview(
        since=tried.since,
        matched=tried.matched,
        looked_at=tried.looked_at,
        complete=tried.complete,
        alerts=tuple(_previewed(group) for group in tried.alerts[:_PREVIEWED]),
        more_alerts=max(len(tried.alerts) - _PREVIEWED, 0),
    )


def _previewed(group: Group) -> PreviewedAlert:
    return PreviewedAlert(
        labels=dict(group.labels),
        count=group.count,
        first_at=group.first_at,
        last_at=group.last_at,
        execution_ids=_executions(group.recent),
    )


def _executions(recent: Iterable[Occurrence]) -> tuple[str, ...]:
    """The last ones, newest first."""
    found = [each.execution_id for each in recent if each.execution_id]
    return tuple(dict.fromkeys(reversed(found)))


def _latest(values: Iterable[str | None]) -> str | None:
    said = [value for value in values if value]
    return said[-1] if said else None
