"""`python -m benchmarks.alerts_chaos [TRANSITIONS]`: three bots are killed; which alerts are lost?

Executions end at an API that fails now and then, three bots on one PostgreSQL are killed at random,
and Slack misbehaves. Afterwards what the alerts count is held against what happened.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.table import Row, draw
from tests.alerts.replicas import Replicas, replicas
from tests.postgres import running_postgres
from tests.slack.workspace import until

TRANSITIONS = 10_000
_REPLICAS = 3
_KILLS = 20
_PAUSE_SECONDS = 6.0
_PATIENCE_SECONDS = 1_800.0
_AT_ONCE = 50


def main() -> int:
    """Print what is lost, twice or out of order; answers 1 when anything is."""
    transitions = int(sys.argv[1]) if len(sys.argv) > 1 else TRANSITIONS
    with (
        tempfile.TemporaryDirectory(prefix="workflow-ops-alerts-") as folder,
        running_postgres() as server,
    ):
        rows = asyncio.run(_measure(server.new_database(), Path(folder), transitions))
    print(draw(rows))
    return 0 if all(row.holds for row in rows) else 1


async def _measure(database_url: str, folder: Path, transitions: int) -> list[Row]:
    async with replicas(database_url, folder, number=_REPLICAS) as ops:
        await ops.subscribe("status=failed,timed_out,terminated workflow=invoice-*")
        began = time.monotonic()
        spread = max(_KILLS * _PAUSE_SECONDS / 2, transitions / _AT_ONCE)
        async with asyncio.TaskGroup() as group:
            group.create_task(ops.happen(transitions, seconds=spread, workflows=20))
            group.create_task(ops.break_things(_KILLS, _PAUSE_SECONDS))
        await until(ops.is_shown, deadline=_PATIENCE_SECONDS)
        return _rows(ops, transitions, time.monotonic() - began)


def _rows(ops: Replicas, transitions: int, took: float) -> list[Row]:
    beside = f"{transitions} transitions, {ops.kills} kills, {took:.0f} s"
    alerted = ops.alerted()
    dead = ops.read("SELECT 1 FROM outbox WHERE state = 'dead'")
    counts = {
        "alerts lost": len(ops.facts - alerted),
        "alerts of what did not happen": len(alerted - ops.facts),
        "occurrences counted twice": max(0, ops.counted() - len(ops.facts)),
        "messages posted twice": ops.duplicates(),
        "replies out of order": ops.disordered(),
        "messages given up": len(dead),
    }
    return [
        Row(f"{measure} (of {len(ops.facts)})", f"{count}", beside, count, "at most", 0, "")
        for measure, count in counts.items()
    ]


if __name__ == "__main__":
    sys.exit(main())
