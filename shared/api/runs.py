"""Lists of executions, and single runs of one: the API keeps both under "runs"."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from shared.api.endpoints import Endpoints
from shared.api.request import ApiRequest, query
from shared.ids import named, path_segment
from shared.models import Execution, ExecutionPage, ReadablePage

_PATH = "/v1/workflows/runs"


class Runs(Endpoints):
    """Endpoints under /v1/workflows/runs."""

    async def list_runs(
        self,
        *,
        workflow_identifier: str | None = None,
        root_execution_id: str | None = None,
        search: str | None = None,
        status: Sequence[str] | None = None,
        deployment_name: str | None = None,
        sort_by: Literal["start_time", "end_time"] | None = None,
        order: Literal["asc", "desc"] = "desc",
        start_time_after: datetime | None = None,
        start_time_before: datetime | None = None,
        end_time_after: datetime | None = None,
        end_time_before: datetime | None = None,
        user_id: str | None = None,
        workflow_tags: Sequence[str] | None = None,
        include_internal: bool = True,
        page_size: int = 50,
        next_page_token: str | None = None,
        search_key: Sequence[str] | None = None,
        row_by_row: bool = False,
    ) -> ExecutionPage:
        """A page of executions; times are inclusive, tags and search keys must all match.

        With `row_by_row` those that cannot be read are left out and named; otherwise one fails all.
        """
        asked = query(
            workflow_identifier=workflow_identifier,
            root_execution_id=root_execution_id,
            search=search,
            status=status,
            deployment_name=deployment_name,
            sort_by=sort_by,
            order=order,
            start_time_after=start_time_after,
            start_time_before=start_time_before,
            end_time_after=end_time_after,
            end_time_before=end_time_before,
            user_id=user_id,
            workflow_tags=workflow_tags,
            include_internal=include_internal,
            page_size=page_size,
            next_page_token=next_page_token,
            search_key=search_key,
        )
        model = ReadablePage if row_by_row else ExecutionPage
        return await self._get(model, ApiRequest("list executions", "GET", _PATH, query=asked))

    async def get_run(self, run_id: str) -> Execution:
        """One run of an execution."""
        request = ApiRequest(f"read run {named(run_id)}", "GET", _path(run_id))
        return await self._get(Execution, request)

    async def get_run_history(self, run_id: str, *, decode_payloads: bool = True) -> Any:
        """The history of one run, whose shape the API does not state."""
        return await self._json(
            ApiRequest(
                f"read the history of run {named(run_id)}",
                "GET",
                f"{_path(run_id)}/history",
                query=query(decode_payloads=decode_payloads),
            )
        )


def _path(run_id: str) -> str:
    return f"{_PATH}/{path_segment(run_id, 'run id')}"
