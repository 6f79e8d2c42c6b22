"""Labels of metrics: few, whatever people name their executions."""

import contextlib
from collections.abc import Awaitable

import httpx
import pytest
from prometheus_client import CollectorRegistry

from bot.delivery.counters import family_of
from bot.metrics.api_calls import ApiCalls
from shared.api import Patience, open_api
from shared.api.observing import route_of
from shared.errors import OpsError


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/v1/workflows", "/v1/workflows"),
        ("/v1/workflows/runs", "/v1/workflows/runs"),
        ("/v1/workflows/runs/42", "/v1/workflows/runs/{id}"),
        ("/v1/workflows/runs/42/history", "/v1/workflows/runs/{id}/history"),
        ("/v1/workflows/executions/a", "/v1/workflows/executions/{id}"),
        ("/v1/workflows/executions/cancel", "/v1/workflows/executions/cancel"),
        ("/v1/workflows/executions/a/cancel", "/v1/workflows/executions/{id}/cancel"),
        ("/v1/workflows/executions/a/trace/otel", "/v1/workflows/executions/{id}/trace/otel"),
        ("/v1/workflows/executions/a%2Fb/stream", "/v1/workflows/executions/{id}/stream"),
        ("/v1/workflows/events/list", "/v1/workflows/events/list"),
        ("/v1/workflows/schedules", "/v1/workflows/schedules"),
        ("/v1/workflows/schedules/nightly/pause", "/v1/workflows/schedules/{id}/pause"),
        ("/v1/workflows/registrations", "/v1/workflows/registrations"),
        ("/v1/workflows/invoice", "/v1/workflows/{id}"),
        ("/v1/workflows/invoice/execute", "/v1/workflows/{id}/execute"),
    ],
)
def test_a_route_has_no_name_that_somebody_gave(path: str, route: str) -> None:
    assert route_of(path) == route


@pytest.mark.parametrize(
    ("key", "family"),
    [
        ("alert:x:line:3", "alert"),
        ("alerts:s:2026-01-01", "alert"),
        ("card:w", "card"),
        ("told:w:x", "card"),
        ("question:q:C1", "question"),
        ("ts:C1:1.2", "other"),
    ],
)
def test_messages_are_counted_by_few_families(key: str, family: str) -> None:
    assert family_of(key) == family


@pytest.mark.parametrize(
    ("status", "reason"),
    [(200, None), (404, "client"), (429, "limited"), (503, "server"), (None, "unreachable")],
)
async def test_every_attempt_counts_and_its_reason_when_it_failed(
    status: int | None, reason: str | None
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if status is None:
            raise httpx.ConnectError("nobody there")
        return httpx.Response(status, json={"workflows": []}, headers={"retry-after": "0"})

    async def at_once(_: float) -> None:
        """No test waits for patience."""

    registry = CollectorRegistry()
    calls = ApiCalls(registry)
    patience = Patience(attempts=3, sleep=at_once)
    transport = httpx.MockTransport(answer)
    async with open_api("http://api.test", "key", transport=transport, patience=patience) as api:
        with api.observed_by(calls.heard):
            await tried(api.list_workflows())
        await tried(api.list_workflows())

    repeated = status in (None, 429, 503)
    labels = {"method": "GET", "route": "/v1/workflows", "status": str(status or "unreachable")}
    sample = registry.get_sample_value
    assert sample("workflow_ops_api_requests_total", labels) == (3 if repeated else 1)
    failed = sample("workflow_ops_api_errors_total", {"reason": reason or ""})
    assert failed == (None if reason is None else 3 if repeated else 1)
    took = {"route": "/v1/workflows"}
    assert sample("workflow_ops_api_request_duration_seconds_count", took) is not None


async def tried(asking: Awaitable[object]) -> None:
    """Whether it succeeds does not matter here."""
    with contextlib.suppress(OpsError):
        await asking
