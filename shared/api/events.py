"""Events of executions: stored pages, and the live stream of a whole tree of executions."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from shared.api.endpoints import Endpoints
from shared.api.records import Stream
from shared.api.request import ApiRequest, query
from shared.errors import InvalidArguments
from shared.models import EventPage
from shared.text import one_line

_ANY = "*"


class Events(Endpoints):
    """Endpoints under /v1/workflows/events."""

    async def list_events(
        self,
        *,
        root_workflow_exec_id: str | None = None,
        workflow_exec_id: str | None = None,
        workflow_run_id: str | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> EventPage:
        """A page of stored events."""
        asked = query(
            root_workflow_exec_id=root_workflow_exec_id,
            workflow_exec_id=workflow_exec_id,
            workflow_run_id=workflow_run_id,
            limit=limit,
            cursor=cursor,
        )
        request = ApiRequest("list events", "GET", "/v1/workflows/events/list", query=asked)
        return await self._get(EventPage, request)

    def stream_events(
        self,
        *,
        root_workflow_exec_id: str | None = None,
        workflow_exec_id: str | None = None,
        parent_workflow_exec_id: str | None = None,
        workflow_name: str | None = None,
        scope: Literal["activity", "workflow", "*"] = "*",
        activity_name: str | None = None,
        activity_id: str | None = None,
        stream: str | None = None,
        start_seq: int = 0,
        metadata_filters: Mapping[str, Any] | None = None,
        workflow_event_types: Sequence[str] | None = None,
        last_event_id: str | None = None,
    ) -> Stream:
        """The live events from `start_seq` on; the API wants one of the three execution ids."""
        asked = query(
            scope=scope,
            activity_name=activity_name or _ANY,
            activity_id=activity_id or _ANY,
            workflow_name=workflow_name or _ANY,
            workflow_exec_id=workflow_exec_id or _ANY,
            root_workflow_exec_id=root_workflow_exec_id or _ANY,
            parent_workflow_exec_id=parent_workflow_exec_id or _ANY,
            stream=stream or _ANY,
            start_seq=start_seq,
        )
        chosen = query(workflow_event_types=workflow_event_types)
        filters = query(**_apart({name for name, _ in asked}, metadata_filters or {}))
        return self._exchange.stream(
            ApiRequest(
                "read the live events",
                "GET",
                "/v1/workflows/events/stream",
                query=asked + filters + chosen,
                headers=_resuming(last_event_id),
            )
        )


def _apart(taken: set[str], filters: Mapping[str, Any]) -> Mapping[str, Any]:
    # The API has no name for these filters: each key becomes a parameter of its own.
    clash = taken.intersection(filters)
    if clash or "workflow_event_types" in filters:
        raise InvalidArguments(
            "These metadata filters have the names of other parameters: "
            f"{one_line(', '.join(sorted(clash)) or 'workflow_event_types', 100)}."
        )
    return filters


def _resuming(last_event_id: str | None) -> tuple[tuple[str, str], ...]:
    if last_event_id is None:
        return ()
    if not last_event_id.isprintable():
        raise InvalidArguments("The last event id has control characters. Start without it.")
    return (("last-event-id", last_event_id),)
