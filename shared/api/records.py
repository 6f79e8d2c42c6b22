"""What an execution left behind: traces and logs, and both live streams of one execution."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Literal

import httpx

from shared.api.endpoints import Endpoints
from shared.api.request import ApiRequest, Query, query
from shared.ids import named, path_segment
from shared.models import LogPage, TraceEvents, TraceInfo, TraceOtel, TraceSummary

type Order = Literal["asc", "desc"]
type Stream = AbstractAsyncContextManager[httpx.Response]


class Records(Endpoints):
    """Endpoints under /v1/workflows/executions for traces, logs and live streams."""

    async def get_trace_info(self, execution_id: str) -> TraceInfo:
        """Whether there is a trace."""
        return await self._get(TraceInfo, _reading("the trace state", execution_id, "trace/info"))

    async def get_trace_otel(self, execution_id: str) -> TraceOtel:
        """The spans in OpenTelemetry form."""
        return await self._get(TraceOtel, _reading("the spans", execution_id, "trace/otel"))

    async def get_trace_summary(self, execution_id: str) -> TraceSummary:
        """The tree of spans."""
        return await self._get(TraceSummary, _reading("the trace", execution_id, "trace/summary"))

    async def get_trace_events(
        self,
        execution_id: str,
        *,
        merge_same_id_events: bool = False,
        include_internal_events: bool = False,
    ) -> TraceEvents:
        """The events of the trace as a flat list."""
        asked = query(
            merge_same_id_events=merge_same_id_events,
            include_internal_events=include_internal_events,
        )
        request = _reading("the trace events", execution_id, "trace/events", asked)
        return await self._get(TraceEvents, request)

    async def get_execution_logs(
        self,
        execution_id: str,
        *,
        run_id: str | None = None,
        activity_id: str | None = None,
        after: datetime | None = None,
        before: datetime | None = None,
        order: Order = "asc",
        cursor: str | None = None,
        limit: int = 50,
    ) -> LogPage:
        """A page of logs, `after` included, `before` excluded; a cursor keeps the first order."""
        asked = query(
            run_id=run_id,
            activity_id=activity_id,
            after=after,
            before=before,
            order=order,
            cursor=cursor,
            limit=limit,
        )
        return await self._get(LogPage, _reading("the logs", execution_id, "logs", asked))

    def stream_execution(
        self,
        execution_id: str,
        *,
        event_source: Literal["DATABASE", "LIVE", "HYBRID"] | None = None,
        last_event_id: str | None = None,
    ) -> Stream:
        """The live events of one execution, without repetition of the request."""
        asked = query(event_source=event_source, last_event_id=last_event_id)
        return self._exchange.stream(_reading("the live events", execution_id, "stream", asked))

    def stream_execution_logs(
        self,
        execution_id: str,
        *,
        run_id: str | None = None,
        activity_id: str | None = None,
        after: datetime | None = None,
        last_event_id: str | None = None,
    ) -> Stream:
        """The live logs of one execution; `last_event_id` takes precedence over `after`."""
        asked = query(
            run_id=run_id, activity_id=activity_id, after=after, last_event_id=last_event_id
        )
        return self._exchange.stream(_reading("the live logs", execution_id, "logs/stream", asked))


def _reading(what: str, execution_id: str, tail: str, asked: Query = ()) -> ApiRequest:
    segment = path_segment(execution_id, "execution id")
    return ApiRequest(
        f"read {what} of execution {named(execution_id)}",
        "GET",
        f"/v1/workflows/executions/{segment}/{tail}",
        query=asked,
    )
