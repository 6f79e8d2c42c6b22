"""Who somebody is here, and what was done by whom."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.blocks import section
from bot.message import Block, Message
from bot.mrkdwn import line, user
from bot.people import Person
from bot.render import rich
from bot.render.executions import fewer
from bot.render.offers import Offer
from bot.render.page import Page, View, assemble
from bot.render.words import many, short_json
from shared.operation import Effect
from shared.text import one_line

_MAY = {
    Effect.READ: "look at everything",
    Effect.WRITE: "start, signal, answer and schedule",
    Effect.DESTRUCTIVE: "cancel, terminate, reset and delete",
}
_IN_SLACK = re.compile(
    r"slack (?P<channel>[CDG][A-Z0-9]+|direct) \((?P<by>[a-z]+)\)(?: (?P<url>https?://\S+))?"
)
_OUTCOMES = {"ok": "✅", "partly": "⚠️", "failed": "❌", "refused": "🔒", "started": "⏳"}
_ADMINS = (
    "More rights are given by whoever runs Workflow Ops, in WORKFLOW_OPS_SLACK_WRITERS (write) "
    "or WORKFLOW_OPS_SLACK_ADMINS (destructive)."
)


def render_whoami(person: Person, view: View) -> Message:
    """The person, their level, and what it allows and denies."""
    rows = [_may(effect, person.allow >= effect) for effect in _MAY]
    page = Page(
        text=f"You are {line(person.name)}; your level is {person.allow}.",
        head=[
            section(f"You are {user(person.id)} · level *{person.allow}*"),
            rich.lines(rows),
            rich.paragraph(rich.faint(_ADMINS)) if person.allow < Effect.DESTRUCTIVE else None,
            rich.paragraph(rich.text(f"⚠️{person.doubt}")) if person.doubt else None,
        ],
        offers=[Offer("Help", "help"), Offer("My watches", "watches")],
    )
    return assemble(page, view)


def render_audit(rows: Sequence[Mapping[str, Any]], view: View) -> Message:
    """The trail, newest first: who did what to what, where and with what outcome."""
    if not rows:
        words = "The audit trail has no such rows."
        return assemble(Page(text=words, head=[section(words)]), view)
    title = many(len(rows), "act")
    page = Page(
        text=f"The audit trail shows {title}, newest first.",
        head=[section(f"*Audit trail* · {title}, newest first")],
        rows=[[_row(row)] for row in rows],
        offers=[view.again("Refresh")] if view.name else [],
        rest=lambda shown: (fewer(shown, len(rows), view)[0], None),
    )
    return assemble(page, view)


def _may(effect: Effect, allowed: bool) -> list[rich.Piece]:
    sign = "✅" if allowed else "🔒"
    return [rich.text(f"{sign} "), rich.strong(str(effect)), rich.text(f": {_MAY[effect]}")]


def _row(row: Mapping[str, Any]) -> Block:
    return rich.paragraph(*_pieces(row))


def _pieces(row: Mapping[str, Any]) -> Iterator[rich.Piece]:
    outcome = str(row.get("outcome") or "")
    yield rich.text(f"{_OUTCOMES.get(outcome, '▫️')} {one_line(outcome, 20)} · ")
    if isinstance(moment := row.get("started_at"), datetime):
        yield rich.date(moment)
        yield rich.text(" · ")
    yield _actor(row)
    yield rich.text(" · ")
    yield rich.code(str(row.get("operation") or "-"), 60)
    for target in list(row.get("targets") or ())[:3]:
        yield rich.text(" ")
        yield rich.code(str(target), 60)
    yield from _place(str(row.get("place") or ""))
    told = _told(row)
    if told:
        yield rich.text(f"\n{told}")


def _actor(row: Mapping[str, Any]) -> rich.Piece:
    actor_id = str(row.get("actor_id") or "")
    if row.get("actor_kind") == "slack" and actor_id.isascii() and actor_id.isalnum():
        return rich.user(actor_id)
    return rich.prose(str(row.get("actor_name") or actor_id or "somebody"), 60)


def _place(written: str) -> Iterator[rich.Piece]:
    """Where it was asked for, as visits to this bot write it; places of other faces as they are."""
    found = _IN_SLACK.fullmatch(written)
    if found is None:
        yield rich.prose(f" · {written}" if written else "", 60)
        return
    if found["channel"].startswith("C"):
        yield rich.text(" · in ")
        yield rich.channel(found["channel"])
    else:
        yield rich.text(" · directly")
    yield rich.text(f" by {found['by']}")
    if found["url"]:
        yield rich.text(", ")
        yield rich.link(found["url"], "message")


def _told(row: Mapping[str, Any]) -> str:
    arguments = row.get("arguments")
    given = {
        name: value
        for name, value in (arguments.items() if isinstance(arguments, Mapping) else ())
        if name not in ("execution_id", "execution_ids", "schedule_id", "workflow")
    }
    parts = [
        short_json(given, 160) if given else "",
        one_line(str(row["error"]), 200) if row.get("error") else "",
    ]
    return " · ".join(part for part in parts if part)
