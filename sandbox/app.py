"""The gateway's HTTP application: every room's endpoints behind one key."""

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from temporalio.service import RPCError, RPCStatusCode

from sandbox import (
    acts,
    events,
    leases,
    logs,
    reads,
    registrations,
    runs_index,
    schedules,
    spans,
    starts,
    streams,
    telemetry,
    traces,
    workers,
    workflows,
)
from sandbox.errors import ApiError, answer_bad_request, answer_error
from sandbox.gateway import Gateway
from sandbox.slack_door import PATH, SlackDoor

SCHEMAS = (
    registrations.SCHEMA,
    runs_index.SCHEMA,
    events.SCHEMA,
    schedules.SCHEMA,
    spans.SCHEMA,
    logs.SCHEMA,
)

_TEMPORAL_TROUBLE = {
    RPCStatusCode.UNAVAILABLE: (503, "temporal_connection_error"),
    RPCStatusCode.DEADLINE_EXCEEDED: (504, "temporal_service_error"),
    RPCStatusCode.CANCELLED: (504, "temporal_service_error"),
    RPCStatusCode.RESOURCE_EXHAUSTED: (429, "temporal_service_error"),
    RPCStatusCode.INVALID_ARGUMENT: (400, "invalid_arguments_error"),
}


def build_app(gateway: Gateway, slack: SlackDoor) -> FastAPI:
    """Put the endpoints together; literal path segments come before `{workflow_identifier}`."""
    app = FastAPI(title="Workflow Ops sandbox", version="1", dependencies=[Depends(_check_key)])
    app.state.gateway = gateway
    for router in (
        _health,
        leases.router,
        telemetry.router,
        workers.router,
        events.router,
        streams.router,
        logs.router,
        traces.router,
        acts.router,
        schedules.router,
        reads.router,
        starts.router,
        workflows.router,
    ):
        app.include_router(router)
    app.mount(PATH, slack)
    app.add_exception_handler(ApiError, answer_error)
    app.add_exception_handler(RequestValidationError, answer_bad_request)
    app.add_exception_handler(RPCError, _answer_rpc_error)
    return app


_health = APIRouter()


@_health.get("/health")
async def health() -> dict[str, str]:
    """Say that the gateway answers."""
    return {"status": "ok"}


async def _check_key(request: Request) -> None:
    gateway: Gateway = request.app.state.gateway
    if gateway.api_key is None or request.url.path == "/health":
        return
    if request.headers.get("authorization") != f"Bearer {gateway.api_key}":
        raise ApiError(401, "unauthorized", "Send Authorization: Bearer with this sandbox's key.")


async def _answer_rpc_error(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RPCError):
        raise error
    status, code = _TEMPORAL_TROUBLE.get(error.status, (500, "temporal_service_error"))
    return await answer_error(request, ApiError(status, code, f"Temporal: {error.message}"))
