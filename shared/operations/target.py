"""Which execution a caller means: by its id, or by the id of one of its runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.errors import InvalidArguments, NotFound
from shared.ids import named

if TYPE_CHECKING:
    from shared.api import WorkflowsApi
    from shared.models import Execution

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True)
class Target:
    """An execution; `run_id` is set when the caller named one run, `past` when that is not its
    latest."""

    execution: Execution
    run_id: str | None = None
    past: bool = False

    @property
    def id(self) -> str:
        """The execution's own id, whichever the caller gave."""
        return self.execution.execution_id

    @property
    def ended(self) -> bool:
        """Whether the run is over."""
        return has_ended(self.execution.status)


def may_be_run(identifier: str) -> bool:
    """Whether it has the form of a run id; children's execution ids have it too."""
    return _UUID.fullmatch(identifier) is not None


async def find(api: WorkflowsApi, identifier: str, *, search_keys: bool = False) -> Target:
    """The execution of this id, or else the run of this id; raises NotFound."""
    try:
        return Target(await api.get_execution(identifier, include_search_keys=search_keys))
    except NotFound as unknown:
        if not may_be_run(identifier):
            raise
        return await _find_run(api, identifier, unknown)


async def find_current(api: WorkflowsApi, identifier: str) -> Target:
    """As `find`, for acts: they reach only the latest run, so an earlier one is refused."""
    found = await find(api, identifier)
    if found.past:
        raise InvalidArguments(
            f"{found.run_id} is an earlier run of execution {named(found.id)}, "
            "and only the latest run can be acted on. Give the execution id if you mean that."
        )
    return found


def refuse_closed(target: Target, doing: str) -> None:
    """Raise InvalidArguments for an execution that has ended and can no longer do it."""
    if target.ended:
        raise InvalidArguments(
            f"Execution {named(target.id)} has ended ({target.execution.status}) "
            f"and cannot {doing} any more."
        )


def has_ended(status: str | None) -> bool:
    """Whether the execution is over; CONTINUED_AS_NEW ends one run, and another one follows."""
    from shared.models import is_terminal

    return is_terminal(status) and status != "CONTINUED_AS_NEW"


async def _find_run(api: WorkflowsApi, run_id: str, unknown: NotFound) -> Target:
    try:
        run = await api.get_run(run_id)
    except NotFound:
        raise unknown from None
    latest = await api.get_execution(run.execution_id, include_search_keys=True)
    if latest.run_id == run_id:
        return Target(latest, run_id)
    return Target(run, run_id, past=True)
