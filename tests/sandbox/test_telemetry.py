"""What an exporter of OpenTelemetry may expect of the sandbox."""

import gzip
from pathlib import Path
from uuid import uuid4

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

from sandbox import log_records, otlp, spans
from sandbox.store import open_store
from tests.sandbox import exports
from tests.sandbox.world import World

KINDS = ("traces", "logs", "metrics")


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_export_is_accepted_with_an_empty_message(world: World, kind: str) -> None:
    answer = world.http.post(f"/telemetry/v1/{kind}", content=b"")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "application/x-protobuf"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("content", "encoding", "status"),
    [
        (b"\xff\xff\xff not protobuf", None, 400),
        (b"not gzip", "gzip", 400),
        (gzip.compress(b"\n\x00" * 1000)[:-12], "gzip", 400),
        (gzip.compress(bytes(otlp.MAX_BODY_BYTES + 1)), "gzip", 413),
        (b"", "br", 415),
    ],
    ids=["garbage", "not gzip", "cut gzip", "bomb", "unknown encoding"],
)
def test_what_cannot_be_read_is_refused(
    world: World, kind: str, content: bytes, encoding: str | None, status: int
) -> None:
    headers = {"content-encoding": encoding} if encoding else {}
    answer = world.http.post(f"/telemetry/v1/{kind}", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, "invalid_telemetry")


def test_gzip_is_read(world: World) -> None:
    execution_id = world.start("daily-digest")
    record = exports.log(execution_id, "packed", 1)
    answer = world.http.post(
        "/telemetry/v1/logs",
        content=gzip.compress(exports.logs(record).SerializeToString()),
        headers={"content-encoding": "gzip"},
    )
    assert answer.status_code == 200
    found = world.http.get(f"/v1/workflows/executions/{execution_id}/logs").json()["results"]
    assert [each["body"] for each in found] == ["packed"]


def test_metrics_are_accepted(world: World) -> None:
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add()
    metric.name = "http.client.duration"
    answer = world.http.post("/telemetry/v1/metrics", content=request.SerializeToString())
    assert answer.status_code == 200


def test_the_oldest_logs_and_spans_give_way(tmp_path: Path) -> None:
    db = open_store(tmp_path / "small.db", (log_records.SCHEMA, spans.SCHEMA))
    trace_id = exports.new_trace()
    for number in range(10):
        record = exports.log("e", f"{number}", number)
        log_records.put(db, log_records.from_otlp(exports.logs(record)), keep=3)
        span = exports.span(trace_id, f"{number}")
        spans.put(db, spans.from_otlp(exports.traces(span)), keep=3)
    kept = log_records.arrived(db, log_records.Wanted("e"), 0, 100)
    assert [each.body for each in kept] == ["7", "8", "9"]
    assert [each.name for each in spans.of_trace(db, trace_id)] == ["7", "8", "9"]
    db.close()


def test_a_span_sent_twice_is_kept_once(tmp_path: Path) -> None:
    db = open_store(tmp_path / "twice.db", (spans.SCHEMA,))
    request = exports.traces(exports.span(exports.new_trace(), "once"))
    for _ in range(2):
        spans.put(db, spans.from_otlp(request))
    assert db.execute("SELECT count(*) FROM spans").fetchone()[0] == 1
    db.close()


def test_values_of_every_kind_are_fit_for_json() -> None:
    given = {
        "text": "x" * (otlp.MAX_TEXT + 1),
        "number": 2**53 + 1,
        "nan": float("nan"),
        "bytes": b"\x00",
        "map": {"inner": [1, "two", None]},
        "nothing": None,
        "__internal_execution_token": uuid4().hex,
    }
    found = otlp.attributes(exports.pairs(given))
    assert found.pop("text") == "x" * otlp.MAX_TEXT + "..."
    assert found == {
        "number": 2**53 + 1,
        "nan": "nan",
        "bytes": "AA==",
        "map": {"inner": [1, "two", None]},
        "nothing": None,
    }
