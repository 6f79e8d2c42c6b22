"""Which executions there are, and how one is doing."""

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from shared.arguments import Cursor, Id, Limit, Lines, Moment, Name, Statuses, Words
from shared.call import Effect
from shared.context import Context
from shared.errors import InvalidArguments, NotFound, RateLimited, Unavailable
from shared.ids import named
from shared.operation import Params, operation
from shared.operations.cursors import Place, seal, unseal
from shared.operations.definitions import find_workflow
from shared.operations.pending import WAITING_FILTER
from shared.operations.rows import execution_row
from shared.operations.snapshot import snapshot
from shared.operations.target import find
from shared.results import ExecutionDetail, Executions
from shared.times import parse_moment


class ListExecutions(Params):
    """The arguments of list_executions."""

    workflow: Name | None = None
    status: Statuses = ()
    search: Name | None = None
    since: Annotated[Moment | None, Field(description="Started since: 2h, 3d or ISO.")] = None
    until: Moment | None = None
    waiting: Annotated[bool, Field(description="Only those waiting for human input.")] = False
    root_execution_id: Annotated[Id | None, Field(description="A whole tree.")] = None
    deployment: Name | None = None
    tags: Words = ()
    search_key: Annotated[Lines, Field(max_length=3, description="key:similar or key==:exact")] = ()
    user: Annotated[Name | None, Field(description="User id or `current`.")] = None
    sort_by: Literal["start_time", "end_time"] | None = None
    order: Literal["asc", "desc"] = "desc"
    include_internal: bool = False
    limit: Limit = 20
    cursor: Cursor | None = None


class GetExecution(Params):
    """The arguments of get_execution."""

    execution_id: Id
    max_chars: Annotated[int, Field(ge=100, le=100_000, description="Bound of the result.")] = 4_000


@operation(
    command="list {workflow}",
    effect=Effect.READ,
    idempotent=True,
    examples=lambda: (
        ListExecutions(workflow="document-processing", status=("RUNNING", "FAILED"), since="2h"),
        ListExecutions(waiting=True),
    ),
)
async def list_executions(context: Context, params: ListExecutions) -> Executions:
    """List executions, newest first."""
    place = _window(context, params)
    page = await context.api.list_runs(
        workflow_identifier=params.workflow,
        root_execution_id=params.root_execution_id,
        search=params.search,
        status=params.status or None,
        deployment_name=params.deployment,
        sort_by=params.sort_by,
        order=params.order,
        start_time_after=place.since,
        start_time_before=place.until,
        user_id=params.user,
        workflow_tags=params.tags or None,
        include_internal=params.include_internal,
        page_size=params.limit,
        next_page_token=place.token or None,
        search_key=_search_keys(params),
    )
    notes: tuple[str, ...] = ()
    if params.workflow and not page.executions:
        notes = await _check_workflow(context, params.workflow)
    return Executions(
        executions=tuple(execution_row(each) for each in page.executions),
        cursor=seal(replace(place, token=token)) if (token := page.next_page_token) else None,
        notes=notes,
    )


@operation(
    command="status {execution_id}",
    effect=Effect.READ,
    idempotent=True,
    examples=lambda: (GetExecution(execution_id="order-41"),),
)
async def get_execution(context: Context, params: GetExecution) -> ExecutionDetail:
    """Show an execution: status, current steps, waiting inputs, children, result."""
    target = await find(context.api, params.execution_id, search_keys=True)
    return await snapshot(context, target, max_chars=params.max_chars)


async def _check_workflow(context: Context, name: str) -> tuple[str, ...]:
    """Pass where it exists: an empty list for a mistyped name reads like good news.

    The list is an answer of its own: where this cannot be looked up, that is a note.
    """
    try:
        await find_workflow(context.api, name)
    except (Unavailable, RateLimited) as error:
        return (f"Whether there is a workflow {named(name)} is not known now: {error}",)
    except NotFound as error:
        if not _is_status(name):
            raise
        said = f"There is no workflow '{name}'. For the status say status={name}."
        raise InvalidArguments(said) from error
    return ()


def _is_status(text: str) -> bool:
    try:
        ListExecutions.model_validate({"status": text})
    except ValidationError:
        return False
    return True


def _window(context: Context, params: ListExecutions) -> Place:
    # A cursor carries the window of its first page: `since=2h` must not move from page to page.
    if params.cursor:
        return unseal(params.cursor)
    now = context.clock()
    since, until = (
        parse_moment(text, now) if text else None for text in (params.since, params.until)
    )
    if since and until and since >= until:
        raise InvalidArguments(
            f"list_executions: nothing lies between since={params.since} and "
            f"until={params.until}, which is not later. Swap them?"
        )
    return Place("", since, until)


def _search_keys(params: ListExecutions) -> tuple[str, ...] | None:
    if not params.waiting:
        return params.search_key or None
    if len(params.search_key) > 2:
        raise InvalidArguments("list_executions: waiting leaves room for two search_key filters.")
    return (*params.search_key, WAITING_FILTER)
