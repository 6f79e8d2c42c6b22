"""Workflows and their registrations."""

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel

from shared.api.answers import json_content, parsed
from shared.api.endpoints import Endpoints
from shared.api.request import ApiRequest, query
from shared.ids import named, path_segment
from shared.models import Registration, RegistrationPage, Workflow, WorkflowPage

_PATH = "/v1/workflows"
_REGISTRATIONS = f"{_PATH}/registrations"


class Workflows(Endpoints):
    """Endpoints under /v1/workflows for what can be started."""

    async def list_workflows(
        self,
        *,
        status: Sequence[str] | None = None,
        include_shared: bool = True,
        available_in_chat_assistant: bool | None = None,
        deployment_name: Sequence[str] | None = None,
        deployment_status: Literal["active", "inactive"] | None = None,
        archived: bool | None = None,
        tags: Sequence[str] | None = None,
        order: Literal["asc", "desc"] = "asc",
        cursor: str | None = None,
        limit: int = 50,
        active_only: bool = False,
        search: str | None = None,
    ) -> WorkflowPage:
        """A page of workflows, by display name; `archived` unset means both."""
        asked = query(
            status=status,
            include_shared=include_shared,
            available_in_chat_assistant=available_in_chat_assistant,
            deployment_name=deployment_name,
            deployment_status=deployment_status,
            archived=archived,
            tags=tags,
            sort_by="display_name",
            order=order,
            cursor=cursor,
            limit=limit,
            active_only=active_only,
            search=search,
        )
        return await self._get(
            WorkflowPage, ApiRequest("list workflows", "GET", _PATH, query=asked)
        )

    async def get_workflow(self, identifier: str) -> Workflow:
        """A workflow by name or id."""
        request = ApiRequest(
            f"read workflow {named(identifier)}",
            "GET",
            f"{_PATH}/{path_segment(identifier, 'workflow')}",
        )
        return await self._unwrapped(Workflow, request, "workflow")

    async def list_registrations(
        self,
        *,
        workflow_id: str | None = None,
        task_queue: str | None = None,
        active_only: bool = False,
        include_shared: bool = True,
        workflow_name: str | None = None,
        workflow_search: str | None = None,
        archived: bool | None = None,
        with_workflow: bool = False,
        available_in_chat_assistant: bool | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> RegistrationPage:
        """A page of registrations; `workflow_name` is exact and newer than client 2.10.1."""
        asked = query(
            workflow_id=workflow_id,
            task_queue=task_queue,
            active_only=active_only,
            include_shared=include_shared,
            workflow_name=workflow_name,
            workflow_search=workflow_search,
            archived=archived,
            with_workflow=with_workflow,
            available_in_chat_assistant=available_in_chat_assistant,
            limit=limit,
            cursor=cursor,
        )
        request = ApiRequest("list workflow registrations", "GET", _REGISTRATIONS, query=asked)
        return await self._get(RegistrationPage, request)

    async def get_registration(
        self, registration_id: str, *, with_workflow: bool = False, include_shared: bool = True
    ) -> Registration:
        """What one version of a workflow takes, gives and understands."""
        request = ApiRequest(
            f"read workflow registration {named(registration_id)}",
            "GET",
            f"{_REGISTRATIONS}/{path_segment(registration_id, 'registration id')}",
            query=query(with_workflow=with_workflow, include_shared=include_shared),
        )
        # The answer has the same object twice, the second time under its old name.
        return await self._unwrapped(
            Registration, request, "workflow_registration", "workflow_version"
        )

    async def _unwrapped[M: BaseModel](self, model: type[M], request: ApiRequest, *names: str) -> M:
        response = await self._exchange.send(request)
        content = json_content(request, response)
        present = [name for name in names if isinstance(content, dict) and name in content]
        return parsed(model, request, response, content[present[0]] if present else {})
