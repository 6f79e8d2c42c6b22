"""Workflows and the versions of them that deployments registered."""

from typing import Any

from pydantic import Field, model_validator

from shared.models.wire import Many, Wire


class Workflow(Wire):
    """A workflow; `active` (a worker serves it) is known of a single one, not of list rows."""

    id: str
    name: str
    display_name: str | None = None
    description: str | None = None
    archived: bool | None = False
    tags: Many[str] = Field(default_factory=list)
    active: bool | None = None
    type: str | None = None
    customer_id: str | None = None
    workspace_id: str | None = None
    shared_namespace: str | None = None
    available_in_chat_assistant: bool | None = None
    is_technical: bool | None = None
    metadata: dict[str, Any] | None = None


class WorkflowPage(Wire):
    """A page of workflows."""

    workflows: Many[Workflow]
    next_cursor: str | None = None


class HandlerDefinition(Wire):
    """A signal, query or update that a workflow understands; signals have no output."""

    name: str
    description: str | None = None
    input_schema: dict[str, Any] | None = None
    output_schema: dict[str, Any] | None = None


class CodeDefinition(Wire):
    """What a workflow takes, gives and understands; `execution_timeout` is in seconds."""

    input_schema: dict[str, Any] | None = None
    output_schema: dict[str, Any] | None = None
    signals: Many[HandlerDefinition] = Field(default_factory=list)
    queries: Many[HandlerDefinition] = Field(default_factory=list)
    updates: Many[HandlerDefinition] = Field(default_factory=list)
    enforce_determinism: bool | None = False
    on_behalf_of: bool | None = False
    execution_timeout: float | None = None
    plugin_metadata: dict[str, Any] | None = None


class Registration(Wire):
    """A version of a workflow as a deployment registered it."""

    id: str
    workflow_id: str
    definition: CodeDefinition
    active: bool | None = None
    deployment_id: str | None = None
    task_queue: str | None = None
    deployment_name: str | None = None
    compatible_with_chat_assistant: bool | None = False
    workflow: Workflow | None = None


class RegistrationPage(Wire):
    """A page of registrations, which the API sends twice: once under their old name."""

    workflow_registrations: Many[Registration]
    next_cursor: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _once(cls, page: Any) -> Any:
        if not isinstance(page, dict):
            return page
        old_name = page.get("workflow_versions")
        rest = {name: value for name, value in page.items() if name != "workflow_versions"}
        return {"workflow_registrations": old_name} | rest if old_name is not None else rest
