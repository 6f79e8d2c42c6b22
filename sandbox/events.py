"""Events as workers send them: kept in order of arrival, listed, and framed for streams."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from sandbox import pages, runs_index
from sandbox.gateway import CurrentGateway, Gateway
from sandbox.store import transaction

router = APIRouter(prefix="/v1/workflows/events")

SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT UNIQUE NOT NULL,
  received_at TEXT NOT NULL, event_type TEXT NOT NULL, workflow_name TEXT NOT NULL,
  execution_id TEXT NOT NULL, root_execution_id TEXT NOT NULL, parent_execution_id TEXT,
  run_id TEXT NOT NULL, activity_name TEXT, activity_id TEXT, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS events_by_root ON events (root_execution_id, sequence);
CREATE INDEX IF NOT EXISTS events_by_execution ON events (execution_id, sequence);
CREATE INDEX IF NOT EXISTS events_by_run ON events (run_id, sequence);
"""

_ENDINGS = {
    "WORKFLOW_EXECUTION_COMPLETED",
    "WORKFLOW_EXECUTION_FAILED",
    "WORKFLOW_EXECUTION_CANCELED",
    "WORKFLOW_EXECUTION_CONTINUED_AS_NEW",
}

_OF_STREAM = {
    "activity": "event_type GLOB 'ACTIVITY_*'",
    "workflow": "NOT event_type GLOB 'ACTIVITY_*'",
}


class Event(BaseModel):
    """The part of an event that the sandbox reads; the rest is kept as it came."""

    model_config = ConfigDict(extra="allow")

    event_id: str
    event_type: str
    event_timestamp: int
    workflow_name: str
    workflow_exec_id: str
    workflow_run_id: str
    root_workflow_exec_id: str
    parent_workflow_exec_id: str | None = None
    chain_run_id: str | None = None
    attributes: dict[str, Any]


class OneEvent(BaseModel):
    event: Event


class ManyEvents(BaseModel):
    events: list[Event]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events a list or a stream asks for; None means any."""

    execution_id: str | None = None
    root_execution_id: str | None = None
    parent_execution_id: str | None = None
    run_id: str | None = None
    workflow_name: str | None = None
    activity_name: str | None = None
    activity_id: str | None = None
    stream: str | None = None
    event_types: Sequence[str] = field(default=())


@router.post("")
async def publish(body: OneEvent, gateway: CurrentGateway) -> dict[str, str]:
    """Keep one event; the worker waits for this answer before it goes on."""
    await _keep(gateway, [body.event])
    return {"status": "success"}


@router.post("/batch")
async def publish_batch(body: ManyEvents, gateway: CurrentGateway) -> dict[str, Any]:
    """Keep a batch of events, in its order."""
    await _keep(gateway, body.events)
    return {"status": "success", "events_received": len(body.events)}


@router.get("/list")
async def list_events(
    gateway: CurrentGateway,
    root_workflow_exec_id: str | None = None,
    workflow_exec_id: str | None = None,
    workflow_run_id: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: str | None = None,
) -> dict[str, Any]:
    """Page through stored events, oldest first.

    `next_cursor` is null at the end, unless the whole workspace is asked for: there it is where a
    later poll goes on, as pollers of the hosted API expect.
    """
    wanted = Wanted(
        execution_id=unless_any(workflow_exec_id),
        root_execution_id=unless_any(root_workflow_exec_id),
        run_id=unless_any(workflow_run_id),
    )
    after = int(pages.unseal(cursor, "cursor").get("after", 0)) if cursor else 0
    rows = list(read(gateway.db, wanted, after, limit + 1))
    page = rows[:limit]
    polled = wanted == Wanted()
    last = page[-1]["sequence"] if page else after
    next_cursor = pages.seal({"after": last}) if polled or len(rows) > limit else None
    return {"events": [json.loads(row["body"]) for row in page], "next_cursor": next_cursor}


def read(db: sqlite3.Connection, wanted: Wanted, after: int, limit: int) -> Iterator[sqlite3.Row]:
    """Events behind a sequence number, in order of arrival."""
    columns = {
        "execution_id": wanted.execution_id,
        "root_execution_id": wanted.root_execution_id,
        "parent_execution_id": wanted.parent_execution_id,
        "run_id": wanted.run_id,
        "workflow_name": wanted.workflow_name,
        "activity_name": wanted.activity_name,
        "activity_id": wanted.activity_id,
    }
    clauses = ["sequence > ?"]
    values: list[Any] = [after]
    for column, value in columns.items():
        if value is not None:
            clauses.append(f"{column} = ?")
            values.append(value)
    if wanted.event_types:
        clauses.append(f"event_type IN ({', '.join('?' for _ in wanted.event_types)})")
        values.extend(wanted.event_types)
    if wanted.stream is not None:
        clauses.append(_OF_STREAM.get(wanted.stream, "0"))
    yield from db.execute(
        f"SELECT * FROM events WHERE {' AND '.join(clauses)} ORDER BY sequence LIMIT ?",
        (*values, limit),
    )


def last_sequence(db: sqlite3.Connection) -> int:
    """The newest sequence number, 0 in an empty store."""
    newest: int | None = db.execute("SELECT max(sequence) FROM events").fetchone()[0]
    return newest or 0


def frame(row: sqlite3.Row, namespace: str) -> str:
    """The JSON of one stream frame."""
    context = {
        "namespace": namespace,
        "workflow_name": row["workflow_name"],
        "workflow_exec_id": row["execution_id"],
        "parent_workflow_exec_id": row["parent_execution_id"],
        "root_workflow_exec_id": row["root_execution_id"],
    }
    head = {
        "stream": stream_name(row["event_type"]),
        "timestamp": row["received_at"],
        "broker_sequence": row["sequence"],
        "metadata": {},
        "workflow_context": context,
    }
    return f'{json.dumps(head)[:-1]}, "data": {row["body"]}}}'


def stream_name(event_type: str) -> str:
    """The logical stream of an event: activities speak on one, everything else on the other."""
    return "activity" if event_type.startswith("ACTIVITY_") else "workflow"


def unless_any(value: str | None) -> str | None:
    """`*` means any, like leaving the filter out."""
    return None if value == "*" else value


async def _keep(gateway: Gateway, events: list[Event]) -> None:
    with transaction(gateway.db) as db:
        for event in events:
            _insert(db, event)
    for event in events:
        if event.event_type in _ENDINGS:
            gateway.suspect(event.workflow_exec_id)
    await gateway.ring()


def _insert(db: sqlite3.Connection, event: Event) -> None:
    chain = event.chain_run_id or runs_index.chain_run_id(db, event.workflow_run_id)
    is_activity = "activity_name" in event.attributes
    # A worker that lost our answer sends the same event again: it is kept once.
    db.execute(
        "INSERT OR IGNORE INTO events (event_id, received_at, event_type, workflow_name,"
        " execution_id, root_execution_id, parent_execution_id, run_id, activity_name,"
        " activity_id, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            event.event_id,
            runs_index.stamp(datetime.now(UTC)),
            event.event_type,
            event.workflow_name,
            event.workflow_exec_id,
            event.root_workflow_exec_id,
            event.parent_workflow_exec_id,
            event.workflow_run_id,
            event.attributes.get("activity_name"),
            event.attributes.get("task_id") if is_activity else None,
            event.model_copy(update={"chain_run_id": chain}).model_dump_json(),
        ),
    )
