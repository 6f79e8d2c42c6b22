"""Reading executions and runs: one, its history, and lists."""

import base64
import json
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from google.protobuf.json_format import MessageToDict
from temporalio.api.history.v1 import HistoryEvent

from sandbox import executions, pages, run_queries, runs_index
from sandbox.gateway import CurrentGateway, Gateway

router = APIRouter(prefix="/v1/workflows")

Status = Literal[
    "RUNNING",
    "COMPLETED",
    "FAILED",
    "CANCELED",
    "TERMINATED",
    "CONTINUED_AS_NEW",
    "TIMED_OUT",
    "RETRYING_AFTER_ERROR",
]


@router.get("/executions/{execution_id}")
async def get_execution(
    execution_id: str, gateway: CurrentGateway, include_search_keys: bool = False
) -> dict[str, Any]:
    """The latest run of an execution."""
    body = (await executions.describe(gateway, execution_id)).body()
    if include_search_keys:
        body["search_keys"] = runs_index.search_keys(gateway.db, execution_id)
    return body


@router.get("/executions/{execution_id}/history")
async def get_execution_history(
    execution_id: str, gateway: CurrentGateway, decode_payloads: bool = True
) -> dict[str, Any]:
    """Temporal's history of the latest run."""
    return await _history(gateway, execution_id, None, decode_payloads)


@router.get("/runs")
async def list_runs(
    gateway: CurrentGateway,
    workflow_identifier: str | None = None,
    root_execution_id: str | None = None,
    search: str | None = None,
    status: Annotated[list[Status] | None, Query()] = None,
    deployment_name: str | None = None,
    sort_by: Literal["start_time", "end_time"] | None = None,
    order: Literal["asc", "desc"] = "desc",
    start_time_after: datetime | None = None,
    start_time_before: datetime | None = None,
    end_time_after: datetime | None = None,
    end_time_before: datetime | None = None,
    user_id: str | None = None,
    workflow_tags: Annotated[list[str] | None, Query()] = None,
    include_internal: bool = True,
    page_size: Annotated[int, Query(ge=1, le=1000)] = 50,
    next_page_token: str | None = None,
    search_key: Annotated[list[str] | None, Query(max_length=3)] = None,
) -> dict[str, Any]:
    """Page through runs, newest first unless asked otherwise; pages are always full."""
    await executions.sync(gateway)
    wanted = run_queries.Filter(
        workflow=workflow_identifier,
        root_execution_id=root_execution_id,
        search=search,
        status=tuple(status or ()),
        deployment_name=deployment_name,
        start_time=(start_time_after, start_time_before),
        end_time=(end_time_after, end_time_before),
        user_id=user_id,
        workflow_tags=tuple(workflow_tags or ()),
        include_internal=include_internal,
        search_keys=tuple(search_key or ()),
    )
    position = pages.unseal(next_page_token, "next_page_token") if next_page_token else None
    page = run_queries.page(
        gateway.db, wanted, sort_by or "start_time", order == "desc", page_size, position
    )
    token = pages.seal(page.position) if page.position else None
    return {"executions": page.rows, "next_page_token": token}


@router.get("/runs/{run_id}")
async def get_run(run_id: str, gateway: CurrentGateway) -> dict[str, Any]:
    """One run of an execution."""
    return (await executions.describe_run(gateway, run_id)).body()


@router.get("/runs/{run_id}/history")
async def get_run_history(
    run_id: str, gateway: CurrentGateway, decode_payloads: bool = True
) -> dict[str, Any]:
    """Temporal's history of one run."""
    execution_id = executions.execution_of_run(gateway, run_id)
    return await _history(gateway, execution_id, run_id, decode_payloads)


async def _history(
    gateway: Gateway, execution_id: str, run_id: str | None, decode: bool
) -> dict[str, Any]:
    events = await executions.history(gateway, execution_id, run_id)
    return {"events": [_history_event(event, decode) for event in events]}


def _history_event(event: HistoryEvent, decode: bool) -> dict[str, Any]:
    shown: dict[str, Any] = _cleaned(MessageToDict(event), decode)
    return shown


def _cleaned(value: Any, decode: bool) -> Any:
    """Drop execution tokens everywhere, and put JSON in the place of payloads when asked."""
    if isinstance(value, list):
        return [_cleaned(item, decode) for item in value]
    if not isinstance(value, dict):
        return value
    if _is_payload(value):
        return _payload(value, decode)
    return {key: _cleaned(item, decode) for key, item in value.items() if not key.startswith("__")}


def _is_payload(value: dict[str, Any]) -> bool:
    metadata = value.get("metadata")
    return isinstance(metadata, dict) and "encoding" in metadata


def _payload(value: dict[str, Any], decode: bool) -> Any:
    metadata = {
        key: item for key, item in value["metadata"].items() if not key.startswith("__internal_")
    }
    encoding = base64.b64decode(metadata["encoding"]).decode(errors="replace")
    if decode and encoding.startswith("json/") and not metadata.get("encoding_options"):
        try:
            return json.loads(base64.b64decode(value.get("data", "")) or b"null")
        except ValueError:
            pass
    return {**value, "metadata": metadata}
