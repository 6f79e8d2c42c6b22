"""`python -m benchmarks.live_cards`: a hundred live cards in one channel, in virtual time."""

import asyncio
import random
import sys
import tempfile
from pathlib import Path

from benchmarks.table import Row, draw
from bot.delivery import Timing
from tests.bot.test_delivery_live import Board
from tests.bot.virtual_slack import QuietLoop, virtual_world

CARDS = 100
SECONDS = 300
_BOUND_SECONDS = 5


def main() -> int:
    """Print how soon the ends are seen; answers 1 when a bound is missed."""
    with (
        tempfile.TemporaryDirectory(prefix="workflow-ops-cards-") as folder,
        asyncio.Runner(loop_factory=QuietLoop) as runner,
    ):
        rows = runner.run(_measure(Path(folder)))
    print(draw(rows))
    return 0 if all(row.holds for row in rows) else 1


async def _measure(folder: Path) -> list[Row]:
    async with virtual_world(folder) as ops:
        board = Board(ops, random.Random(1), CARDS, seconds=SECONDS, channels=1)
        async with ops.sending(Timing()):
            await board.live()
            waits = sorted(await board.waits())
        counters = ops.calls.counters
    late, last = waits[int(CARDS * 0.95)], waits[-1]
    beside = f"{CARDS} cards, one channel, {SECONDS} s"
    updates = f"{counters.updates} updates"
    return [
        Row("the end is seen, p95", f"{late:.1f} s", beside, late, "at most", _BOUND_SECONDS, "s"),
        Row("the end is seen, last", f"{last:.1f} s", beside, last, "at most", 60, "s"),
        Row("Slack asked for patience", updates, beside, counters.limited, "at most", 0, "times"),
    ]


if __name__ == "__main__":
    sys.exit(main())
