"""Workflows, their registrations, and starting them."""

import json
import sqlite3
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from sandbox import pages, registrations
from sandbox.errors import workflow_not_found
from sandbox.gateway import CUSTOMER_ID, WORKSPACE_ID, CurrentGateway, Gateway
from sandbox.registrations import Registration

router = APIRouter(prefix="/v1/workflows")

Limit = Annotated[int, Query(ge=1, le=1000)]


@router.get("")
async def list_workflows(
    gateway: CurrentGateway,
    status: Annotated[list[str] | None, Query()] = None,
    include_shared: bool = True,
    available_in_chat_assistant: bool | None = None,
    deployment_name: Annotated[list[str] | None, Query()] = None,
    deployment_status: Literal["active", "inactive"] | None = None,
    archived: bool | None = None,
    tags: Annotated[list[str] | None, Query()] = None,
    sort_by: Literal["display_name"] | None = "display_name",
    order: Literal["asc", "desc"] = "asc",
    cursor: str | None = None,
    limit: Limit = 50,
    active_only: bool = False,
    search: str | None = None,
) -> dict[str, Any]:
    """Page through the workflows that are not technical."""
    del include_shared, sort_by  # one workspace, one order
    wanted_active = (
        True if active_only else {"active": True, "inactive": False}.get(deployment_status or "")
    )
    rows = [
        row
        for row in gateway.db.execute("SELECT * FROM workflows WHERE NOT is_technical")
        if (archived is None or bool(row["archived"]) is archived)
        and (
            available_in_chat_assistant is None
            or bool(row["available_in_chat_assistant"]) is available_in_chat_assistant
        )
        and set(tags or ()) <= set(json.loads(row["tags"]))
        and _matches(row, search)
        and _runs_in(gateway, row, deployment_name, wanted_active)
        and (not status or _has_status(gateway, row, status))
    ]
    rows.sort(key=lambda row: (row["display_name"].lower(), row["name"]), reverse=order == "desc")
    page, next_cursor = _page(rows, cursor, limit)
    return {"workflows": [_basic(row) for row in page], "next_cursor": next_cursor}


@router.get("/registrations")
async def list_registrations(
    gateway: CurrentGateway,
    workflow_id: str | None = None,
    task_queue: str | None = None,
    active_only: bool = False,
    include_shared: bool = True,
    workflow_name: str | None = None,
    workflow_search: str | None = None,
    archived: bool | None = None,
    with_workflow: bool = False,
    available_in_chat_assistant: bool | None = None,
    limit: Limit = 50,
    cursor: str | None = None,
) -> dict[str, Any]:
    """Page through the current registration of every workflow in every deployment."""
    del include_shared
    found = []
    for each in registrations.current(gateway.db):
        row = _row(gateway, each.workflow_id)
        if (
            workflow_id in (None, each.workflow_id)
            and task_queue in (None, each.task_queue)
            and workflow_name in (None, each.name)
            and (each.active or not active_only)
            and (archived is None or bool(row["archived"]) is archived)
            and (
                available_in_chat_assistant is None
                or bool(row["available_in_chat_assistant"]) is available_in_chat_assistant
            )
            and _matches(row, workflow_search)
        ):
            found.append(_registration_body(each, row if with_workflow else None))
    page, next_cursor = _page(found, cursor, limit)
    return {
        "workflow_registrations": page,
        "workflow_versions": page,
        "next_cursor": next_cursor,
    }


@router.get("/registrations/{registration_id}")
async def get_registration(
    registration_id: str,
    gateway: CurrentGateway,
    with_workflow: bool = False,
    include_shared: bool = True,
) -> dict[str, Any]:
    """One registration; answered under its old key too."""
    del include_shared
    found = registrations.by_registration_id(gateway.db, registration_id)
    row = _row(gateway, found.workflow_id) if with_workflow else None
    body = _registration_body(found, row) | {"active": found.active}
    return {"workflow_registration": body, "workflow_version": body}


@router.get("/{workflow_identifier}")
async def get_workflow(workflow_identifier: str, gateway: CurrentGateway) -> dict[str, Any]:
    """One workflow, by its name or its id."""
    found = registrations.resolve(gateway.db, workflow_identifier)
    body = _full(_row(gateway, found.workflow_id))
    return {"workflow": body | {"active": _runs_in_any(gateway, found.workflow_id)}}


def _row(gateway: Gateway, workflow_id: str) -> sqlite3.Row:
    row: sqlite3.Row | None = gateway.db.execute(
        "SELECT * FROM workflows WHERE workflow_id = ?", (workflow_id,)
    ).fetchone()
    if row is None:
        raise workflow_not_found(f"Workflow {workflow_id!r}")
    return row


def _matches(row: sqlite3.Row, search: str | None) -> bool:
    if not search:
        return True
    said = (row["name"], row["display_name"], row["description"] or "", row["workflow_id"])
    return any(search.lower() in text.lower() for text in said)


def _runs_in(
    gateway: Gateway, row: sqlite3.Row, deployments: list[str] | None, active: bool | None
) -> bool:
    if deployments is None and active is None:
        return True
    return any(
        (deployments is None or each.deployment_name in deployments)
        and (active is None or each.active is active)
        for each in registrations.current(gateway.db)
        if each.workflow_id == row["workflow_id"]
    )


def _runs_in_any(gateway: Gateway, workflow_id: str) -> bool:
    return any(
        each.active for each in registrations.current(gateway.db) if each.workflow_id == workflow_id
    )


def _has_status(gateway: Gateway, row: sqlite3.Row, status: list[str]) -> bool:
    marks = ", ".join("?" for _ in status)
    return (
        gateway.db.execute(
            f"SELECT 1 FROM runs WHERE workflow_name = ? AND status IN ({marks}) LIMIT 1",
            (row["name"], *status),
        ).fetchone()
        is not None
    )


def _page[T](rows: list[T], cursor: str | None, limit: int) -> tuple[list[T], str | None]:
    start = int(pages.unseal(cursor, "cursor").get("at", 0)) if cursor else 0
    more = start + limit < len(rows)
    return rows[start : start + limit], pages.seal({"at": start + limit}) if more else None


def _basic(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["workflow_id"],
        "name": row["name"],
        "display_name": row["display_name"],
        "description": row["description"],
        "archived": bool(row["archived"]),
        "metadata": {"shared_namespace": None},
        "tags": json.loads(row["tags"]),
    }


def _full(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["workflow_id"],
        "name": row["name"],
        "display_name": row["display_name"],
        "description": row["description"],
        "type": "code",
        "customer_id": CUSTOMER_ID,
        "workspace_id": WORKSPACE_ID,
        "shared_namespace": None,
        "available_in_chat_assistant": bool(row["available_in_chat_assistant"]),
        "is_technical": bool(row["is_technical"]),
        "archived": bool(row["archived"]),
        "tags": json.loads(row["tags"]),
    }


def _registration_body(found: Registration, row: sqlite3.Row | None) -> dict[str, Any]:
    return {
        "id": found.registration_id,
        "workflow_id": found.workflow_id,
        "definition": registrations.public_definition(found),
        "deployment_id": None,
        "deployment_name": found.deployment_name,
        "task_queue": found.task_queue,
        "workflow": _full(row) if row is not None else None,
        "compatible_with_chat_assistant": False,
    }
