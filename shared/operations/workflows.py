"""Which workflows there are, and what each takes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shared.arguments import Cursor, Limit, Name, Words
from shared.call import Effect
from shared.context import Context
from shared.operation import Params, operation
from shared.operations.definitions import (
    SCHEMA_LIMIT,
    Kind,
    find_workflow,
    handlers,
    registrations_of,
)
from shared.results import Handler, WorkflowDetail, WorkflowRow, Workflows
from shared.text import bound_json

if TYPE_CHECKING:
    from shared.models import CodeDefinition, Registration, Workflow


class ListWorkflows(Params):
    """The arguments of list_workflows."""

    search: Name | None = None
    tags: Words = ()
    deployment: Name | None = None
    archived: bool = False
    limit: Limit = 50
    cursor: Cursor | None = None


class GetWorkflow(Params):
    """The arguments of get_workflow."""

    workflow: Name


@operation(
    command="workflows {search}",
    effect=Effect.READ,
    idempotent=True,
    examples=lambda: (ListWorkflows(), ListWorkflows(search="invoice")),
)
async def list_workflows(context: Context, params: ListWorkflows) -> Workflows:
    """List workflows that can be started."""
    page = await context.api.list_workflows(
        search=params.search,
        tags=params.tags,
        deployment_name=[params.deployment] if params.deployment else None,
        archived=params.archived,
        limit=params.limit,
        cursor=params.cursor,
    )
    rows = (
        WorkflowRow(
            name=each.name,
            display_name=each.display_name,
            description=each.description,
            tags=tuple(each.tags),
            archived=bool(each.archived),
        )
        for each in page.workflows
    )
    return Workflows(workflows=tuple(rows), cursor=page.next_cursor)


@operation(
    command="workflow {workflow}",
    effect=Effect.READ,
    idempotent=True,
    examples=lambda: (GetWorkflow(workflow="expense-approval"),),
)
async def get_workflow(context: Context, params: GetWorkflow) -> WorkflowDetail:
    """Show a workflow: input schema, signals, queries, updates, deployments."""
    workflow = await find_workflow(context.api, params.workflow)
    registrations = await registrations_of(context.api, workflow.id)
    return _detail(workflow, registrations)


def _detail(workflow: "Workflow", registrations: "Sequence[Registration]") -> WorkflowDetail:
    definition = registrations[0].definition if registrations else None
    deployments = {each.deployment_name for each in registrations if each.deployment_name}
    return WorkflowDetail(
        name=workflow.name,
        workflow_id=workflow.id,
        display_name=workflow.display_name,
        description=workflow.description,
        active=workflow.active,
        archived=bool(workflow.archived),
        tags=tuple(workflow.tags),
        deployments=tuple(sorted(deployments)),
        input_schema=_bounded(definition.input_schema) if definition else None,
        output_schema=_bounded(definition.output_schema) if definition else None,
        execution_timeout_seconds=definition.execution_timeout if definition else None,
        handlers=_handlers(definition) if definition else (),
        notes=_notes(workflow, registrations),
    )


def _handlers(definition: "CodeDefinition") -> tuple[Handler, ...]:
    kinds: tuple[Kind, ...] = ("signal", "query", "update")
    return tuple(
        Handler(
            kind=kind,
            name=each.name,
            description=each.description,
            input_schema=_bounded(each.input_schema),
        )
        for kind in kinds
        for each in handlers(definition, kind)
    )


def _bounded(schema: object) -> object:
    return None if schema is None else bound_json(schema, SCHEMA_LIMIT)


def _notes(workflow: "Workflow", registrations: "Sequence[Registration]") -> tuple[str, ...]:
    notes = []
    if workflow.active is False:
        notes.append("No worker serves it now: a started execution waits until one does.")
    if len(registrations) > 1:
        notes.append(f"It has {len(registrations)} registrations; the first one is shown.")
    return tuple(notes)
