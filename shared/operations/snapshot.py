"""Everything worth knowing about an execution now, of which each part may be missing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from shared.context import Context
from shared.errors import OpsError
from shared.operations.about import as_told, with_inputs_below
from shared.operations.event_pages import read_events
from shared.operations.parts import Parts
from shared.operations.pending import read_pending, says_waiting
from shared.operations.rows import execution_row, whole
from shared.operations.step_rows import is_done, step_rows
from shared.operations.target import Target
from shared.results import ExecutionDetail, ExecutionRow, NextStep, PendingInput, Step
from shared.secrets import safe_json
from shared.text import json_text

if TYPE_CHECKING:
    from shared.timeline.views import Picture

RESULT_LIMIT = 4_000
_DONE_SHOWN = 5
_STEPS_SHOWN = 30
_CHILDREN_SHOWN = 20
# A query hangs when no worker answers; the events tell what waits as well, only less surely.
_QUERY_SECONDS = 5
_TROUBLE = ("FAILED", "TIMED_OUT", "TERMINATED")


async def snapshot(
    context: Context,
    target: Target,
    *,
    max_chars: int = RESULT_LIMIT,
    still_running: bool | None = None,
    notes: Sequence[str] = (),
) -> ExecutionDetail:
    """The execution with its steps, its open questions, its children and its result."""
    parts = Parts()
    parts.notes += notes
    picture = await read_picture(context, target, parts)
    pending, children = await asyncio.gather(
        pending_inputs(context, target, picture, parts),
        child_rows(context, target, picture, parts),
    )
    execution = target.execution
    steps = step_rows(picture, context.clock())
    if len(json_text(execution.result)) > max_chars:
        parts.notes.append("The result is cut; raise max_chars to see more of it.")
    return ExecutionDetail(
        execution_id=target.id,
        run_id=execution.run_id or target.run_id,
        workflow=execution.workflow_name,
        status=execution.status,
        still_running=still_running,
        started_at=execution.start_time,
        ended_at=execution.end_time,
        duration_ms=whole(execution.total_duration_ms),
        deployment=execution.deployment_name,
        parent_id=execution.parent_execution_id,
        root_id=execution.root_execution_id if execution.root_execution_id != target.id else None,
        search_keys=execution.search_keys or {},
        steps=_worth_showing(steps),
        steps_done=sum(map(is_done, steps)),
        pending_inputs=tuple(pending),
        children=tuple(children),
        error=error_words(picture),
        result=safe_json(execution.result, max_chars),
        notes=tuple(parts.notes),
        next_steps=_next_steps(target, pending, picture),
    )


async def read_picture(context: Context, target: Target, parts: Parts) -> Picture:
    """What the events tell, held against the execution itself."""
    from shared.timeline import build

    events, complete = await parts.have("Events", read_events(context.api, target), ([], True))
    if not complete:
        parts.notes.append(f"Only the first {len(events):,} events were read: steps may be older.")
    return build(events, target.execution).picture


async def pending_inputs(
    context: Context, target: Target, picture: Picture, parts: Parts
) -> list[PendingInput]:
    """What the execution and those below it wait for; asked only where something hints at it."""
    if target.ended or target.past:
        return []
    hinted = {question.execution_id: question.workflow_name for question in picture.pending_inputs}
    if says_waiting(target.execution):
        hinted.setdefault(target.id, target.execution.workflow_name)
    answers = await asyncio.gather(*(_ask(context, *each) for each in hinted.items()))
    silent = [
        execution_id for execution_id, answer in zip(hinted, answers, strict=True) if answer is None
    ]
    if silent:
        parts.notes.append("No worker said what it waits for; this is what its events tell.")
    told = (pending for answer in answers for pending in answer or ())
    known = as_told(picture, [*told, *_told_by_events(picture, silent)])
    return await with_inputs_below(context.api, picture, known)


async def child_rows(
    context: Context, target: Target, picture: Picture, parts: Parts
) -> list[ExecutionRow]:
    """The direct children, where the events tell of any."""
    if not picture.children:
        return []
    root = target.execution.root_execution_id
    page = await parts.have(
        "Child executions",
        context.api.list_runs(root_execution_id=root, order="asc", page_size=100),
        None,
    )
    rows = [execution_row(each) for each in page.executions] if page else []
    children = [row for row in rows if row.parent_id == target.id]
    if len(children) > _CHILDREN_SHOWN:
        parts.notes.append(f"It has {len(children)} children or more; {_CHILDREN_SHOWN} are shown.")
    return children[:_CHILDREN_SHOWN]


def error_words(picture: Picture) -> str | None:
    """Why it failed, or keeps failing, and in which step."""
    if picture.code_error:
        attempt = picture.code_error.attempt
        again = f" (attempt {attempt}; it is tried for ever)" if attempt > 1 else ""
        return f"The workflow's own code fails: {picture.code_error.message}{again}"
    if picture.failure:
        where = f"{picture.failure.where}: " if picture.failure.where else ""
        return where + picture.failure.message
    return None


async def _ask(context: Context, execution_id: str, workflow: str) -> list[PendingInput] | None:
    try:
        async with asyncio.timeout(_QUERY_SECONDS):
            return await read_pending(context.api, execution_id, workflow)
    except (OpsError, TimeoutError):
        return None


def _told_by_events(picture: Picture, execution_ids: list[str]) -> list[PendingInput]:
    return [
        PendingInput(
            execution_id=question.execution_id,
            workflow=question.workflow_name,
            task_id=question.task_id,
            label=question.label,
            input_schema=question.schema,
        )
        for question in picture.pending_inputs
        if question.execution_id in execution_ids
    ]


def _worth_showing(steps: list[Step]) -> tuple[Step, ...]:
    """What is not done, and the last of what is, in the order they began."""
    done = [index for index, step in enumerate(steps) if is_done(step)]
    hidden = set(done[: -_DONE_SHOWN or None]) if len(done) > _DONE_SHOWN else set()
    shown = [step for index, step in enumerate(steps) if index not in hidden]
    return tuple(shown[-_STEPS_SHOWN:])


def _next_steps(
    target: Target, pending: list[PendingInput], picture: Picture
) -> tuple[NextStep, ...]:
    me = {"execution_id": target.id}
    if pending:
        first = pending[0]
        given = {"execution_id": first.execution_id, "task_id": first.task_id}
        return (NextStep(operation="submit_input", arguments=given, why="It waits for a human."),)
    if target.execution.status in _TROUBLE or picture.code_error:
        return (NextStep(operation="diagnose_execution", arguments=me, why="To learn why."),)
    if not target.ended:
        return (NextStep(operation="wait_for_execution", arguments=me),)
    return ()
