"""Workflows: which there are, and what one of them takes."""

from collections.abc import Iterator

from mcp_server.render.dispatch import render
from mcp_server.render.page import Page, View
from mcp_server.render.words import block, cells, data, joined, quoted, span, word
from shared.results import Handler, WorkflowDetail, WorkflowRow, Workflows


@render.register
def _(result: Workflows, view: View) -> Page:
    if not result.workflows:
        return Page(["No workflows match."], tail=view.more(result.cursor))
    return Page(
        head=[f"{len(result.workflows)} workflows:", "workflow|description|tags"],
        rows=map(_row, result.workflows),
        tail=view.more(result.cursor),
    )


@render.register
def _(result: WorkflowDetail, view: View) -> Page:
    return Page(
        head=_about(result),
        rows=map(_handler, result.handlers),
        tail=[f"start: {view.call('start_workflow', workflow=result.name, input=...)}"],
    )


def _row(row: WorkflowRow) -> str:
    state = " (archived)" if row.archived else ""
    says = row.description or row.display_name
    tags = ",".join(map(word, row.tags))
    return cells(word(row.name) + state, quoted(says, 100) if says else "-", tags or "-")


def _about(result: WorkflowDetail) -> Iterator[str]:
    active = {True: "active", False: "no active worker", None: ""}[result.active]
    yield joined(f"workflow {word(result.name)}", active, "archived" if result.archived else "")
    if result.display_name or result.description:
        says = (result.display_name, result.description)
        yield "about: " + " ".join(block(text, 1_000) for text in says if text)
    if result.tags:
        yield "tags: " + ", ".join(map(word, result.tags))
    if result.deployments:
        yield "deployments: " + ", ".join(map(word, result.deployments))
    if result.execution_timeout_seconds is not None:
        yield f"an execution may take {span(result.execution_timeout_seconds * 1_000)}"
    yield f"input schema: {data(result.input_schema)}"
    if result.output_schema is not None:
        yield f"output schema: {data(result.output_schema, 2_000)}"


def _handler(handler: Handler) -> str:
    says = quoted(handler.description, 200) if handler.description else ""
    takes = f"input {data(handler.input_schema, 1_500)}" if handler.input_schema else ""
    return joined(f"{handler.kind} {word(handler.name)}", says, takes)
