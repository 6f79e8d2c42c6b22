"""What fires, and who hears of it, on the App Home; pure."""

from collections.abc import Iterator, Sequence

from bot.blocks import context, section
from bot.buttons import button
from bot.message import Block
from bot.mrkdwn import bold, code, date, line
from bot.render.alerts import channel_words, headline
from bot.render.words import many
from shared.results import AlertRow, AlertSubscription

_SUBSCRIPTIONS = 8


def alert_rows(rows: Sequence[AlertRow] | None, *, may_write: bool) -> Iterator[Block]:
    """A row for each alert that fires."""
    for number, row in enumerate(rows or ()):
        me = {"alert_id": row.alert_id}
        looked_after = f" · 👀 {line(row.acknowledged_by, 60)}" if row.acknowledged_by else ""
        takes = may_write and (row.since_acknowledged or not row.acknowledged_by)
        door = (
            button("Acknowledge", "acknowledge_alert", me, tag=f"a{number}")
            if takes
            else button("Show", "open_alert", me, tag=f"a{number}")
        )
        small = f"{row.count:,} since {date(row.first_at)} · {channel_words(row.channel)}"
        yield section(f"*{headline(row)}*\n{small}{looked_after}", accessory=door)
    if not rows:
        yield context("Could not be read." if rows is None else "Nothing fires.")


def subscription_rows(
    rows: Sequence[AlertSubscription] | None, *, may_write: bool
) -> Iterator[Block]:
    """A row for each subscription that fits, with its mute, and how many more there are."""
    shown, hidden = (rows or ())[:_SUBSCRIPTIONS], (rows or ())[_SUBSCRIPTIONS:]
    for number, row in enumerate(shown):
        muted = f" · 🔕 until {date(row.muted_until)}" if row.muted_until else ""
        error = f"\n⚠️ {line(row.error, 160)}" if row.error else ""
        words = f"{bold(row.filter, 200)}\n{channel_words(row.channel)} · "
        words += f"{code(row.subscription_id)}{muted}{error}"
        yield section(words, accessory=_door(row, f"u{number}", may_write=may_write))
    if hidden:
        every = button("Show all", "list_alert_subscriptions", {"channel": "all"}, tag="u")
        words = f"and {many(len(hidden), 'more subscription')}: {code('alerts list channel=all')}"
        yield section(words, accessory=every)
    if rows is None:
        yield context("Subscriptions could not be read.")


def _door(row: AlertSubscription, tag: str, *, may_write: bool) -> Block:
    me = {"subscription_id": row.subscription_id}
    if not may_write:
        return button("Show", "show_alert_subscription", me, tag=tag)
    if row.muted_until is not None:
        return button("Unmute", "unmute_alert_subscription", me, tag=tag)
    given = {**me, "duration": "1h"}
    return button("Mute 1 hour", "mute_alert_subscription", given, tag=tag)
