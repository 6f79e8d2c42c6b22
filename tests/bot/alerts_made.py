"""Alerts made by hand, as the matcher makes them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.alerts.finding import Kind
from shared.alerts.groups import Group, opened, struck
from shared.alerts.occurrence import Occurrence
from shared.alerts.subscriptions import Subscription, SubscriptionState
from shared.alerts.wanted import Wanted

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def occurrence(kind: Kind = Kind.FAILED, **facts: Any) -> Occurrence:
    """One that says all that an alert of a failure needs."""
    known: dict[str, Any] = {
        "workflow": "invoice-import",
        "subject": "inv-1",
        "execution_id": "inv-1",
        "at": NOON,
        "step": "extract",
        "error": "PageLimit: 812 pages",
        "duration_ms": 61_000,
    }
    return Occurrence(kind=kind, **known | facts)


def subscription(channel: str = "C0OPS", **wanted: Any) -> Subscription:
    """One of Ana, who asked for it in Slack."""
    return Subscription(
        id="sub2345",
        channel=channel,
        wanted=Wanted(**wanted),
        state=SubscriptionState.ACTIVE,
        version=1,
        muted_until=None,
        muted_by=None,
        created_by="U0ANA1234",
        created_name="Ana",
        created_at=NOON - timedelta(days=1),
        changed_at=NOON - timedelta(days=1),
    )


def group(*occurrences: Occurrence, **changes: Any) -> Group:
    """An alert to which these happened, a minute after the last of them."""
    first, *others = occurrences or (occurrence(),)
    now = max(each.at for each in occurrences or (first,)) + timedelta(minutes=1)
    labels = {"workflow": first.workflow, "kind": str(first.kind)}
    made = opened("al23456", "sub2345", "f" * 40, labels, first, now)
    for each in others:
        made = struck(made, each, Wanted(), now)
    return replace(made, **changes)


def failures(count: int, **facts: Any) -> list[Occurrence]:
    """So many failures, a minute apart."""
    made: list[Occurrence] = []
    for number in range(1, count + 1):
        known: dict[str, Any] = {"subject": f"inv-{number}", "execution_id": f"inv-{number}"}
        known["at"] = NOON + timedelta(minutes=number - 1)
        made.append(occurrence(Kind.FAILED, **known | facts))
    return made
