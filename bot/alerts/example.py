"""An example of what a subscription brings, marked as one."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.alerts.card import Setting, card
from bot.blocks import context
from bot.message import Message
from bot.mrkdwn import line
from shared.alerts.finding import Kind
from shared.alerts.groups import Group, opened, struck
from shared.alerts.occurrence import Occurrence
from shared.alerts.subscriptions import Subscription

_TIMES = 3
_WITH_ERROR = (Kind.FAILED, Kind.TIMED_OUT, Kind.RETRYING)


def example(subscription: Subscription, now: datetime) -> Message:
    """A card of nothing that happened; it mentions nobody, and says whom it would."""
    shown = card(_group(subscription, now), Setting(subscription, now))
    mention = subscription.wanted.mention
    whom = f" It would mention {line(mention.removeprefix('@'), 80)}." if mention else ""
    mark = f"🧪 This is an example: nothing happened.{whom}"
    blocks = [block for block in shown.blocks if block["type"] != "actions"]
    return Message(f"🧪 Example: {shown.text}", (context(mark), *blocks))


def _group(subscription: Subscription, now: datetime) -> Group:
    first, *others = (_occurrence(subscription, number, now) for number in range(1, _TIMES + 1))
    labels = {"workflow": first.workflow, "kind": str(first.kind)}
    group = opened("example", subscription.id, "example", labels, first, now)
    for each in others:
        group = struck(group, each, subscription.wanted, now)
    return replace(group, created_at=now)


def _occurrence(subscription: Subscription, number: int, now: datetime) -> Occurrence:
    wanted = subscription.wanted
    kind = min(wanted.kinds, key=[*Kind].index, default=Kind.FAILED)
    name = next(iter(wanted.workflows), "invoice-import").replace("*", "example")
    schedule = kind.value.startswith("schedule")
    return Occurrence(
        kind=kind,
        workflow=name,
        subject=f"example-{number}",
        at=now - timedelta(minutes=5 * (_TIMES - number)),
        execution_id=None if schedule else f"example-{number}",
        schedule_id="example" if schedule else None,
        step="extract" if kind in _WITH_ERROR else None,
        error="ExampleError: the text of the error" if kind in _WITH_ERROR else None,
        label="The question of the execution" if kind is Kind.WAITING else None,
        bound="3x the usual" if kind is Kind.SLOW else None,
        duration_ms=61_000,
    )
