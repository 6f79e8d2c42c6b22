"""`python -m benchmarks.chaos`: the bot is killed while 30 executions are watched; what is left?"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.table import Row, draw
from tests.bot.chaos import Chaos, chaos
from tests.bot.chaos_verdict import Verdict, judge
from tests.sandbox_process import running_sandbox

EXECUTIONS = 30
KILLS = 15
CHANNELS = 10
_SEED = 11
_PATIENCE_SECONDS = 300


def main() -> int:
    """Print what is missing, twice or wrong; answers 1 when anything is."""
    with tempfile.TemporaryDirectory(prefix="workflow-ops-chaos-") as folder:
        place = Path(folder)
        with running_sandbox(place / "sandbox") as sandbox:
            rows = asyncio.run(_measure(sandbox.url, place))
    print(draw(rows))
    return 0 if all(row.holds for row in rows) else 1


async def _measure(url: str, folder: Path) -> list[Row]:
    async with chaos(url, folder, seed=_SEED, channels=CHANNELS) as ops:
        began = time.monotonic()
        await ops.run(EXECUTIONS, KILLS, _PATIENCE_SECONDS)
        took = time.monotonic() - began
        verdicts = [await judge(ops, followed) for followed in ops.followed]
        for followed, verdict in zip(ops.followed, verdicts, strict=True):
            if verdict.faults:
                print(followed.execution_id, *verdict.faults, sep="\n  ", file=sys.stderr)
        return _rows(ops, verdicts, took)


def _rows(ops: Chaos, verdicts: list[Verdict], took: float) -> list[Row]:
    beside = f"{len(verdicts)} executions, {ops.bot.kills} kills, {took:.0f} s"
    limited = [each for each in ops.slack.calls.of() if each.error == "ratelimited"]
    dead = ops.read("SELECT 1 FROM outbox WHERE state = 'dead'")
    counts = {
        "cards missing": sum(each.cards == 0 for each in verdicts),
        "cards shown twice": sum(each.cards > 1 for each in verdicts),
        "cards in a wrong state": sum(not each.right_state for each in verdicts),
        "thread lines missing": sum(len(each.found.missing) for each in verdicts),
        "thread lines told twice": sum(len(each.found.surplus) for each in verdicts),
        "thread lines out of order": sum(len(each.disordered) for each in verdicts),
        "questions missing or twice": sum(not each.questions_as_asked for each in verdicts),
        "messages posted twice": ops.duplicates(),
        "messages given up": len(dead),
        "answers of Slack that we were too fast": len(limited),
    }
    return [
        Row(measure, f"{count}", beside, count, "at most", 0, "")
        for measure, count in counts.items()
    ]


if __name__ == "__main__":
    sys.exit(main())
