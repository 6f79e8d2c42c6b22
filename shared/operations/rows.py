"""Executions as rows of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.results import ExecutionRow

if TYPE_CHECKING:
    from shared.models import Execution


def execution_row(execution: Execution) -> ExecutionRow:
    """The execution in a line."""
    return ExecutionRow(
        execution_id=execution.execution_id,
        workflow=execution.workflow_name,
        status=execution.status,
        started_at=execution.start_time,
        ended_at=execution.end_time,
        duration_ms=whole(execution.total_duration_ms),
        parent_id=execution.parent_execution_id,
    )


def whole(number: float | None) -> int | None:
    """Milliseconds without a fraction."""
    return None if number is None else round(number)
