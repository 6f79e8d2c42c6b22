"""The endpoints that a worker needs for its whole life (mistralai-workflows 3.16.0)."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from sandbox import executions, registrations, runs_index
from sandbox.errors import ApiError
from sandbox.gateway import CurrentGateway

router = APIRouter(prefix="/v1/workflows")

# Limits of search keys, as the worker package states them.
MAX_KEYS = 20
MAX_KEY_LENGTH = 256
MAX_VALUE_LENGTH = 8192


class Lenient(BaseModel):
    """A body of which the sandbox reads a part and tolerates the rest."""

    model_config = ConfigDict(extra="allow")


class Register(Lenient):
    definitions: list[dict[str, Any]]
    deployment_name: str
    worker_name: str | None = None


class Ref(Lenient):
    workflow_registration_id: str


class Heartbeat(Lenient):
    workflow_registration_refs: list[Ref]


class RegisterExecution(Lenient):
    temporal_workflow_id: str
    temporal_run_id: str
    workflow_name: str
    task_queue: str
    temporal_parent_workflow_id: str | None = None
    temporal_root_workflow_id: str | None = None
    search_key_metadata: dict[str, str | None] | None = None


class SetSearchKeys(Lenient):
    search_key_metadata: dict[str, str | None]


class DeleteSearchKeys(Lenient):
    keys: list[str]


@router.get("/workers/whoami")
async def whoami(gateway: CurrentGateway) -> dict[str, Any]:
    """Tell a worker where Temporal is."""
    return {
        "scheduler_url": gateway.temporal_address,
        "namespace": gateway.namespace,
        "tls": False,
        # Without this word the worker tries the v2 route before every single event.
        "features": {"upload_graph": False, "events_api_version": "v1"},
    }


@router.post("/register")
async def register(body: Register, gateway: CurrentGateway) -> dict[str, Any]:
    """Keep a worker's definitions; the refs come back in their order."""
    found = [
        registrations.register(gateway.db, each, body.deployment_name) for each in body.definitions
    ]
    return {
        "has_conflicts": False,
        "workflow_registration_ids": [each.registration_id for each in found],
        "workflow_registration_refs": [
            {
                "workflow_id": each.workflow_id,
                "workflow_version_id": each.registration_id,
                "workflow_registration_id": each.registration_id,
            }
            for each in found
        ],
        "warnings": [],
    }


@router.post("/workers/heartbeat")
async def heartbeat(body: Heartbeat, gateway: CurrentGateway) -> dict[str, bool]:
    """Note that a worker lives; 409 makes one that is unknown here register again."""
    ids = [ref.workflow_registration_id for ref in body.workflow_registration_refs]
    if not registrations.touch(gateway.db, ids):
        raise ApiError(409, "workflow_registration_unknown", "Register this worker again.")
    return {"all_active": True}


@router.post("/executions/register")
async def register_execution(body: RegisterExecution, gateway: CurrentGateway) -> dict[str, Any]:
    """Learn of a run: the only news of children, of scheduled starts and of continued runs."""
    known = runs_index.execution_of(gateway.db, body.temporal_run_id) is not None
    if not known:
        runs_index.put(
            gateway.db,
            runs_index.Run(
                run_id=body.temporal_run_id,
                execution_id=body.temporal_workflow_id,
                workflow_name=body.workflow_name,
                task_queue=body.task_queue,
                root_execution_id=body.temporal_root_workflow_id or body.temporal_workflow_id,
                parent_execution_id=body.temporal_parent_workflow_id,
                status="RUNNING",
                start_time=datetime.now(UTC),
                end_time=None,
            ),
        )
        await executions.refresh(gateway, body.temporal_workflow_id, body.temporal_run_id)
    status = _write_keys(gateway, body.temporal_workflow_id, body.search_key_metadata or {})
    return {
        "execution_id": body.temporal_workflow_id,
        "created": not known,
        "metadata_status": status["metadata_status"],
    }


@router.patch("/executions/search_keys/{execution_id}")
async def set_search_keys(
    execution_id: str, body: SetSearchKeys, gateway: CurrentGateway
) -> dict[str, Any]:
    """Write search keys of an execution."""
    return _write_keys(gateway, execution_id, body.search_key_metadata)


@router.delete("/executions/search_keys/{execution_id}")
async def delete_search_keys(
    execution_id: str, body: DeleteSearchKeys, gateway: CurrentGateway
) -> dict[str, Any]:
    """Remove search keys of an execution."""
    return {"deleted_keys": runs_index.delete_search_keys(gateway.db, execution_id, body.keys)}


def _write_keys(
    gateway: CurrentGateway, execution_id: str, wanted: dict[str, str | None]
) -> dict[str, Any]:
    existing = runs_index.search_keys(gateway.db, execution_id)
    kept: dict[str, str | None] = {}
    dropped = []
    for key, value in wanted.items():
        full = len(existing.keys() | kept.keys() | {key}) > MAX_KEYS
        if full or not key or len(key) > MAX_KEY_LENGTH or ":" in key or key.endswith("="):
            dropped.append(key)
        else:
            kept[key] = value if value is None else value[:MAX_VALUE_LENGTH]
    runs_index.set_search_keys(gateway.db, execution_id, kept)
    truncated = [key for key, value in wanted.items() if value and len(value) > MAX_VALUE_LENGTH]
    return {
        "metadata_status": "partial" if dropped else "ok",
        "dropped_keys": dropped,
        "truncated_keys": truncated,
    }
