"""Who uses this sandbox: with `--while-used` it ends when nobody does any more.

A user of the sandbox holds one request open. Its connection ends with its process, however that
dies, so nothing has to be cleaned up.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter
from sse_starlette import EventSourceResponse

from sandbox.gateway import CurrentGateway, Gateway

router = APIRouter(prefix="/sandbox")

# A user that restarts finds the sandbox still there.
LINGER_SECONDS = 5.0
# The first user is the process that started the sandbox; it knocks right after the ready line.
FIRST_USER_SECONDS = 30.0
_LOOK_SECONDS = 0.5


@router.get("/lease")
async def hold(gateway: CurrentGateway) -> EventSourceResponse:
    """Count as a user for as long as this request stays open."""
    return EventSourceResponse(_held(gateway), ping=5)


async def until_unused(gateway: Gateway) -> None:
    """Return when the last user has gone."""
    unused_since = time.monotonic()
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        if gateway.leases:
            unused_since = time.monotonic()
        patience = LINGER_SECONDS if gateway.leases_taken else FIRST_USER_SECONDS
        if time.monotonic() - unused_since > patience:
            return


async def _held(gateway: Gateway) -> AsyncIterator[dict[str, Any]]:
    gateway.leases += 1
    gateway.leases_taken += 1
    try:
        yield {"event": "held", "data": ""}
        await asyncio.Event().wait()
    finally:
        gateway.leases -= 1
