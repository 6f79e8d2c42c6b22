"""Alerts: who hears of what, what that would have brought, and what fires now."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.alerts.words import lateness, times
from bot.alerts.words import said as named
from bot.blocks import section, small_print
from bot.buttons import confirmation
from bot.message import Block
from bot.mrkdwn import code, date, in_utc, line
from bot.render import rich
from bot.render.dispatch import page
from bot.render.executions import fewer
from bot.render.offers import Offer, overflow
from bot.render.page import Page, View
from bot.render.rich import Piece
from bot.render.spoken import spoken
from bot.render.words import dotted, many
from shared.alerts.finding import Kind
from shared.alerts.gap import Gap
from shared.operation import Effect
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
from shared.text import ago_words

# A word in capitals is none.
_CHANNEL = re.compile(r"[CG](?=[A-Z]*\d)[A-Z0-9]{6,20}", re.ASCII)
_SHOWN = 6
_OVER = {"recovered": "✅", "ended": "▫️"}


@page.register
def _(result: AlertSubscriptions, view: View) -> Page:
    count = len(result.subscriptions)
    if not count:
        words = "No subscription brings alerts here. `alerts subscribe` makes one."
        return Page(text=words, head=[section(words)], offers=_writing([_SUBSCRIBE], view))
    firing = sum(each.firing for each in result.subscriptions)
    told = dotted([many(count, "subscription"), f"{many(firing, 'alert')} firing"])
    return Page(
        text=f"🔔 {told}.",
        head=[section(f"🔔 *{told}*")],
        rows=[[_subscription_row(each, view)] for each in result.subscriptions],
        offers=[*_writing([_SUBSCRIBE], view), Offer("What fires", "list_alerts")],
        rest=lambda shown: (fewer(shown, count, view)[0], None),
    )


@page.register
def _(result: AlertSubscriptionDetail, view: View) -> Page:
    mine, preview = result.subscription, result.preview
    return Page(
        text=f"🔔 {code(mine.subscription_id)} tells of {line(mine.filter, 400)}.",
        head=[
            rich.paragraph(*_about(mine)),
            section(_where(mine)),
            *_warnings(mine),
            *_preview(preview, view),
        ],
        offers=[*_writing(_changes(mine), view), Offer("What fires", "list_alerts")],
    )


@page.register
def _(result: Alerts, view: View) -> Page:
    count = len(result.alerts)
    looked = _swept(result, view)
    again = [view.again("Refresh")] if view.name else []
    if not count:
        words = "✅ Nothing fires."
        return Page(text=words, head=[section(words), looked], offers=again)
    firing = sum(each.state == "firing" for each in result.alerts)
    title = many(count, "alert") + (f", {firing:,} firing" if firing < count else " firing")
    return Page(
        text=f"🔔 {title}.",
        head=[section(f"🔔 *{title}*"), looked],
        rows=[[_alert_row(each, view)] for each in result.alerts],
        offers=again,
        rest=lambda shown: (fewer(shown, count, view)[0], None),
    )


@page.register
def _(result: AlertDetail, view: View) -> Page:
    alert = result.alert
    return Page(
        text=f"{_sign(alert)} {headline(alert)}",
        head=[section(_first(alert)), _reason(alert), section(_small(alert))],
        offers=_alert_offers(alert, view),
    )


def trial(
    what: str, manner: str, preview: AlertPreview | None, notes: Sequence[str], view: View
) -> list[Block]:
    """What a filter was understood as that nobody subscribed to yet, and would have brought."""
    understood = rich.paragraph(rich.text("🔔 Tells of "), *_understood(what, manner))
    said = [small_print(*map(spoken, notes))] if notes else []
    return [understood, *_preview(preview, view), *said]


_SUBSCRIBE = Offer("Subscribe…", "create_alert_subscription", style="primary")


def _subscription_row(each: AlertSubscription, view: View) -> Block:
    state = f"🔴 {each.firing:,} firing" if each.firing else "quiet"
    small = dotted([state, channel_words(each.channel), line(each.manner, 120), _muted(each)])
    error = f"\n⚠️ {line(each.error, 200)}" if each.error else ""
    me = {"subscription_id": each.subscription_id}
    options = [Offer("Show", "show_alert_subscription", me), *_writing(_changes(each), view)]
    return section(
        f"{code(each.subscription_id)} {line(each.filter, 250)}\n{small}{error}",
        accessory=overflow(options),
    )


def _changes(each: AlertSubscription) -> list[Offer]:
    me = {"subscription_id": each.subscription_id}
    asks = confirmation(
        "Unsubscribe?",
        f"{each.subscription_id} will bring no alerts any more. Those that are shown stay.",
        "Unsubscribe",
        "Keep it",
    )
    mute = Offer("Mute 1 hour", "mute_alert_subscription", {**me, "duration": "1h"})
    unmute = Offer("Unmute", "unmute_alert_subscription", me)
    return [
        Offer("Edit…", "edit_alert_subscription", me),
        unmute if each.muted_until else mute,
        Offer("Test", "test_alert_subscription", me),
        Offer("Unsubscribe", "delete_alert_subscription", me, "danger", asks),
    ]


def _writing(offers: list[Offer], view: View) -> list[Offer]:
    return offers if view.offers(Effect.WRITE) else []


def _about(mine: AlertSubscription) -> Iterator[Piece]:
    yield rich.text("🔔 ")
    yield rich.code(mine.subscription_id)
    yield rich.text(" tells of ")
    yield from _understood(mine.filter, mine.manner)


def _understood(what: str, manner: str) -> Iterator[Piece]:
    yield rich.strong(rich.prose(what, 500)["text"])
    yield rich.text("\n")
    yield rich.prose(manner, 300)


def _where(mine: AlertSubscription) -> str:
    made = f"made by {line(mine.created_by, 80)} {date(mine.created_at)}"
    firing = f"🔴 {many(mine.firing, 'alert')} firing" if mine.firing else ""
    return dotted([f"in {channel_words(mine.channel)}", made, firing, _muted(mine)])


def _warnings(mine: AlertSubscription) -> list[Block]:
    return [section(f"⚠️ {line(mine.error, 400)}")] if mine.error else []


def _muted(each: AlertSubscription) -> str:
    if each.muted_until is None:
        return ""
    by = f" by {line(each.muted_by, 60)}" if each.muted_by else ""
    return f"🔕 muted until {date(each.muted_until)}{by}"


def channel_words(written: str) -> str:
    """A channel as a link, or its name as it was written."""
    return f"<#{written}>" if _CHANNEL.fullmatch(written) else line(written, 100)


def _preview(preview: AlertPreview | None, view: View) -> Iterator[Block]:
    """What it would have brought, so that nobody has to wait to see whether the filter is right."""
    if preview is None:
        return
    hours = round((in_utc(view.now) - in_utc(preview.since)).total_seconds() / 3_600)
    least = "" if preview.complete else "at least "
    total = len(preview.alerts) + preview.more_alerts
    told = f"In the last {many(hours, 'hour')} it would have matched {least}{preview.matched:,} of "
    told += f"{many(preview.looked_at, 'ended execution')}"
    yield section(f"{told}, as {many(total, 'alert')}." if preview.matched else f"{told}.")
    shown = rich.lines(map(_previewed, preview.alerts[:_SHOWN]))
    if shown:
        yield shown


def _previewed(alert: PreviewedAlert) -> Iterator[Piece]:
    yield rich.text(f"• {times(alert.count)} ")
    names = sorted(alert.labels, key=lambda name: name != "workflow")
    told = " · ".join(alert.labels[name] for name in names if alert.labels[name])
    yield rich.prose(told or "all together", 200)
    yield rich.text(", last ")
    yield rich.date(alert.last_at)
    if alert.execution_ids:
        yield rich.text(" ")
        yield rich.code(alert.execution_ids[0], 80)


def _swept(result: Alerts, view: View) -> Block | None:
    if result.swept_at is None:
        return None
    return rich.paragraph(rich.faint(f"All was looked at {_ago(result.swept_at, view)}."))


def _ago(moment: datetime, view: View) -> str:
    return ago_words(in_utc(moment), in_utc(view.now))


def _alert_row(alert: AlertRow, view: View) -> Block:
    why = alert.error or alert.label
    parts = [_first(alert), line(why, 160) if why else "", _small(alert)]
    return section("\n".join(filter(None, parts)), accessory=overflow(_alert_offers(alert, view)))


def _first(alert: AlertRow) -> str:
    return f"{_sign(alert)} *{headline(alert)}*"


def _small(alert: AlertRow) -> str:
    """How often and since when, the latest of it, where it is shown, and who looks after it."""
    since = date(alert.first_at) if alert.count == 1 else f"since {date(alert.first_at)}"
    last = f"last {code(alert.execution_ids[0], 120)}" if alert.execution_ids else ""
    small = [
        f"{times(alert.count)} {since}",
        last,
        channel_words(alert.channel),
        code(alert.alert_id),
    ]
    if alert.acknowledged_by:
        small.append(f"👀 {line(alert.acknowledged_by, 60)}")
    if alert.muted_until:
        small.append(f"🔕 until {date(alert.muted_until)}")
    if alert.recovered_at:
        small.append(f"recovered {date(alert.recovered_at)}")
    if alert.ended_because:
        small.append(f"over: {line(alert.ended_because, 100)}")
    if alert.late:
        small.append(_late(alert))
    return dotted(small)


def _late(alert: AlertRow) -> str:
    if alert.unseen_since is None:
        return "found late"
    since, until, cause = alert.unseen_since, alert.unseen_until, alert.unseen_cause
    return lateness(Gap(since=since, until=until, cause=cause))


def headline(alert: AlertRow) -> str:
    """What happened, as markup."""
    what = alert.workflow or alert.schedule_id or "workflows"
    step = f" in {line(alert.step, 60)}" if alert.step else ""
    return f"{line(what, 100)} {_words(alert.kind)}{step}"


def _words(kind: str) -> str:
    known = kind in [*Kind]
    return named(Kind(kind)).told if known else line(kind.replace("_", " "), 60)


def _sign(alert: AlertRow) -> str:
    if alert.state in _OVER:
        return _OVER[alert.state]
    return named(Kind(alert.kind)).sign if alert.kind in [*Kind] else "🔔"


def _reason(alert: AlertRow) -> Block | None:
    why = alert.error or alert.label
    return rich.preformatted(why[:300]) if why else None


def _alert_offers(alert: AlertRow, view: View) -> list[Offer]:
    me = {"alert_id": alert.alert_id}
    found = [Offer("Show", "open_alert", me)]
    if alert.state == "firing" and view.offers(Effect.WRITE):
        looked_after = alert.acknowledged_by and not alert.since_acknowledged
        taken = [] if looked_after else [Offer("Acknowledge", "acknowledge_alert", me)]
        mute = Offer("Mute 1 hour", "acknowledge_alert", {**me, "mute_for": "1h"})
        found = [*taken, mute, *found]
    if alert.execution_ids:
        last = {"execution_id": alert.execution_ids[0]}
        found += [Offer("Status", "get_execution", last)]
    return found
