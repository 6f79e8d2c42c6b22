"""Operations as tools: schema, words and annotations, all from the declaration."""

from collections.abc import Iterable
from typing import Any

from mcp.types import Tool, ToolAnnotations

from shared.operation import Effect, Operation
from shared.schema import input_schema


def describe(operations: Iterable[Operation[Any, Any]]) -> list[Tool]:
    """The tools that offer the operations.

    They have no output schema: it would cost every model more than the input schema, and strict
    clients refuse the answer of a tool that has one when the answer is an error.
    """
    return [_tool(operation) for operation in operations]


def _tool(operation: Operation[Any, Any]) -> Tool:
    title = operation.name.replace("_", " ").capitalize()
    return Tool(
        name=operation.name,
        title=title,
        description=operation.description,
        input_schema=input_schema(operation),
        annotations=ToolAnnotations(
            title=title,  # clients of 2025-03-26 look for it here
            read_only_hint=operation.effect is Effect.READ,
            destructive_hint=operation.effect is Effect.DESTRUCTIVE,
            idempotent_hint=operation.idempotent,
            open_world_hint=True,
        ),
    )
