"""What the API says of executions, and what a channel is told of them: the same."""

from pathlib import Path

from sqlalchemy import select

from shared.api import open_api
from shared.tables import alert_occurrences, findings
from tests.alerts.mixed_fates import FATES, meet
from tests.bot.stage import BotStage, answer, bot_stage
from tests.slack.workspace import until

KINDS = {
    "FAILED": "failed",
    "TIMED_OUT": "timed_out",
    "TERMINATED": "terminated",
    "CANCELED": "cancelled",
}


async def test_the_alerts_are_what_the_api_says_of_executions_of_every_fate(
    sandbox_url: str, tmp_path: Path
) -> None:
    async with bot_stage(sandbox_url, tmp_path / "ops.db") as stage, stage.person("ana") as ana:
        kinds = "failed,timed_out,terminated,cancelled"
        # What ends before it is not for it.
        await answer(ana, f"alerts subscribe status={kinds}", "subscribed this channel")
        async with open_api(sandbox_url, None) as api:
            ends = await meet(api, len(FATES) * 2)
        facts = {(each, KINDS[status]) for each, status in ends.items() if status in KINDS}

        async def told() -> bool:
            return facts <= await alerted(stage)

        await until(told, deadline=300)
        mine = {(each, kind) for each, kind in await alerted(stage) if each in ends}

        assert {kind for _, kind in facts} == set(KINDS.values())
        assert mine == facts


async def alerted(stage: BotStage) -> set[tuple[str, str]]:
    """The executions that a group counts, and as what."""
    query = select(findings.c.execution_id, findings.c.kind).join(
        alert_occurrences, alert_occurrences.c.finding_key == findings.c.key
    )
    store = await stage.parts.database.store()
    async with store.reading() as connection:
        return {(row.execution_id, row.kind) for row in await connection.execute(query)}
