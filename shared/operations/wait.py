"""Waiting for an execution, never longer than a caller's own timeout allows."""

from typing import Annotated, Literal

from pydantic import Field

from shared.arguments import Id
from shared.call import Effect
from shared.context import Context
from shared.operation import Params, operation
from shared.operations.waiting import wait
from shared.results import ExecutionDetail


class WaitForExecution(Params):
    """The arguments of wait_for_execution."""

    execution_id: Id
    timeout_seconds: Annotated[int, Field(ge=1, le=50)] = 45
    until: Annotated[
        Literal["end", "input"], Field(description="input: also when it waits for a human.")
    ] = "input"


@operation(
    command="wait {execution_id}",
    effect=Effect.READ,
    idempotent=True,
    examples=lambda: (WaitForExecution(execution_id="order-41"),),
)
async def wait_for_execution(context: Context, params: WaitForExecution) -> ExecutionDetail:
    """Wait until an execution ends.

    At the timeout it answers with the current state and still_running; call again.
    """
    return await wait(context, params.execution_id, params.timeout_seconds, until=params.until)
