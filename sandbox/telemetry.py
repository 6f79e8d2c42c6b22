"""Where workers send their telemetry: spans and logs are kept, metrics are accepted and dropped."""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from sandbox import log_records, otlp, spans
from sandbox.gateway import CurrentGateway

router = APIRouter(prefix="/telemetry/v1")

ContentEncoding = Annotated[str | None, Header(alias="content-encoding")]


@router.post("/traces")
async def take_traces(
    request: Request, gateway: CurrentGateway, encoding: ContentEncoding = None
) -> Response:
    """Keep spans."""
    sent = otlp.parse(ExportTraceServiceRequest, await request.body(), encoding)
    spans.put(gateway.db, spans.from_otlp(sent))
    return _accepted()


@router.post("/logs")
async def take_logs(
    request: Request, gateway: CurrentGateway, encoding: ContentEncoding = None
) -> Response:
    """Keep log records, and wake the streams that wait for them."""
    sent = otlp.parse(ExportLogsServiceRequest, await request.body(), encoding)
    log_records.put(gateway.db, log_records.from_otlp(sent))
    await gateway.ring()
    return _accepted()


@router.post("/metrics")
async def take_metrics(request: Request, encoding: ContentEncoding = None) -> Response:
    """Check and forget: nothing in the API shows them."""
    otlp.parse(ExportMetricsServiceRequest, await request.body(), encoding)
    return _accepted()


def _accepted() -> Response:
    # An empty message: everything was accepted.
    return Response(media_type="application/x-protobuf")
