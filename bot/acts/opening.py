"""Requests for a form, from cards, the App Home and shortcuts."""

from collections.abc import Mapping
from typing import Any

from bot.acts.filling import allow
from bot.acts.forms import show_form
from bot.acts.lookup import last_input, workflow_detail
from bot.acts.operate import operate
from bot.blocks import actions, section
from bot.buttons import button
from bot.forms import MOST_CHOICES, Draft, launcher_draft, launcher_view, start_form
from bot.message import Block, Message
from bot.views import NoTrigger, open_view
from bot.visit import Visit
from shared.operations.workflows import ListWorkflows, list_workflows
from shared.results import WorkflowRow

_PAGE = 200


async def open_start(visit: Visit) -> None:
    """The form of a workflow, filled in like another execution where one is named."""
    if not visit.arguments.get("workflow"):
        await open_launcher(visit)
        return
    allow(visit, "start_workflow")
    await show_form(visit, "Start a workflow", _start_again(visit))


async def open_signal(visit: Visit) -> None:
    """The form of a signal."""
    await operate(visit.asking("signal_execution", visit.arguments))


async def open_query(visit: Visit) -> None:
    """The form of a query."""
    await operate(visit.asking("query_execution", visit.arguments))


async def open_update(visit: Visit) -> None:
    """The form of an update."""
    await operate(visit.asking("update_execution", visit.arguments))


async def open_terminate(visit: Visit) -> None:
    """The form that asks for a reason."""
    await operate(visit.asking("terminate_executions", visit.arguments))


async def open_reset(visit: Visit) -> None:
    """The form with the reset points."""
    await operate(visit.asking("reset_execution", visit.arguments))


async def open_launcher(visit: Visit) -> None:
    """All workflows to choose from."""
    try:
        await open_view(visit.modal, "Start a workflow", _launcher(visit))
    except NoTrigger:
        text = "Which workflow? The list of them opens from a button."
        door = button("Choose a workflow", "open_launcher", visit.arguments, style="primary")
        await visit.answer(Message(text, (section(text), actions(door))))


async def _start_again(visit: Visit) -> Draft:
    given: dict[str, Any] = dict(visit.arguments)
    like = given.pop("like", None)
    if like is not None:
        known = await last_input(visit, str(like))
        given["input"] = known if isinstance(known, Mapping) else {}
    return start_form(await workflow_detail(visit, str(given["workflow"])), given)


async def _launcher(visit: Visit) -> Block:
    found, is_cut = await _workflows(visit)
    payload = {
        "launcher": launcher_draft(found),
        "origin": visit.origin.kept(),
        "given": dict(visit.arguments),
    }
    draft_id = await visit.parts.drafts.keep(payload)
    return launcher_view(found, draft_id, is_cut=is_cut)


async def _workflows(visit: Visit) -> tuple[tuple[WorkflowRow, ...], bool]:
    """As many as a menu can hold, and whether there are more."""
    found: list[WorkflowRow] = []
    cursor: str | None = None
    while len(found) < MOST_CHOICES:
        page = await list_workflows(visit.context, ListWorkflows(limit=_PAGE, cursor=cursor))
        found += page.workflows
        cursor = page.cursor
        if cursor is None:
            return tuple(found), False
    return tuple(found[:MOST_CHOICES]), True
