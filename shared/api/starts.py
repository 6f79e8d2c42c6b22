"""Starting a workflow so that no failure on the way starts it twice."""

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from shared.api.answers import json_content, parsed, undecided
from shared.api.endpoints import Endpoints
from shared.api.request import ApiRequest, Kind, json_body, query
from shared.errors import ApiError, Conflict, NotFound, Rejected
from shared.ids import chosen_id, named, new_id, path_segment
from shared.models import Execution, ExecutionResult

# A start that waits may be silent for its whole time; without a limit, as long as client 2.10.1.
_GRACE = 30.0
_LONGEST_WAIT = 300.0
# The clocks of the API's parts, and the whole seconds of a Date header.
_CLOCK_SLACK = timedelta(seconds=5)


class Starts(Endpoints):
    """The endpoint that starts a workflow."""

    async def execute_workflow(
        self,
        workflow: str,
        *,
        input: Mapping[str, Any] | None = None,
        execution_id: str | None = None,
        wait_for_result: bool = False,
        timeout_seconds: float | None = None,
        custom_tracing_attributes: Mapping[str, str] | None = None,
        force_new_trace: bool = False,
        traceparent: str | None = None,
        extensions: Mapping[str, Any] | None = None,
        deployment_name: str | None = None,
    ) -> Execution | ExecutionResult:
        """The new execution, or its result when that was waited for and came.

        The id is always chosen on this side: after a failure on the way it shows whether the
        workflow started. Conflict when the id was in use before.
        """
        chosen = chosen_id(execution_id) if execution_id else new_id()
        traced = traceparent or _sampled_traceparent()
        body = {
            "execution_id": chosen,
            "input": input,
            "wait_for_result": wait_for_result,
            "timeout_seconds": timeout_seconds,
            "custom_tracing_attributes": custom_tracing_attributes,
            "force_new_trace": force_new_trace,
            "traceparent": traced,
            "extensions": extensions,
            "deployment_name": deployment_name,
        }
        request = ApiRequest(
            f"start workflow {named(workflow)} as execution {named(chosen)}",
            "POST",
            f"/v1/workflows/{path_segment(workflow, 'workflow')}/execute",
            Kind.REPEATABLE,
            body=json_body({name: value for name, value in body.items() if value is not None}),
            headers=(("traceparent", traced),),
            check=f"Look for execution {named(chosen)} before starting it again.",
            read_timeout=_read_timeout(timeout_seconds) if wait_for_result else None,
        )
        return await self._start(_Start(request, workflow, chosen, not execution_id))

    async def _start(self, start: "_Start") -> Execution | ExecutionResult:
        async def attempt(doubt: bool) -> Execution | ExecutionResult:
            # Looked up before the repetition: an execution that is over by now would not keep
            # the API from starting another one under its id.
            if doubt and (found := await self._found(start)):
                return found
            try:
                response = await self._exchange.send_once(start.request, doubt)
            except (Conflict, Rejected) as error:
                if not doubt:
                    raise
                if found := await self._found(start):
                    return found
                if start.fresh_id and isinstance(error, Conflict):
                    # Nobody else has this id: it is ours, only not visible yet.
                    raise undecided(start.request, error) from error
                raise
            return _started(start.request, response)

        return await self._exchange.patience.insist(attempt, start.request.may_repeat)

    async def _found(self, start: "_Start") -> Execution | None:
        """The execution that an earlier attempt of this start made."""
        request = ApiRequest(
            f"read execution {named(start.execution_id)}",
            "GET",
            f"/v1/workflows/executions/{path_segment(start.execution_id)}",
            query=query(include_search_keys=False),
        )
        try:
            response = await self._exchange.send_once(request)
        except NotFound:
            return None
        except ApiError as error:
            raise undecided(start.request, error) from error
        found = parsed(Execution, request, response)
        return found if start.made(found, _server_time(response)) else None


@dataclass(frozen=True, slots=True)
class _Start:
    request: ApiRequest
    workflow: str
    execution_id: str
    fresh_id: bool
    began: float = field(default_factory=time.monotonic)

    def made(self, execution: Execution, now: datetime) -> bool:
        """Whether it is ours: an id that a caller chose may have been in use before."""
        if self.fresh_id:
            return True
        ours = timedelta(seconds=time.monotonic() - self.began) + _CLOCK_SLACK
        names = {execution.workflow_name, execution.workflow_id}
        return self.workflow in names and now - execution.start_time <= ours


def _started(request: ApiRequest, response: httpx.Response) -> Execution | ExecutionResult:
    content = json_content(request, response)
    if isinstance(content, dict) and "start_time" not in content and "result" in content:
        return parsed(ExecutionResult, request, response, content)
    return parsed(Execution, request, response, content)


def _server_time(response: httpx.Response) -> datetime:
    try:
        return parsedate_to_datetime(response.headers.get("date", "")).astimezone(UTC)
    except ValueError:
        return datetime.now(UTC)


def _read_timeout(timeout_seconds: float | None) -> float:
    return _LONGEST_WAIT if timeout_seconds is None else timeout_seconds + _GRACE


def _sampled_traceparent() -> str:
    # As the official client 2.10.1: without a sampled context the worker may record no trace.
    return f"00-{random.getrandbits(128):032x}-{random.getrandbits(64):016x}-01"
