"""Workflows and their registrations: what workers said they can run."""

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from fastapi.exceptions import RequestValidationError
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from sandbox.errors import workflow_not_found

SCHEMA = """
CREATE TABLE IF NOT EXISTS workflows (
  workflow_id TEXT PRIMARY KEY, name TEXT UNIQUE NOT NULL, display_name TEXT NOT NULL,
  description TEXT, is_technical INTEGER NOT NULL, archived INTEGER NOT NULL DEFAULT 0,
  available_in_chat_assistant INTEGER NOT NULL DEFAULT 0, tags TEXT NOT NULL DEFAULT '[]');
CREATE TABLE IF NOT EXISTS registrations (
  registration_id TEXT PRIMARY KEY, workflow_id TEXT NOT NULL, deployment_name TEXT NOT NULL,
  task_queue TEXT NOT NULL, definition TEXT NOT NULL, seen_at TEXT NOT NULL);
"""

# Workers send a heartbeat every 10 s (mistralai-workflows 3.16.0); three missed ones mean gone.
ACTIVE_FOR = timedelta(seconds=30)
# The worker package's own default when a definition names none.
DEFAULT_EXECUTION_TIMEOUT = timedelta(hours=1)

_NAMESPACE = uuid5(NAMESPACE_URL, "workflow-ops/sandbox")
_DURATION = TypeAdapter(timedelta)


@dataclass(frozen=True, slots=True)
class Registration:
    """One workflow as one deployment runs it."""

    registration_id: str
    workflow_id: str
    name: str
    task_queue: str
    deployment_name: str
    execution_timeout: timedelta
    definition: dict[str, Any]
    seen_at: datetime

    @property
    def active(self) -> bool:
        return datetime.now(UTC) - self.seen_at < ACTIVE_FOR


def register(
    db: sqlite3.Connection, definition: Mapping[str, Any], deployment_name: str
) -> Registration:
    """Keep a definition a worker sent; the same definition always gets the same ids."""
    name = definition["name"]
    workflow_id = str(uuid5(_NAMESPACE, name))
    text = json.dumps(definition, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    registration_id = str(uuid5(_NAMESPACE, f"{deployment_name}/{name}/{digest}"))
    db.execute(
        "INSERT INTO workflows (workflow_id, name, display_name, description, is_technical)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (workflow_id) DO UPDATE SET"
        " description = excluded.description, is_technical = excluded.is_technical",
        (
            workflow_id,
            name,
            definition.get("display_name") or name,
            definition.get("description"),
            bool(definition.get("is_technical")),
        ),
    )
    db.execute(
        "INSERT INTO registrations VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (registration_id) DO UPDATE SET seen_at = excluded.seen_at",
        (
            registration_id,
            workflow_id,
            deployment_name,
            definition.get("task_queue") or deployment_name,
            text,
            _now(),
        ),
    )
    return by_registration_id(db, registration_id)


def touch(db: sqlite3.Connection, registration_ids: list[str]) -> bool:
    """Note a heartbeat; False when one of the registrations is unknown here."""
    known = [
        db.execute(
            "UPDATE registrations SET seen_at = ? WHERE registration_id = ?", (_now(), each)
        ).rowcount
        for each in registration_ids
    ]
    return all(known)


def resolve(
    db: sqlite3.Connection, identifier: str, deployment_name: str | None = None
) -> Registration:
    """Find the newest registration of a workflow by its name or id; raises ApiError 404."""
    row = db.execute(
        "SELECT r.*, w.name FROM registrations r JOIN workflows w USING (workflow_id)"
        " WHERE (w.name = ?1 OR w.workflow_id = ?1) AND (?2 IS NULL OR r.deployment_name = ?2)"
        " ORDER BY r.seen_at DESC LIMIT 1",
        (identifier, deployment_name),
    ).fetchone()
    if row is None:
        where = f" in deployment {deployment_name!r}" if deployment_name else ""
        raise workflow_not_found(f"Workflow {identifier!r}{where}")
    return _registration(row)


def by_registration_id(db: sqlite3.Connection, registration_id: str) -> Registration:
    """Find one registration; raises ApiError 404."""
    row = db.execute(
        "SELECT r.*, w.name FROM registrations r JOIN workflows w USING (workflow_id)"
        " WHERE r.registration_id = ?",
        (registration_id,),
    ).fetchone()
    if row is None:
        raise workflow_not_found(f"Workflow registration {registration_id!r}")
    return _registration(row)


def current(db: sqlite3.Connection) -> list[Registration]:
    """The newest registration of every workflow in every deployment, by name."""
    rows = db.execute(
        "SELECT r.*, w.name, max(r.seen_at) FROM registrations r JOIN workflows w"
        " USING (workflow_id) GROUP BY r.workflow_id, r.deployment_name ORDER BY w.name"
    )
    return [_registration(row) for row in rows]


def task_queues(db: sqlite3.Connection) -> list[str]:
    """Every queue a worker ever registered for."""
    return [row[0] for row in db.execute("SELECT DISTINCT task_queue FROM registrations")]


def validate_input(
    registration: Registration, value: Any, location: tuple[str, ...] = ("body", "input")
) -> None:
    """Refuse an input that does not fit: the worker would retry it for ever instead of failing."""
    schema = registration.definition.get("input_schema")
    if not schema:
        return
    errors = Draft202012Validator(schema).iter_errors({} if value is None else value)
    found = [
        {
            "type": f"json_schema_{error.validator}",
            "loc": (*location, *error.absolute_path),
            "msg": error.message[:300],
        }
        for error in errors
    ]
    if found:
        raise RequestValidationError(found)


def public_definition(registration: Registration) -> dict[str, Any]:
    """The definition as clients read it: `execution_timeout` in seconds, not as ISO 8601."""
    definition = registration.definition
    handlers = {key: definition.get(key) or [] for key in ("signals", "queries", "updates")}
    return {
        "input_schema": definition.get("input_schema") or {},
        "output_schema": definition.get("output_schema"),
        **handlers,
        "enforce_determinism": bool(definition.get("enforce_determinism")),
        "on_behalf_of": bool(definition.get("on_behalf_of")),
        "execution_timeout": registration.execution_timeout.total_seconds(),
        "plugin_metadata": definition.get("plugin_metadata"),
    }


def _registration(row: sqlite3.Row) -> Registration:
    definition = json.loads(row["definition"])
    timeout = definition.get("execution_timeout")
    return Registration(
        registration_id=row["registration_id"],
        workflow_id=row["workflow_id"],
        name=row["name"],
        task_queue=row["task_queue"],
        deployment_name=row["deployment_name"],
        execution_timeout=_DURATION.validate_python(timeout)
        if timeout is not None
        else DEFAULT_EXECUTION_TIMEOUT,
        definition=definition,
        seen_at=datetime.fromisoformat(row["seen_at"]),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat()
