"""The message of an alert: which workflow, what failed in which step, since when, how often."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.alerts.controls import controls
from bot.alerts.words import lateness, times
from bot.alerts.words import said as named
from bot.blocks import context, preformatted, section
from bot.message import Block, Message
from bot.mrkdwn import bold, code, date, link
from bot.questions.words import lasted, many, quoted, said
from shared.alerts.finding import Kind
from shared.alerts.groups import Group, State
from shared.alerts.occurrence import Occurrence
from shared.alerts.subscriptions import Subscription
from shared.alerts.timing import next_reminder, quiet_until
from shared.text import duration_words

_EXECUTIONS = 3
_WAITS = 3
_SIGNS = {State.RECOVERED: "✅", State.ENDED: "▫️"}

type Url = Callable[[str], str | None]


def no_url(_: str) -> str | None:
    """Nobody told us where the console is."""
    return None


@dataclass(frozen=True, slots=True)
class Setting:
    """What a card is told besides its alert; `mention` is markup that Slack takes."""

    subscription: Subscription
    now: datetime
    mention: str = ""
    url: Url = no_url


def card(group: Group, setting: Setting) -> Message:
    """The message of an alert as it stands."""
    blocks = [
        section(_first(group, setting)),
        *_error(group),
        *_about(group),
        *_executions(group, setting.url),
        context(*_small_print(group, setting)),
        *controls(group),
    ]
    mention = f" {setting.mention}" if setting.mention and group.is_firing else ""
    return Message(sentence(group) + mention, tuple(blocks))


def sentence(group: Group) -> str:
    """The alert in one sentence, for notifications."""
    text = f"{sign(group)} {subject(group)} {_told(group)}{_often(group)}"
    error = group.recent[-1].error
    return f"{text}: {said(error, 200)}" if error and group.is_firing else text


def sign(group: Group) -> str:
    """The sign of an alert, which says whether it is over."""
    return named(group.kind).sign if group.is_firing else _SIGNS[group.state]


def subject(group: Group, limit: int = 100) -> str:
    """The workflow of an alert, or how many there are."""
    names = _workflows(group)
    return said(names[0], limit) if len(names) == 1 else f"{len(names)} workflows"


def happened(group: Group) -> str:
    """What happened, and in which step."""
    latest = group.recent[-1]
    kinds = list(dict.fromkeys(each.kind for each in group.recent))
    words = " or ".join(named(kind).told for kind in kinds[:3])
    return f"{words} in {code(latest.step, 80)}" if latest.step else words


def _workflows(group: Group) -> list[str]:
    known = group.labels.get("workflow")
    found = [known] if known else [each.workflow for each in group.recent]
    return list(dict.fromkeys(found)) or ["a workflow"]


def _told(group: Group) -> str:
    if group.is_firing:
        return happened(group)
    after = lasted(group.first_at, group.recovered_at)
    why = f": {said(group.ended_because, 100)}" if group.ended_because else ""
    return f"{word_over(group)}{f' after {after}' if after else ''}{why}"


def word_over(group: Group) -> str:
    """That an alert is over: well again only where something says so."""
    if group.state is State.RECOVERED:
        return "recovered"
    return "is over" if group.recovered_at else "is not followed any more"


def _often(group: Group) -> str:
    return f" ({times(group.count)})" if group.count > 1 else ""


def _first(group: Group, setting: Setting) -> str:
    name = bold(_workflows(group)[0]) if len(_workflows(group)) == 1 else f"*{subject(group)}*"
    if group.is_firing:
        mention = f"\n{setting.mention}" if setting.mention else ""
        return f"{sign(group)} {name} {happened(group)} · {_count(group)}{mention}"
    return f"{sign(group)} {name} {_told(group)} · {_over(group)}"


def _count(group: Group) -> str:
    if group.count == 1:
        return date(group.first_at)
    back = f", came back {many(group.returns, 'time')}" if group.returns else ""
    return f"*{times(group.count)}* since {date(group.first_at)}{back}"


def _over(group: Group) -> str:
    """When it was over, how often it happened, and what ended it."""
    word = named(group.kind).short
    times = f"{word} {group.count:,} times" if group.count > 1 else f"{word} once"
    parts = [date(group.recovered_at)] if group.recovered_at else []
    parts += [f"{times}, first {date(group.first_at)}"]
    if group.recovered_by:
        parts.append(f"by {code(group.recovered_by, 120)}")
    return " · ".join(parts)


def _error(group: Group) -> Iterator[Block]:
    latest = group.recent[-1]
    if latest.error:
        yield preformatted(quoted(latest.error))
    if latest.note and group.is_firing:
        yield context(said(latest.note, 300))


def _about(group: Group) -> Iterator[Block]:
    """What it waits for, which bound was passed, when it is tried next."""
    if not group.is_firing:
        return
    lines = list(dict.fromkeys(line for each in group.recent[-_WAITS:] for line in _why(each)))
    if lines:
        yield section("\n".join(lines))


def _why(each: Occurrence) -> Iterator[str]:
    if each.kind is Kind.WAITING:
        yield f"🟡 *Waits for:* {said(each.label or 'an answer', 200)}"
    if each.bound:
        yield f"🐌 *Bound:* {said(each.bound, 200)}"
    if each.kind is Kind.RETRYING and each.attempts:
        yield f"🔁 {many(each.attempts, 'attempt')} so far"
    if each.schedule_id:
        yield f"🗓️ *Schedule* {code(each.schedule_id, 120)}{_next(each)}"
    if each.failures:
        yield f"❌ {many(each.failures, 'execution')} in a row did not complete"


def _next(each: Occurrence) -> str:
    if each.next_at is None:
        return ""
    return f" · {'was due' if each.kind is Kind.SCHEDULE_MISSED else 'next'} {date(each.next_at)}"


def _executions(group: Group, url: Url) -> Iterator[Block]:
    """The latest executions, each once and the newest first."""
    latest = {each.execution_id: each for each in group.recent if each.execution_id}
    lines = [_execution(each, url) for each in list(latest.values())[::-1][:_EXECUTIONS]]
    if lines:
        yield section("\n".join(lines))


def _execution(each: Occurrence, url: Url) -> str:
    execution_id = each.execution_id or ""
    page = url(execution_id)
    took = f" · after {duration_words(each.duration_ms)}" if each.duration_ms else ""
    door = f" · {link(page, 'open in the console')}" if page else ""
    return f"{code(execution_id, 300)} · {date(each.at)}{took}{door}"


def _small_print(group: Group, setting: Setting) -> Iterator[str]:
    subscription = setting.subscription
    yield f"alert {code(group.id)} · subscription {code(subscription.id)} of " + said(
        subscription.created_name or subscription.created_by, 60
    )
    if group.acknowledged_at and group.is_firing:
        yield _acknowledged(group, group.acknowledged_at)
    if group.muted_until and group.is_firing:
        yield f"🔕 muted by {said(group.muted_name, 60)} until {date(group.muted_until)}"
    reminder = next_reminder(group, subscription.wanted, setting.now)
    if reminder and subscription.wanted.mode != "digest":
        yield f"reminder {date(reminder)}"
    if quiet_until(subscription.wanted.quiet, group.created_at):
        yield "🌙 held in quiet hours"
    if group.gap:
        yield lateness(group.gap)
    elif group.late:
        yield f"found late, {date(group.created_at)}: nobody looked when it happened"


def _acknowledged(group: Group, at: datetime) -> str:
    who = f"👀 {said(group.acknowledged_name or 'somebody', 60)} looks after it since {date(at)}"
    again = group.since_acknowledged
    return f"{who}; it happened {many(again, 'more time')} since" if again else who
