"""A digest: one message for all that a subscription brought in a window of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.alerts.card import Setting, sign
from bot.alerts.words import said as named
from bot.blocks import actions, context, section, table
from bot.buttons import choose
from bot.message import Block, Message
from bot.mrkdwn import date, in_utc, plain
from bot.questions.words import many, said
from bot.render.page import BUDGET, size
from shared.alerts.groups import Group
from shared.text import one_line

_ROWS = 20
_CELL = 140


@dataclass(frozen=True, slots=True)
class Part:
    """An alert, and how often it happened in the window."""

    group: Group
    fresh: int


def digest(parts: Sequence[Part], since: datetime, until: datetime, setting: Setting) -> Message:
    """The message of a window; the alerts that happened most come first."""
    ordered = sorted(parts, key=lambda part: (-part.fresh, part.group.last_at))
    total, over = sum(part.fresh for part in parts), sum(not p.group.is_firing for p in parts)
    told = f"{many(total, 'occurrence')} of {many(len(parts), 'alert')}"
    told += f", {over:,} of them over" if over else ""
    still = sum(p.group.is_firing and not p.fresh for p in parts)
    told += f", {still:,} still firing" if still else ""
    heading = f"🗞️ {told} · {date(since)} to {date(until, '{time}')}"
    mention = setting.mention if any(part.group.is_firing for part in parts) else ""
    wanted = setting.subscription
    small = f"subscription `{wanted.id}` of {said(wanted.created_name, 60)}"
    first = section("\n".join(filter(None, (f"*{heading}*", mention))))
    made = ((first, *_listed(ordered, most, small)) for most in range(_ROWS, 0, -1))
    blocks = next(each for each in made if size(each) <= BUDGET)
    return Message(" ".join(filter(None, (heading, mention))), blocks)


def _listed(ordered: Sequence[Part], most: int, small: str) -> tuple[Block, ...]:
    """The first of them as a table and to choose from, and how many there are besides."""
    hidden = len(ordered) - most
    more = [f"{many(hidden, 'more alert')}: `alerts firing` lists them"] if hidden > 0 else []
    return (
        table([_HEAD, *map(_row, ordered[:most])]),
        context(small, *more),
        actions(_chooser(ordered[:most])),
    )


_HEAD = ("Workflow", "What", "Times", "Last", "Error")


def _row(part: Part) -> tuple[str, ...]:
    group, latest = part.group, part.group.recent[-1]
    words = named(group.kind)
    state = f"{words.sign} {words.short}" if group.is_firing else f"{sign(group)} {group.state}"
    step = f" in {one_line(latest.step, 60)}" if latest.step else ""
    times = f"{part.fresh:,}" if part.fresh == group.count else f"{part.fresh:,} of {group.count:,}"
    if not part.fresh and group.is_firing:
        state, times = f"{words.sign} still {words.short}", f"{group.count:,}, none new"
    when = f"{in_utc(group.last_at):%H:%M} UTC"
    why = one_line(latest.error or latest.label or latest.bound or "-", _CELL)
    return (plain(_name(group), 80), f"{state}{step}", times, when, why)


def _name(group: Group) -> str:
    return group.labels.get("workflow") or group.recent[-1].workflow


def _chooser(parts: Sequence[Part]) -> Block:
    return choose(
        "Look at one…",
        {
            plain(f"{at}. {_name(part.group)} {named(part.group.kind).short}", 75): (
                "open_alert",
                {"alert_id": part.group.id},
            )
            for at, part in enumerate(parts, 1)
        },
        "digest",
    )
