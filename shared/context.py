"""What an operation is given besides its parameters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shared.audit import Audit
from shared.call import Actor
from shared.database import Database
from shared.policy import Policy

if TYPE_CHECKING:  # httpx costs 50 ms; a face opens the API with the first call that needs it
    from shared.api import WorkflowsApi

type Progress = Callable[[float, float | None, str], Awaitable[None]]
type Clock = Callable[[], datetime]


async def no_progress(done: float, total: float | None, message: str) -> None:
    """Nobody listens."""


def utc_now() -> datetime:
    """The time of day, with its zone."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Context:
    """The world of one call; `progress` hears (done, total, message), `place` is its origin."""

    api: WorkflowsApi
    actor: Actor
    policy: Policy
    audit: Audit
    database: Database
    place: str = ""
    progress: Progress = no_progress
    clock: Clock = utc_now
    call_id: str | None = None
