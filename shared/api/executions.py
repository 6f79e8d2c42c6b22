"""One execution: what it is, its handlers, and how it is stopped or rewound."""

from collections.abc import Mapping
from typing import Any

from shared.api.answers import json_content, parsed
from shared.api.endpoints import Endpoints
from shared.api.request import ApiRequest, Kind, json_body, query
from shared.errors import Conflict, NotFound
from shared.ids import named, path_segment
from shared.models import Execution, ExecutionStatus
from shared.models.wire import Wire


class Executions(Endpoints):
    """Endpoints under /v1/workflows/executions for one execution."""

    async def get_execution(
        self, execution_id: str, *, include_search_keys: bool = False
    ) -> Execution:
        """The execution as of its latest run."""
        return await self._get(Execution, _reading(execution_id, include_search_keys))

    async def get_execution_history(
        self, execution_id: str, *, decode_payloads: bool = True
    ) -> Any:
        """The history, whose shape the API does not state."""
        return await self._json(
            ApiRequest(
                f"read the history of execution {named(execution_id)}",
                "GET",
                f"{_path(execution_id)}/history",
                query=query(decode_payloads=decode_payloads),
            )
        )

    async def signal_execution(
        self, execution_id: str, name: str, input: Mapping[str, Any] | None = None
    ) -> str:
        """Send a signal, at most once; the API's word of acceptance."""
        request = _calling("send signal", "signals", Kind.ONCE, execution_id, name, input)
        response = await self._exchange.send(request)
        content = json_content(request, response)
        return parsed(_Accepted, request, response, content or {}).message

    async def query_execution(
        self, execution_id: str, name: str, input: Mapping[str, Any] | None = None
    ) -> Any:
        """The answer of a query handler."""
        request = _calling("send query", "queries", Kind.READ, execution_id, name, input)
        return (await self._get(_Answered, request)).result

    async def update_execution(
        self, execution_id: str, name: str, input: Mapping[str, Any] | None = None
    ) -> Any:
        """The answer of an update handler, called at most once."""
        request = _calling("send update", "updates", Kind.ONCE, execution_id, name, input)
        return (await self._get(_Answered, request)).result

    async def cancel_execution(self, execution_id: str) -> None:
        """Ask it to stop; it may clean up first."""
        await self._end(execution_id, "cancel", ExecutionStatus.CANCELED)

    async def terminate_execution(self, execution_id: str) -> None:
        """Stop it at once, without cleaning up."""
        await self._end(execution_id, "terminate", ExecutionStatus.TERMINATED)

    async def reset_execution(
        self,
        execution_id: str,
        event_id: int,
        *,
        reason: str | None = None,
        exclude_signals: bool = False,
        exclude_updates: bool = False,
    ) -> None:
        """Start a new run from an event of the history, at most once; the API names no run id."""
        stated = {} if reason is None else {"reason": reason}
        excluded = {"exclude_signals": exclude_signals, "exclude_updates": exclude_updates}
        await self._act(
            ApiRequest(
                f"reset execution {named(execution_id)}",
                "POST",
                f"{_path(execution_id)}/reset",
                Kind.ONCE,
                body=json_body({"event_id": event_id, **stated, **excluded}),
                check="Look at its run_id before repeating it.",
            )
        )

    async def _end(self, execution_id: str, verb: str, goal: ExecutionStatus) -> None:
        request = ApiRequest(
            f"{verb} execution {named(execution_id)}",
            "POST",
            f"{_path(execution_id)}/{verb}",
            Kind.REPEATABLE,
            check="Repeating it does no harm.",
        )

        async def end(doubt: bool) -> None:
            try:
                json_content(request, await self._exchange.send_once(request, doubt))
            except (Conflict, NotFound):
                # The API refuses to stop what is over, which may be the work of our first attempt.
                if not (doubt and await self._has_status(execution_id, goal)):
                    raise

        await self._exchange.patience.insist(end, request.may_repeat)

    async def _has_status(self, execution_id: str, status: str) -> bool:
        request = _reading(execution_id)
        try:
            response = await self._exchange.send_once(request)
        except NotFound:
            return False
        return parsed(Execution, request, response).status == status


class _Accepted(Wire):
    message: str = "Signal accepted"


class _Answered(Wire):
    result: Any


def _path(execution_id: str) -> str:
    return f"/v1/workflows/executions/{path_segment(execution_id, 'execution id')}"


def _reading(execution_id: str, include_search_keys: bool = False) -> ApiRequest:
    return ApiRequest(
        f"read execution {named(execution_id)}",
        "GET",
        _path(execution_id),
        query=query(include_search_keys=include_search_keys),
    )


def _calling(
    act: str,
    collection: str,
    kind: Kind,
    execution_id: str,
    name: str,
    input: Mapping[str, Any] | None,
) -> ApiRequest:
    given = {} if input is None else {"input": input}
    return ApiRequest(
        f"{act} {named(name)} to execution {named(execution_id)}",
        "POST",
        f"{_path(execution_id)}/{collection}",
        kind,
        body=json_body({"name": name, **given}),
        check="Look at the execution before repeating it.",
    )
