"""One tool call from arguments to answer; nothing but an answer leaves this boundary."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import anyio
from mcp.server import ServerRequestContext
from mcp.types import CallToolRequestParams, CallToolResult, TextContent

from mcp_server.backend import Backend
from mcp_server.callers import PLACE, caller
from shared.context import Context, Progress
from shared.errors import OpsError
from shared.explain import did_you_mean
from shared.operation import Effect, Operation
from shared.operations import OPERATIONS
from shared.policy import Policy
from shared.results import Result
from shared.text import bound_json, clean, one_line, truncate

_log = logging.getLogger(__name__)

# Clients give a call 60 s; operations that wait end after 50 s by themselves.
PATIENCE_SECONDS = 55
_ERROR_LIMIT = 2_000
_FIELD_LIMIT = 100_000
_BY_NAME = {operation.name: operation for operation in OPERATIONS}


async def answer(
    ctx: ServerRequestContext[Backend],
    call: CallToolRequestParams,
    policy: Policy,
    patience_seconds: float = PATIENCE_SECONDS,
) -> CallToolResult:
    """The result of a call, or what went wrong as a result; cancellation alone passes through."""
    operation = _BY_NAME.get(call.name)
    if operation is None:
        return _unknown(call.name)
    try:
        with anyio.move_on_after(patience_seconds):
            return await _run(ctx, operation, call.arguments or {}, policy)
    except OpsError as error:
        return _failure(str(error))
    except Exception:
        number = uuid4().hex[:8]
        _log.exception("internal error %s in %s", number, operation.name)
        return _failure(
            f"{operation.name} failed: internal error {number}. "
            f"The log of this server says more under that number.{_maybe_done(operation)}"
        )
    return _failure(
        f"{operation.name} took longer than {patience_seconds:g} s and was given up."
        f"{_maybe_done(operation)}"
    )


async def _run(
    ctx: ServerRequestContext[Backend],
    operation: Operation[Any, Any],
    arguments: Mapping[str, Any],
    policy: Policy,
) -> CallToolResult:
    # What cannot be right is said before the API is opened, which may take its time.
    operation.validate(arguments)
    backend = ctx.lifespan_context
    context = Context(
        api=await backend.api(),
        actor=caller(ctx),
        policy=policy,
        audit=backend.audit,
        database=backend.database,
        place=PLACE,
        progress=_progress(ctx),
    )
    result = await operation.invoke(context, arguments)
    return _success(operation, arguments, result, policy)


def _success(
    operation: Operation[Any, Any], arguments: Mapping[str, Any], result: Result, policy: Policy
) -> CallToolResult:
    from mcp_server.render import View, result_text

    view = View(datetime.now(UTC), policy, operation.name, arguments)
    content = result.model_dump(mode="json", exclude_none=True)
    return CallToolResult(
        content=[TextContent(text=result_text(result, view))],
        structured_content={name: bound_json(v, _FIELD_LIMIT) for name, v in content.items()},
    )


def _progress(ctx: ServerRequestContext[Backend]) -> Progress:
    """Tells the client, in numbers that only grow, as the protocol demands."""
    last = -1.0

    async def report(done: float, total: float | None, message: str) -> None:
        nonlocal last
        if done > last:
            last = done
            await ctx.session.report_progress(done, total, one_line(message, 200))

    return report


def _unknown(name: str) -> CallToolResult:
    hint = did_you_mean(name, list(_BY_NAME)) or ". tools/list has those there are."
    return _failure(f"There is no tool {one_line(name, 80)}{hint}")


def _failure(text: str) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(text=truncate(clean(text), _ERROR_LIMIT))], is_error=True
    )


def _maybe_done(operation: Operation[Any, Any]) -> str:
    if operation.effect is Effect.READ:
        return ""
    return " It may have had its effect: look before you try again."
