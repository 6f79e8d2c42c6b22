"""What our tools cost in a model's context, in o200k tokens."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

from bpe_openai import get_encoding

from benchmarks.table import Row
from mcp_server.render import View, result_text
from mcp_server.tools import describe
from shared.call import Effect
from shared.operations import OPERATIONS
from shared.operations.executions import list_executions
from shared.policy import Policy
from shared.results import ExecutionRow, Executions

_NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def measure() -> list[Row]:
    """Count the tool list as a model sees it, and the text of 50 executions."""
    encoding = get_encoding("o200k_base")
    tools = [
        {"name": tool.name, "description": tool.description, "inputSchema": tool.input_schema}
        for tool in describe(OPERATIONS)
    ]
    # The tools of alerts came after the bound of the 27 others, and have one of their own.
    alerts = [tool for tool in tools if "alert" in str(tool["name"])]
    others = [tool for tool in tools if tool not in alerts]
    listed, added = (
        len(encoding.encode(json.dumps(some, separators=(",", ":"), ensure_ascii=False)))
        for some in (others, alerts)
    )
    view = View(_NOW, Policy(allow=Effect.DESTRUCTIVE), list_executions.name, {})
    rows = len(encoding.encode(result_text(_fifty(), view)))
    return [
        Row(f"tool list of {len(others)} tools", "-", "-", listed, "at most", 3000, "tokens"),
        Row(f"{len(alerts)} tools of alerts", "-", "-", added, "at most", 650, "tokens"),
        Row("50 executions, full ids", "-", "-", rows, "at most", 1700, "tokens"),
    ]


def _fifty() -> Executions:
    statuses = ("COMPLETED", "RUNNING", "FAILED", "CANCELED")
    names = ("document-processing", "expense-approval", "daily-digest")
    return Executions(
        executions=tuple(
            ExecutionRow(
                execution_id=UUID(int=number * 0x9E3779B97F4A7C15F39CC0605CEDC834 % 2**128).hex,
                workflow=names[number % 3],
                status=statuses[number % 4],
                started_at=_NOW - timedelta(minutes=7 * number + 1),
                ended_at=_NOW - timedelta(minutes=7 * number) if number % 4 != 1 else None,
                duration_ms=61_234 + number if number % 4 != 1 else None,
            )
            for number in range(50)
        ),
        cursor="eyJrZXkiOiAiMjAyNiJ9",
    )
