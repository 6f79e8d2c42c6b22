"""What else is said in the thread of an alert: that it goes on, who has it, that it is over."""

from dataclasses import replace

from bot.alerts.card import Setting, happened, sign, subject, word_over
from bot.alerts.words import times
from bot.blocks import section
from bot.message import Message
from bot.mrkdwn import code, date
from bot.questions.words import said
from shared.alerts.groups import Group


def reminder(group: Group, setting: Setting) -> Message:
    """It still fires, said to the people of the subscription once more."""
    text = f"🔔 {subject(group)} still {happened(group)} · {times(group.count)} since "
    text += f"{date(group.first_at)}, last {date(group.last_at)}"
    if group.since_acknowledged:
        text += f" · {group.since_acknowledged:,} more since it was acknowledged"
    mention = f" {setting.mention}" if setting.mention else ""
    return _loud(text + mention, setting)


def taken_over(group: Group) -> Message:
    """Somebody looks after it."""
    who = said(group.acknowledged_name or "Somebody", 60)
    at = f" since {date(group.acknowledged_at)}" if group.acknowledged_at else ""
    return _quietly(f"👀 {who} looks after {subject(group)}{at}")


def over(group: Group, setting: Setting) -> Message:
    """The last line of a thread."""
    when = f" {date(group.recovered_at)}" if group.recovered_at else ""
    by = f" by {code(group.recovered_by, 120)}" if group.recovered_by else ""
    why = f": {said(group.ended_because, 100)}" if group.ended_because else ""
    word = f"{word_over(group)}{when}{by}{why}"
    text = f"{sign(group)} {subject(group)} {word}, {times(group.count)} in all"
    # What comes and goes is told to the channel once.
    return _loud(text, setting) if not group.returns else _quietly(text)


def _loud(text: str, setting: Setting) -> Message:
    return replace(_quietly(text), broadcast=setting.subscription.wanted.broadcast)


def _quietly(text: str) -> Message:
    return Message(text, (section(text),))
