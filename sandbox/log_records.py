"""Log records as workers send them, kept in order of arrival and found by execution."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord as OtlpRecord

from sandbox import otlp, runs_index
from sandbox.store import transaction

SCHEMA = """
CREATE TABLE IF NOT EXISTS logs (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, time_ns INTEGER NOT NULL,
  execution_id TEXT NOT NULL, run_id TEXT NOT NULL, activity_id TEXT NOT NULL,
  trace_id TEXT NOT NULL, span_id TEXT NOT NULL, severity TEXT NOT NULL, body TEXT NOT NULL,
  attributes TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS logs_by_time ON logs (execution_id, time_ns, sequence);
CREATE INDEX IF NOT EXISTS logs_by_arrival ON logs (execution_id, sequence);
"""

MAX_LOGS = 200_000

# Fields of the worker's JSON bodies that the record says elsewhere, or that say nothing.
_FRAME = {"event", "logger", "level", "timestamp", "pathname", "lineno", "exception"}
_SEVERITIES = ("", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")


@dataclass(frozen=True, slots=True)
class Record:
    """One log record; ids are empty where the worker names none."""

    time_ns: int
    execution_id: str
    run_id: str
    activity_id: str
    trace_id: str
    span_id: str
    severity: str
    body: str
    attributes: dict[str, str]
    sequence: int = 0

    def as_json(self) -> dict[str, Any]:
        """The record as the API shows it."""
        moment = datetime.fromtimestamp(self.time_ns // 10**9, UTC)
        microsecond = self.time_ns % 10**9 // 1000
        return {
            "timestamp": runs_index.stamp(moment.replace(microsecond=microsecond)),
            "trace_id": self.trace_id,
            "span_id": self.span_id,
            "severity_text": self.severity,
            "body": self.body,
            "log_attributes": self.attributes,
        }


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records are asked for; times in ns, `after` included, `before` not."""

    execution_id: str
    run_id: str | None = None
    activity_id: str | None = None
    after: int | None = None
    before: int | None = None


def from_otlp(sent: ExportLogsServiceRequest) -> Iterator[Record]:
    """The records of a request."""
    for group in sent.resource_logs:
        for scoped in group.scope_logs:
            yield from map(_record, scoped.log_records)


def put(db: sqlite3.Connection, found: Iterable[Record], keep: int = MAX_LOGS) -> None:
    """Keep records; the oldest give way."""
    with transaction(db):
        db.executemany(
            "INSERT INTO logs (time_ns, execution_id, run_id, activity_id, trace_id, span_id,"
            " severity, body, attributes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            map(_row, found),
        )
        db.execute(
            "DELETE FROM logs WHERE sequence <= (SELECT max(sequence) FROM logs) - ?", (keep,)
        )


def search(
    db: sqlite3.Connection,
    wanted: Wanted,
    descending: bool,
    position: tuple[int, int] | None,
    limit: int,
) -> list[Record]:
    """Records by time, behind a position of time and sequence."""
    clauses, values = _conditions(wanted)
    if position is not None:
        clauses.append(f"(time_ns, sequence) {'<' if descending else '>'} (?, ?)")
        values.extend(position)
    direction = "DESC" if descending else "ASC"
    rows = db.execute(
        f"SELECT * FROM logs WHERE {' AND '.join(clauses)}"
        f" ORDER BY time_ns {direction}, sequence {direction} LIMIT ?",
        (*values, limit),
    )
    return [_from_row(row) for row in rows]


def arrived(
    db: sqlite3.Connection, wanted: Wanted, after_sequence: int, limit: int
) -> list[Record]:
    """Records in order of arrival, behind a sequence number."""
    clauses, values = _conditions(wanted)
    rows = db.execute(
        f"SELECT * FROM logs WHERE {' AND '.join(clauses)} AND sequence > ?"
        " ORDER BY sequence LIMIT ?",
        (*values, after_sequence, limit),
    )
    return [_from_row(row) for row in rows]


def _record(sent: OtlpRecord) -> Record:
    attributes = otlp.attributes(sent.attributes)
    # temporalio tells of failed workflow code outside the context that fills the other attributes.
    temporal = attributes.get("temporal_workflow")
    temporal = temporal if isinstance(temporal, dict) else {}
    body, fields = _body(otlp.plain(sent.body), attributes)
    return Record(
        time_ns=otlp.nanoseconds(sent.time_unix_nano or sent.observed_time_unix_nano),
        execution_id=otlp.text(
            attributes.get("workflowExecutionID") or temporal.get("workflow_id") or ""
        ),
        run_id=otlp.text(attributes.get("workflowRunID") or temporal.get("run_id") or ""),
        activity_id=otlp.text(attributes.get("temporalActivityID") or ""),
        trace_id=sent.trace_id.hex() or str(fields.get("otel.trace_id", "")),
        span_id=sent.span_id.hex() or str(fields.get("otel.span_id", "")),
        severity=sent.severity_text or _SEVERITIES[min(sent.severity_number + 3, 27) // 4],
        body=body,
        attributes={key: otlp.text(value) for key, value in attributes.items()},
    )


def _body(sent: Any, attributes: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A line for people from the worker's JSON, and the JSON's fields; other bodies as they are."""
    try:
        fields = json.loads(sent) if isinstance(sent, str) else sent
    except ValueError:
        fields = None
    if not isinstance(fields, dict) or not isinstance(fields.get("event"), str):
        return otlp.text(sent), {}
    words = [fields["event"]]
    for key, value in fields.items():
        if key not in _FRAME and not key.startswith(("workflow.", "otel.", "__internal_")):
            words.append(f"{key}={otlp.text(value)}")
    line = " ".join(words)
    if "exception.type" in attributes:
        line += f"\n{attributes['exception.type']}: {attributes.get('exception.message', '')}"
    elif "exception" in fields:
        line += f"\n{fields['exception']}"
    return line, fields


def _conditions(wanted: Wanted) -> tuple[list[str], list[Any]]:
    given = {
        "execution_id = ?": wanted.execution_id,
        "run_id = ?": wanted.run_id,
        "activity_id = ?": wanted.activity_id,
        "time_ns >= ?": wanted.after,
        "time_ns < ?": wanted.before,
    }
    found = {clause: value for clause, value in given.items() if value is not None}
    return list(found), list(found.values())


def _row(record: Record) -> tuple[Any, ...]:
    return (
        *(record.time_ns, record.execution_id, record.run_id, record.activity_id),
        *(record.trace_id, record.span_id, record.severity, record.body),
        json.dumps(record.attributes),
    )


def _from_row(row: sqlite3.Row) -> Record:
    return Record(**dict(row) | {"attributes": json.loads(row["attributes"])})
