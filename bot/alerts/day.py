"""The message of a day, in whose thread a subscription shows its alerts."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.alerts.card import Setting, subject
from bot.alerts.rows import DAY, Tally
from bot.blocks import context, section
from bot.message import Message
from bot.mrkdwn import code, date
from bot.questions.words import many, said
from shared.alerts.groups import Group
from shared.alerts.wanted import Wanted
from shared.alerts.words import describe


def day_of(group: Group, wanted: Wanted) -> tuple[datetime, datetime]:
    """The day in which an alert began, by the clock of the subscription."""
    zone = ZoneInfo(wanted.quiet.zone if wanted.quiet else "UTC")
    begun = group.created_at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    # A day has not always 24 hours.
    return begun, (begun + timedelta(days=1)).replace(tzinfo=zone)


def day_key(subscription_id: str, begun: datetime) -> str:
    """The name of the message of a day."""
    return f"{DAY}{subscription_id}:{begun:%Y-%m-%d}"


def day_card(tally: Tally, begun: datetime, setting: Setting) -> Message:
    """What the day brought so far."""
    sign = "🔴" if tally.firing else "✅"
    told = f"{many(tally.alerts, 'alert')}, {tally.firing:,} firing, {tally.count:,} in all"
    text = f"{sign} Alerts of {date(begun, '{date_long_pretty}')} · {told}"
    subscription = setting.subscription
    what = said(describe(subscription.wanted), 300)
    small = f"{what} · subscription `{subscription.id}` of {said(subscription.created_name, 60)}"
    return Message(text, (section(f"*{text}*"), context(small)))


def in_day(message: Message, group: Group) -> Message:
    """What happened again, in a thread that has other alerts in it too: it says of which it is."""
    name = subject(group)
    about = context(f"{name} · alert {code(group.id)}")
    return replace(message, text=f"{name}: {message.text}", blocks=(about, *message.blocks))
