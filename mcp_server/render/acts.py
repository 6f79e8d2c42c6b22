"""What became of an act: messages, stops, and everything that only says that it is done."""

from mcp_server.render.dispatch import render
from mcp_server.render.page import Page, View
from mcp_server.render.words import cells, data, joined, quoted, word
from shared.results import Answer, Done, Outcome, Outcomes

_ANSWERS = {
    "query": "answers the query",
    "signal": "has been sent the signal",
    "update": "has accepted the update",
    "input": "has been given the input",
}


@render.register
def _(result: Answer, view: View) -> Page:
    head = [f"{word(result.execution_id)} {_ANSWERS[result.kind]} {word(result.name)}"]
    if result.kind in ("query", "update"):
        return Page([*head, f"answer: {data(result.value, 10_000)}"])
    return Page(head, tail=[_look(result.execution_id, view)])


@render.register
def _(result: Outcomes, view: View) -> Page:
    good = [outcome for outcome in result.outcomes if outcome.ok]
    asked = {"cancel": "asked to stop", "terminate": "terminated"}[result.act]
    return Page(
        head=[f"{len(good)} of {len(result.outcomes)} {asked}:"],
        rows=map(_outcome, result.outcomes),
        tail=[_look(good[0].execution_id, view)] if good and result.act == "cancel" else [],
    )


@render.register
def _(result: Done, view: View) -> Page:
    ids = {
        "execution": result.execution_id,
        "run": result.run_id,
        "schedule": result.schedule_id,
    }
    named = joined(*(f"{name} {word(value)}" for name, value in ids.items() if value))
    return Page([result.message, *([named] if named else [])])


def _outcome(outcome: Outcome) -> str:
    said = quoted(outcome.message) if outcome.message else "-"
    return cells(word(outcome.execution_id), "ok" if outcome.ok else "FAILED", said)


def _look(execution_id: str, view: View) -> str:
    return f"next: {view.call('get_execution', execution_id=execution_id)}"
