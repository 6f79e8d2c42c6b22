"""What a workflow declares: its input, and the signals, queries and updates it answers to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from shared.errors import ApiError, InvalidArguments, NotFound, UnknownName
from shared.explain import did_you_mean, nearest, sentence
from shared.operations.checks import problems
from shared.text import one_line

if TYPE_CHECKING:
    from shared.api import WorkflowsApi
    from shared.models import CodeDefinition, HandlerDefinition, Registration, Workflow

type Kind = Literal["signal", "query", "update"]

# Faces make forms of schemas, so they are kept whole up to a size that no person would fill in.
SCHEMA_LIMIT = 20_000
_MOST_NEAR = 3

_PLURALS: dict[str, str] = {"signal": "signals", "query": "queries", "update": "updates"}


async def find_workflow(api: WorkflowsApi, name: str) -> Workflow:
    """The workflow of this name or id; raises UnknownName with the nearest ones."""
    try:
        return await api.get_workflow(name)
    except NotFound as error:
        known = await _known_names(api)
        hint = (
            did_you_mean(name, known) or f"; there are: {', '.join(sorted(known)[:20]) or 'none'}"
        )
        raise UnknownName(
            sentence(f"There is no workflow '{one_line(name, 80)}'{hint}"),
            name=name,
            near=tuple(nearest(name, known, _MOST_NEAR)),
            status=error.status,
            code=error.code,
            request_id=error.request_id,
        ) from error


async def _known_names(api: WorkflowsApi) -> list[str]:
    try:
        page = await api.list_workflows(limit=200)
    except ApiError:
        return []
    return [workflow.name for workflow in page.workflows]


async def registrations_of(
    api: WorkflowsApi, workflow_id: str, deployment: str | None = None
) -> list[Registration]:
    """The registrations that workers serve, or all where none is served."""
    active = await api.list_registrations(workflow_id=workflow_id, active_only=True)
    page = active if active.workflow_registrations else None
    page = page or await api.list_registrations(workflow_id=workflow_id)
    of_deployment = [r for r in page.workflow_registrations if r.deployment_name == deployment]
    return of_deployment or page.workflow_registrations


def input_problems(registrations: Sequence[Registration], value: Mapping[str, Any]) -> list[str]:
    """What is wrong with an input, unless at least one of the registrations takes it."""
    found = [problems(each.definition.input_schema, value) for each in registrations]
    return min(found, key=len, default=[])


def check_input(what: str, registrations: Sequence[Registration], value: Mapping[str, Any]) -> None:
    """Pass, or raise InvalidArguments with a line per field."""
    refuse(f"The input does not fit {what}", input_problems(registrations, value))


def refuse(what: str, found: Sequence[str]) -> None:
    """Raise InvalidArguments when something was found."""
    if found:
        raise InvalidArguments(f"{what}; nothing was sent.\n" + "\n".join(f"- {x}" for x in found))


def handlers(definition: CodeDefinition, kind: Kind) -> list[HandlerDefinition]:
    """The handlers of a kind, without the worker's own (`__submit_input` and the like)."""
    declared: list[HandlerDefinition] = getattr(definition, _PLURALS[kind])
    return [handler for handler in declared if not handler.name.startswith("__")]


def check_handler(
    registrations: Sequence[Registration], kind: Kind, name: str, value: Mapping[str, Any] | None
) -> None:
    """Pass what at least one registration declares and takes; raises InvalidArguments."""
    if not registrations:
        return
    declared = [h for each in registrations for h in handlers(each.definition, kind)]
    same = [handler for handler in declared if handler.name == name]
    if not same:
        raise InvalidArguments(unknown_handler(registrations, kind, name))
    found = [problems(handler.input_schema, value or {}) for handler in same]
    refuse(f"The input does not fit the {kind} {name}", min(found, key=len))


def unknown_handler(registrations: Sequence[Registration], kind: Kind, name: str) -> str:
    """That the workflow declares no such handler, and which ones it does."""
    known = sorted({h.name for each in registrations for h in handlers(each.definition, kind)})
    listed = f"It has: {', '.join(known)}" if known else f"It has no {_PLURALS[kind]}"
    hint = did_you_mean(name, known)
    missing = sentence(f"The workflow declares no {kind} '{one_line(name, 60)}'{hint}")
    return one_line(f"{missing} {listed}.", 600)
