"""`python -m benchmarks.alerts_facts [EXECUTIONS]`: are alerts what happened, and how soon?

Executions of a real worker end in every way; what a channel was alerted of is held against what the
API says. The delay is from the end of an execution to the moment a sweep found it.
"""

import asyncio
import statistics
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from benchmarks.table import Row, draw
from shared.api import open_api
from shared.tables import findings
from tests.alerts.mixed_fates import meet
from tests.alerts.test_facts import KINDS, alerted
from tests.bot.stage import BotStage, answer, bot_stage
from tests.sandbox_process import running_sandbox
from tests.slack.workspace import until

EXECUTIONS = 200
_PATIENCE_SECONDS = 120.0


def main() -> int:
    """Print the differences and the delays; answers 1 when there is a difference."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else EXECUTIONS
    with tempfile.TemporaryDirectory(prefix="workflow-ops-facts-") as folder:
        place = Path(folder)
        with running_sandbox(place / "sandbox") as sandbox:
            rows = asyncio.run(_measure(sandbox.url, place, number))
    print(draw(rows))
    return 0 if all(row.holds for row in rows) else 1


async def _measure(url: str, folder: Path, number: int) -> list[Row]:
    async with bot_stage(url, folder / "ops.db") as stage, stage.person("ana") as ana:
        kinds = ",".join(KINDS.values())
        await answer(ana, f"alerts subscribe status={kinds}", "subscribed this channel")
        async with open_api(url, None) as api:
            ends = await meet(api, number)
        facts = {(each, KINDS[status]) for each, status in ends.items() if status in KINDS}

        async def told() -> bool:
            return facts <= await alerted(stage)

        await until(told, deadline=_PATIENCE_SECONDS)
        found = await alerted(stage)
        interval = stage.parts.settings.sweep_seconds
        return _rows(facts, found, await _delays(stage), number, interval)


def _rows(
    facts: set[tuple[str, str]],
    found: set[tuple[str, str]],
    delays: list[float],
    number: int,
    interval: float,
) -> list[Row]:
    beside = f"{number} executions, {len(facts)} to tell"
    p50, p95 = statistics.median(delays), statistics.quantiles(delays, n=20)[-1]
    return [
        Row("alerts lost", f"{len(facts - found)}", beside, len(facts - found), "at most", 0, ""),
        Row("alerts of nothing", "", beside, len(found - facts), "at most", 0, ""),
        Row(
            "detection delay p50 / sweep interval",
            f"{p50:.1f} s",
            f"{interval:.0f} s",
            p50 / interval,
            "at most",
            1.0,
        ),
        Row(
            "detection delay p95 / sweep interval",
            f"{p95:.1f} s",
            f"{interval:.0f} s",
            p95 / interval,
            "at most",
            1.5,
        ),
    ]


async def _delays(stage: BotStage) -> list[float]:
    query = select(findings.c.at, findings.c.found_at).where(findings.c.kind.in_(KINDS.values()))
    store = await stage.parts.database.store()
    async with store.reading() as connection:
        rows = (await connection.execute(query)).all()
    return [(row.found_at - row.at) / timedelta(seconds=1) for row in rows]


if __name__ == "__main__":
    sys.exit(main())
