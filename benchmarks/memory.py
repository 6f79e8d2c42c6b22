"""Memory while one stream of 200,000 events is followed and folded."""

import asyncio
import json
import subprocess
import sys

import psutil

from benchmarks.feed import EXECUTION_ID, pieces, transport
from benchmarks.table import Row

_EVENTS = 200_000
# Caches and buffers have filled by then; what grows later grows with the events.
_WARM = 50_000


def measure() -> list[Row]:
    """Follow in a process of its own, so that nothing else is measured."""
    command = [sys.executable, "-m", "benchmarks.memory"]
    warm, end = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return [
        Row(
            "memory over 200,000 events",
            f"{end / 2**20:.0f} MiB at the end",
            f"{warm / 2**20:.0f} MiB after {_WARM:,}",
            end / warm,
            "at most",
            1.1,
        )
    ]


async def _follow() -> tuple[int, int]:
    from shared.api import open_api
    from shared.events import Frame
    from shared.stream import follow
    from shared.timeline import Timeline

    process = psutil.Process()
    timeline = Timeline(EXECUTION_ID)
    seen = warm = 0
    async with open_api("http://api", "key", transport=transport(pieces(_EVENTS))) as api:
        async for item in follow(api, EXECUTION_ID):
            if isinstance(item, Frame):
                timeline.add(item.data)
                seen += 1
                if seen == _WARM:
                    warm = process.memory_info().rss
    assert seen == _EVENTS
    return warm, process.memory_info().rss


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_follow())))
