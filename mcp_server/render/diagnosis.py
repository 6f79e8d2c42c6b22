"""What is wrong with an execution."""

from collections.abc import Iterator

from mcp_server.render.dispatch import render
from mcp_server.render.execution import step_lines
from mcp_server.render.executions import EXECUTIONS_HEADER, execution_row
from mcp_server.render.inputs import input_lines
from mcp_server.render.page import Page, View
from mcp_server.render.records import log_row
from mcp_server.render.trace import bar_line
from mcp_server.render.words import block, joined, numbers, quoted, span, when, word
from shared.results import Diagnosis

_MANY = 10


@render.register
def _(result: Diagnosis, view: View) -> Page:
    return Page(
        head=[*_verdict(result, view), *_failure(result)],
        rows=[*_open_ends(result, view), *_evidence(result)],
        tail=_points(result),
    )


def _verdict(result: Diagnosis, view: View) -> Iterator[str]:
    yield f"diagnosis of {word(result.execution_id)}: {quoted(result.headline, 500)}"
    yield joined(
        f"status {word(result.status)}",
        f"workflow {word(result.workflow)}",
        f"run {word(result.run_id)}" if result.run_id else "",
        f"started {when(result.started_at, view.now)}" if result.started_at else "",
        f"took {span(result.duration_ms)}" if result.duration_ms is not None else "",
    )


def _failure(result: Diagnosis) -> Iterator[str]:
    if result.stuck:
        attempts = f", attempt {result.attempts}" if result.attempts else ""
        yield f"stuck: its own code fails and is tried again for ever{attempts}"
    if result.error:
        yield f"error: {block(result.error)}"
    if result.failed_step:
        yield from step_lines([result.failed_step], "failed step")


def _open_ends(result: Diagnosis, view: View) -> Iterator[str]:
    yield from step_lines(result.running, "running now")
    for pending in result.pending_inputs:
        yield from input_lines(pending)
    if result.failed_children:
        yield from ("failed children:", EXECUTIONS_HEADER)
        yield from (execution_row(child, view) for child in result.failed_children[:_MANY])


def _evidence(result: Diagnosis) -> Iterator[str]:
    if result.logs:
        yield "last log lines:"
        yield from map(log_row, result.logs)
    if result.slowest:
        yield "slowest:"
        yield from map(bar_line, result.slowest[:_MANY])


def _points(result: Diagnosis) -> list[str]:
    points = result.reset_points
    return [f"reset points: {numbers(points[-_MANY:])}"] if points else []
