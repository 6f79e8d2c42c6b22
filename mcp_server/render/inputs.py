"""Questions that wait for a person."""

from collections.abc import Iterator

from mcp_server.render.dispatch import render
from mcp_server.render.page import Page, View
from mcp_server.render.words import data, joined, quoted, stamp, word
from shared.results import PendingInput, PendingInputs


@render.register
def _(result: PendingInputs, view: View) -> Page:
    checked = f"{result.checked} execution{'s' * (result.checked != 1)} checked"
    if not result.pending_inputs:
        words = f"Nothing waits for a person ({checked})."
        return Page([words], tail=view.more(result.cursor))
    return Page(
        head=[f"{len(result.pending_inputs)} waiting for a person ({checked}):"],
        rows=[line for pending in result.pending_inputs for line in _answerable(pending, view)],
        tail=view.more(result.cursor),
    )


def input_lines(pending: PendingInput) -> Iterator[str]:
    """The question, what it is about, and what an answer looks like."""
    yield joined(
        "waits for a person",
        quoted(pending.label, 200) if pending.label else "",
        f"execution {word(pending.execution_id)}",
        word(pending.workflow) if pending.workflow else "",
        f"task_id {word(pending.task_id)}",
        f"asked {stamp(pending.asked_at)}" if pending.asked_at else "",
    )
    if pending.input not in (None, {}):
        yield f"  input of the execution: {data(pending.input, 300)}"
    if pending.input_schema is not None:
        yield f"  answer schema: {data(pending.input_schema, 2_000)}"


def _answerable(pending: PendingInput, view: View) -> Iterator[str]:
    yield from input_lines(pending)
    given = {"execution_id": pending.execution_id, "task_id": pending.task_id}
    yield f"  as a human decides: {view.call('submit_input', **given)}"
