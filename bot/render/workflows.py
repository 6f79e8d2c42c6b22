"""Workflows: which there are, and what one of them takes."""

from collections.abc import Iterator

from bot.blocks import header, section
from bot.message import Block, File
from bot.mrkdwn import code, line
from bot.render import rich
from bot.render.dispatch import page
from bot.render.executions import fewer, pages
from bot.render.files import json_file
from bot.render.offers import offer
from bot.render.page import Page, View
from bot.render.rich import Piece
from bot.render.schemas import fields_block, is_whole_in_lines, names
from bot.render.words import dotted, many, span
from shared.operation import Effect
from shared.results import Handler, WorkflowDetail, WorkflowRow, Workflows
from shared.text import one_line, truncate

_HANDLERS = 12
_ABOUT = 900


@page.register
def _(result: Workflows, view: View) -> Page:
    count = len(result.workflows)
    if not count:
        words = "No workflows match."
        return Page(text=words, head=[section(words)], offers=pages(view, result.cursor))
    return Page(
        text=f"{many(count, 'workflow')}: {_few(result)}.",
        head=[section(f"*{many(count, 'workflow')}*")],
        rows=[[_row(row, view)] for row in result.workflows],
        offers=pages(view, result.cursor),
        rest=lambda shown: fewer(shown, count, view),
    )


@page.register
def _(result: WorkflowDetail, view: View) -> Page:
    me = {"workflow": result.name}
    inputs = fields_block(result.input_schema, "Input")
    return Page(
        text=f"{code(result.name)} is a workflow; {_state(result)}.",
        head=[
            header(result.display_name or result.name),
            _about(result),
            section(fields=list(_fields(result))),
            inputs or rich.paragraph(rich.text("It declares no input fields.")),
            rich.lines(map(_handler, result.handlers[:_HANDLERS]), "Answers to"),
        ],
        offers=[
            offer("start_workflow", me, style="primary"),
            offer("list_executions", me),
            offer("create_schedule", me),
            offer("list_schedules", me),
        ],
        files=_files(result),
    )


def _few(result: Workflows) -> str:
    shown = ", ".join(code(row.name, 60) for row in result.workflows[:5])
    return f"{shown} and {len(result.workflows) - 5} more" if len(result.workflows) > 5 else shown


def _row(row: WorkflowRow, view: View) -> Block:
    name = code(row.name) + (" · archived" if row.archived else "")
    title = row.display_name if row.display_name != row.name else None
    tags = " ".join(code(tag, 40) for tag in row.tags[:5])
    first = dotted([name, f"*{line(title, 80)}*" if title else "", tags])
    about = f"\n{line(row.description, 160)}" if row.description else ""
    me = {"workflow": row.name}
    start = offer("start_workflow", me)
    can_start = view.offers(Effect.WRITE) and not row.archived
    shown = start if can_start else offer("get_workflow", me)
    return section(first + about, accessory=shown.button())


def _about(result: WorkflowDetail) -> Block | None:
    if not result.description:
        return None
    return rich.paragraph(rich.text(truncate(result.description, _ABOUT)))


def _state(result: WorkflowDetail) -> str:
    if result.archived:
        return "it is archived"
    served = {True: "a worker serves it", False: "no worker serves it now"}
    return (
        served.get(result.active, "it can be started")
        if result.active is not None
        else ("it can be started")
    )


def _fields(result: WorkflowDetail) -> Iterator[str]:
    yield f"*Workflow*\n{code(result.name)}"
    sign = "🗄️ " if result.archived else {True: "✅ ", False: "⚠️ "}.get(bool(result.active), "")
    yield f"*State*\n{sign if result.active is not None or result.archived else ''}{_state(result)}"
    if result.deployments:
        yield "*Deployments*\n" + " ".join(code(each, 60) for each in result.deployments[:6])
    if result.tags:
        yield "*Tags*\n" + " ".join(code(each, 40) for each in result.tags[:8])
    if result.execution_timeout_seconds is not None:
        yield f"*May take*\n{span(result.execution_timeout_seconds * 1_000)}"


def _handler(handler: Handler) -> Iterator[Piece]:
    yield rich.text(f"• {handler.kind} ")
    yield rich.code(handler.name, 60)
    takes = names(handler.input_schema)
    if takes:
        yield rich.text(f" ({one_line(takes, 120)})")
    if handler.description:
        yield rich.text(f" - {one_line(handler.description, 140)}")


def _files(result: WorkflowDetail) -> list[File]:
    if result.input_schema is None or is_whole_in_lines(result.input_schema):
        return []
    title = "The schema of the input"
    return [json_file(f"{result.name}-input-schema", result.input_schema, title)]
