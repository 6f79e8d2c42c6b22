"""Going back to an earlier point of an execution."""

import asyncio
from typing import Annotated

from pydantic import Field

from shared.arguments import Id, Reason
from shared.call import Effect
from shared.context import Context
from shared.errors import ApiError, InvalidArguments
from shared.operation import Params, operation
from shared.operations.history import read_history
from shared.operations.target import Target, find_current
from shared.results import Done, NextStep

_LISTED = 30
_PATIENCE_SECONDS = 5


class ResetExecution(Params):
    """The arguments of reset_execution."""

    execution_id: Id
    event_id: Annotated[int, Field(ge=1)]
    reason: Reason | None = None
    exclude_signals: bool = False
    exclude_updates: bool = False


@operation(
    command="reset {execution_id} {event_id}",
    effect=Effect.DESTRUCTIVE,
    idempotent=False,
    examples=lambda: (ResetExecution(execution_id="order-41", event_id=4, reason="bad deploy"),),
)
async def reset_execution(context: Context, params: ResetExecution) -> Done:
    """Start a new run from a reset point of the history; an open run is terminated.

    get_execution_history lists reset points.
    """
    target = await find_current(context.api, params.execution_id)
    events = await read_history(context, Target(target.execution))
    _check(params.event_id, [event.number for event in events if event.is_reset_point])
    await context.api.reset_execution(
        target.id,
        params.event_id,
        reason=params.reason,
        exclude_signals=params.exclude_signals,
        exclude_updates=params.exclude_updates,
    )
    run_id = await _new_run(context, target)
    return Done(
        message=f"Execution {target.id} goes on from event {params.event_id} in a new run.",
        execution_id=target.id,
        run_id=run_id,
        notes=() if run_id else ("The new run does not show yet; see get_execution.",),
        next_steps=(
            NextStep(operation="wait_for_execution", arguments={"execution_id": target.id}),
        ),
    )


def _check(event_id: int, points: list[int]) -> None:
    # Without a readable history the API decides.
    if not points or event_id in points:
        return
    listed = ", ".join(map(str, points[-_LISTED:]))
    earlier = "the last are " if len(points) > _LISTED else ""
    raise InvalidArguments(
        f"Event {event_id} is no reset point, and nothing was sent. "
        f"Reset points end a workflow task: {earlier}{listed}."
    )


async def _new_run(context: Context, target: Target) -> str | None:
    """The run that the reset began: the API does not name it (mistralai-workflows 3.16.0)."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                run_id = (await context.api.get_execution(target.id)).run_id
                if run_id != target.execution.run_id:
                    return run_id
                await asyncio.sleep(0.2)
    except (TimeoutError, ApiError):
        return None
