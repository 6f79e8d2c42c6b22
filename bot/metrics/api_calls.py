"""Requests to the Workflows API, counted as they are answered."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from shared.api import Exchanged

_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_UNREACHABLE = "unreachable"
_TOO_MANY = 429


class ApiCalls:
    """An observer of the API; every attempt counts, repetitions too."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "workflow_ops_api_requests_total",
            "Requests to the Workflows API by method, route and status.",
            ("method", "route", "status"),
            registry=registry,
        )
        self._errors = Counter(
            "workflow_ops_api_errors_total",
            "Requests to the Workflows API that failed: client (4xx), limited (429), server (5xx) "
            "or unreachable.",
            ("reason",),
            registry=registry,
        )
        self._seconds = Histogram(
            "workflow_ops_api_request_duration_seconds",
            "How long the Workflows API took to answer; of streams, to begin.",
            ("route",),
            buckets=_BUCKETS,
            registry=registry,
        )

    def heard(self, exchanged: Exchanged) -> None:
        """Count one attempt."""
        status = _UNREACHABLE if exchanged.status is None else str(exchanged.status)
        self._requests.labels(exchanged.method, exchanged.route, status).inc()
        self._seconds.labels(exchanged.route).observe(exchanged.seconds)
        reason = _reason(exchanged.status)
        if reason is not None:
            self._errors.labels(reason).inc()


def _reason(status: int | None) -> str | None:
    if status is None:
        return _UNREACHABLE
    if status == _TOO_MANY:
        return "limited"
    if status >= 500:
        return "server"
    return "client" if status >= 400 else None
