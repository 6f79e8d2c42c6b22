"""One execution."""

from collections.abc import Iterable, Iterator

from mcp_server.render.dispatch import render
from mcp_server.render.executions import EXECUTIONS_HEADER, execution_row
from mcp_server.render.inputs import input_lines
from mcp_server.render.page import Page, View
from mcp_server.render.words import block, cells, data, joined, quoted, span, stamp, when, word
from shared.results import ExecutionDetail, Step


@render.register
def _(result: ExecutionDetail, view: View) -> Page:
    return Page(
        head=[*_state(result, view), *_outcome(result)],
        rows=[*_inputs(result), *step_lines(result.steps), *_children(result, view)],
    )


def step_lines(steps: Iterable[Step], title: str = "steps") -> list[str]:
    """A table of steps, empty when there are none."""
    rows = [_step(step) for step in steps]
    return [f"{title}:", "name|kind|state|attempts|took|says", *rows] if rows else []


def _state(result: ExecutionDetail, view: View) -> Iterator[str]:
    yield f"execution {word(result.execution_id)}: {word(result.status)}" + (
        ", still running after the wait" if result.still_running else ""
    )
    ended = f"ended {stamp(result.ended_at)}" if result.ended_at else ""
    took = f"took {span(result.duration_ms)}" if result.duration_ms is not None else ""
    yield joined(
        f"workflow {word(result.workflow)}",
        f"started {when(result.started_at, view.now)}",
        ended,
        took,
    )
    ids = {"run": result.run_id, "deployment": result.deployment, "parent": result.parent_id}
    if result.root_id != result.execution_id:
        ids["root"] = result.root_id
    if any(ids.values()):
        yield joined(*(f"{name} {word(value)}" for name, value in ids.items() if value))
    if result.search_keys:
        yield f"search keys: {data(result.search_keys, 500)}"
    if result.steps_done:
        yield f"steps done: {result.steps_done}"


def _outcome(result: ExecutionDetail) -> Iterator[str]:
    if result.error:
        yield f"error: {block(result.error)}"
    if result.result is not None or result.status == "COMPLETED":
        # Bounded by the operation, which knows how much was asked for.
        yield f"result: {data(result.result, 110_000)}"


def _inputs(result: ExecutionDetail) -> Iterator[str]:
    for pending in result.pending_inputs:
        yield from input_lines(pending)


def _children(result: ExecutionDetail, view: View) -> list[str]:
    rows = [execution_row(child, view) for child in result.children]
    return ["children:", EXECUTIONS_HEADER, *rows] if rows else []


def _step(step: Step) -> str:
    says = step.message or step.progress
    return cells(
        word(step.name) + (f" of {word(step.execution_id)}" if step.execution_id else ""),
        step.kind,
        word(step.state),
        str(step.attempts),
        span(step.duration_ms),
        quoted(says, 200) if says else "-",
    )
