"""A page of executions."""

from collections.abc import Iterator
from itertools import groupby

from mcp_server.render.dispatch import render
from mcp_server.render.page import Page, View
from mcp_server.render.words import age, cells, short_span, span, word
from shared.results import ExecutionRow, Executions

EXECUTIONS_HEADER = "execution_id|workflow|status|started ago|took"


@render.register
def _(result: Executions, view: View) -> Page:
    count = len(result.executions)
    if not count:
        return Page(["No executions match."], tail=view.more(result.cursor))
    return Page(
        head=[f"{count} execution{'s' * (count != 1)}, each: execution_id started-ago took"],
        rows=_grouped(result, view),
        tail=view.more(result.cursor),
    )


def execution_row(row: ExecutionRow, view: View) -> str:
    """A line of a table of executions."""
    return cells(
        word(row.execution_id),
        word(row.workflow),
        word(row.status),
        age(row.started_at, view.now),
        span(row.duration_ms),
    )


def _grouped(result: Executions, view: View) -> Iterator[str]:
    """Rows under the name of their workflow and their status: a page of fifty would cost a third
    more tokens with both in every row."""
    first = {_group(row): place for place, row in reversed([*enumerate(result.executions)])}
    ordered = sorted(result.executions, key=lambda row: first[_group(row)])
    for (workflow, status), rows in groupby(ordered, key=_group):
        lines = [_short_row(row, view) for row in rows]
        yield f"{word(workflow)} {word(status)}:\n{lines[0]}"
        yield from lines[1:]


def _group(row: ExecutionRow) -> tuple[str, str | None]:
    return row.workflow, row.status


def _short_row(row: ExecutionRow, view: View) -> str:
    started, took = age(row.started_at, view.now), short_span(row.duration_ms)
    child = " child" if row.parent_id else ""
    return f"{word(row.execution_id)} {started} {took}{child}"
