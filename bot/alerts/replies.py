"""What else is said in the thread of an alert: that it goes on, and that it is over."""

from bot.alerts.card import Setting, happened, sign, subject
from bot.alerts.words import times
from bot.blocks import section
from bot.message import Message
from bot.mrkdwn import code, date
from shared.alerts.groups import Group


def reminder(group: Group, setting: Setting) -> Message:
    """It still fires, said to the people of the subscription once more."""
    text = f"🔔 {subject(group)} still {happened(group)} · {times(group.count)} since "
    text += f"{date(group.first_at)}, last {date(group.last_at)}"
    if group.since_acknowledged:
        text += f" · {group.since_acknowledged:,} more since it was acknowledged"
    mention = f" {setting.mention}" if setting.mention else ""
    return _loud(text + mention, setting)


def over(group: Group, setting: Setting) -> Message:
    """The last line of a thread."""
    when = f" {date(group.recovered_at)}" if group.recovered_at else ""
    by = f" by {code(group.recovered_by, 120)}" if group.recovered_by else ""
    text = f"{sign(group)} {subject(group)} {group.state}{when}{by}, {times(group.count)} in all"
    return _loud(text, setting)


def _loud(text: str, setting: Setting) -> Message:
    loud = setting.subscription.wanted.broadcast
    return Message(text, (section(text),), broadcast=loud)
