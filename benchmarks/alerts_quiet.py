"""`python -m benchmarks.alerts_quiet [SECONDS]`: what does an hour cost in which nothing happens?

One bot with a subscription of the usual kind beside an API where nothing ends. What it does in the
measured time is scaled to an hour.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

import psutil

from benchmarks.table import Row, draw
from bot.settings import BotSettings
from tests.alerts.replicas import Replicas, replicas

SECONDS = 120.0
_SETTLING_SECONDS = 15.0
_HOUR = 3_600.0


def main() -> int:
    """Print the costs; answers 1 when one misses its bound."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with tempfile.TemporaryDirectory(prefix="workflow-ops-quiet-") as folder:
        rows = asyncio.run(_measure(Path(folder), seconds))
    print(draw(rows))
    return 0 if all(row.holds for row in rows) else 1


async def _measure(folder: Path, seconds: float) -> list[Row]:
    usual = BotSettings().sweep_seconds
    url = f"sqlite:///{folder / 'ops.db'}"
    async with replicas(url, folder, number=1, sweep_seconds=usual) as ops:
        await ops.ana.command("ops", "/workflows alerts subscribe status=failed,timed_out")
        await asyncio.sleep(_SETTLING_SECONDS)
        [bot] = ops.bots
        process = psutil.Process(bot.pid)
        before = _used(ops, process)
        await asyncio.sleep(seconds)
        after = _used(ops, process)
        memory = process.memory_info().rss / 2**20
    spent = [later - earlier for earlier, later in zip(before, after, strict=True)]
    api, slack, cpu = (each * _HOUR / seconds for each in spent)
    beside = f"{seconds:.0f} s measured"
    return [
        Row("API calls in a quiet hour", f"{api:.0f}", beside, api, "at most", 730, ""),
        Row("Slack calls in a quiet hour", f"{slack:.0f}", beside, slack, "at most", 1, ""),
        Row("CPU seconds in a quiet hour", f"{cpu:.0f}", beside, cpu, "at most", 120, ""),
        Row("memory (MB)", f"{memory:.0f}", beside, memory, "at most", 250, ""),
    ]


def _used(ops: Replicas, process: psutil.Process) -> tuple[float, float, float]:
    times = process.cpu_times()
    return ops.server.calls.total(), len(ops.slack.calls.of()), times.user + times.system


if __name__ == "__main__":
    sys.exit(main())
