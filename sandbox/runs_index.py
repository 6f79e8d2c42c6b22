"""The sandbox's own index of runs, because Temporal's visibility can neither sort nor search.

A row is one run. Rows arrive with starts and with the worker's registrations, and are corrected
from Temporal, which alone decides about status and times.
"""

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.gateway import USER_ID

SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
  run_id TEXT PRIMARY KEY, execution_id TEXT NOT NULL, workflow_name TEXT NOT NULL,
  task_queue TEXT NOT NULL, root_execution_id TEXT NOT NULL, parent_execution_id TEXT,
  status TEXT NOT NULL, start_time TEXT NOT NULL, end_time TEXT, user_id TEXT,
  chain_run_id TEXT);
CREATE INDEX IF NOT EXISTS runs_by_start ON runs (start_time, run_id);
CREATE INDEX IF NOT EXISTS runs_by_end ON runs (end_time, run_id);
CREATE INDEX IF NOT EXISTS runs_by_execution ON runs (execution_id);
CREATE INDEX IF NOT EXISTS runs_by_root ON runs (root_execution_id);
CREATE INDEX IF NOT EXISTS runs_open ON runs (status) WHERE status = 'RUNNING';
CREATE TABLE IF NOT EXISTS search_keys (
  execution_id TEXT NOT NULL, key TEXT NOT NULL, value TEXT,
  PRIMARY KEY (execution_id, key)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What is known of one run without asking Temporal again."""

    run_id: str
    execution_id: str
    workflow_name: str
    task_queue: str
    root_execution_id: str
    parent_execution_id: str | None
    status: str
    start_time: datetime
    end_time: datetime | None
    first_run_id: str | None = None


def put(db: sqlite3.Connection, run: Run) -> None:
    """Insert or correct a run; a closed run never opens again."""
    chain = _chain_of(db, run)
    db.execute(
        "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (run_id) DO UPDATE SET status = excluded.status,"
        " start_time = excluded.start_time, end_time = excluded.end_time,"
        " root_execution_id = excluded.root_execution_id,"
        " parent_execution_id = excluded.parent_execution_id"
        " WHERE runs.status = 'RUNNING'",
        (
            run.run_id,
            run.execution_id,
            run.workflow_name,
            run.task_queue,
            run.root_execution_id,
            run.parent_execution_id,
            run.status,
            stamp(run.start_time),
            stamp(run.end_time) if run.end_time else None,
            USER_ID,
            chain,
        ),
    )


def chain_run_id(db: sqlite3.Connection, run_id: str) -> str | None:
    """The first run of the chain, shared by later runs and by children; the worker sends null."""
    row = db.execute("SELECT chain_run_id FROM runs WHERE run_id = ?", (run_id,)).fetchone()
    return row[0] if row else None


def execution_of(db: sqlite3.Connection, run_id: str) -> str | None:
    """The execution a run belongs to."""
    row = db.execute("SELECT execution_id FROM runs WHERE run_id = ?", (run_id,)).fetchone()
    return row[0] if row else None


def set_search_keys(db: sqlite3.Connection, execution_id: str, keys: dict[str, str | None]) -> None:
    """Write search keys of an execution, over older values."""
    db.executemany(
        "INSERT INTO search_keys VALUES (?, ?, ?)"
        " ON CONFLICT (execution_id, key) DO UPDATE SET value = excluded.value",
        [(execution_id, key, value) for key, value in keys.items()],
    )


def delete_search_keys(db: sqlite3.Connection, execution_id: str, keys: list[str]) -> list[str]:
    """Remove search keys; returns those that existed."""
    gone = []
    for key in keys:
        cursor = db.execute(
            "DELETE FROM search_keys WHERE execution_id = ? AND key = ?", (execution_id, key)
        )
        if cursor.rowcount:
            gone.append(key)
    return gone


def search_keys(db: sqlite3.Connection, execution_id: str) -> dict[str, str | None]:
    """The search keys of an execution."""
    rows = db.execute("SELECT key, value FROM search_keys WHERE execution_id = ?", (execution_id,))
    return {row["key"]: row["value"] for row in rows}


def stamp(moment: datetime) -> str:
    """A time as stored and compared: UTC, microseconds, always of one width."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _chain_of(db: sqlite3.Connection, run: Run) -> str:
    if run.root_execution_id == run.execution_id:
        return run.first_run_id or run.run_id
    root = db.execute(
        "SELECT chain_run_id FROM runs WHERE execution_id = ? ORDER BY start_time DESC LIMIT 1",
        (run.root_execution_id,),
    ).fetchone()
    return root[0] if root else run.run_id
