"""What became of an act: messages, stops, and everything that only says that it is done."""

from collections.abc import Iterator

from bot.blocks import section
from bot.mrkdwn import code, line
from bot.render import rich
from bot.render.dispatch import page
from bot.render.executions import fewer
from bot.render.files import shown_json
from bot.render.offers import Offer, offer
from bot.render.page import Page, View
from bot.render.words import many
from shared.results import Answer, Done, Outcome, Outcomes

_ANSWERS = {
    "query": "💬 {who} answers the query {what}",
    "signal": "📨 {who} has been sent the signal {what}",
    "update": "📝 {who} has taken the update {what}",
    "input": "✅ {who} has been answered: {what}",
}
_ASKED = {"cancel": "asked to stop", "terminate": "terminated"}
_SIGNS = {"cancel": "⛔", "terminate": "🛑"}


@page.register
def _(result: Answer, view: View) -> Page:
    said = _ANSWERS[result.kind].format(
        who=code(result.execution_id),
        what=line(result.name, 200) if result.kind == "input" else code(result.name),
    )
    has_value = result.kind in ("query", "update")
    name = f"{result.kind}-{result.name}"
    shown, files = shown_json("Answer", name, result.value) if has_value else ([], [])
    again = [view.again("Ask again")] if result.kind == "query" else []
    return Page(
        text=f"{said}.",
        head=[section(f"{said}."), *shown],
        offers=[*again, *_look(result.execution_id, view)],
        files=files,
    )


@page.register
def _(result: Outcomes, view: View) -> Page:
    count, good = len(result.outcomes), [each for each in result.outcomes if each.ok]
    sign = _SIGNS[result.act] if good else "❌"
    if count == 1 and good:
        said = f"{sign} {code(good[0].execution_id)} was {_ASKED[result.act]}"
    else:
        said = f"{sign} {len(good)} of {many(count, 'execution')} {_ASKED[result.act]}"
    rows = [rich.paragraph(*_outcome(each)) for each in result.outcomes]
    return Page(
        text=f"{said}.",
        head=[section(f"{said}.")],
        rows=[[row] for row in rows],
        offers=_look(result.outcomes[0].execution_id, view) if count == 1 else [],
        rest=lambda shown: (fewer(shown, count, view)[0], None),
    )


@page.register
def _(result: Done, view: View) -> Page:
    me = result.execution_id
    return Page(
        text=f"✅ {line(result.message, 500)}",
        head=[rich.paragraph(rich.text("✅ "), *_done(result))],
        offers=_look(me, view) if me else [],
    )


def _outcome(outcome: Outcome) -> Iterator[rich.Piece]:
    yield rich.text("✅ " if outcome.ok else "❌ ")
    yield rich.code(outcome.execution_id, 120)
    if outcome.message:
        yield rich.text(" ")
        yield rich.prose(outcome.message, 300)


def _done(result: Done) -> Iterator[rich.Piece]:
    yield rich.prose(result.message, 500)
    ids = {"run": result.run_id}
    for name, value in ids.items():
        if value:
            yield rich.text(f"\nnew {name} ")
            yield rich.code(value)


def _look(execution_id: str, view: View) -> list[Offer]:
    return [] if view.thread else [offer("get_execution", {"execution_id": execution_id})]
