"""Three bots on PostgreSQL, killed at random while Slack and the API misbehave: nothing is lost."""

from pathlib import Path

from tests.alerts.replicas import replicas
from tests.bot.stores import postgres as postgres
from tests.postgres import Postgres
from tests.slack.workspace import until

EXECUTIONS = 120
KILLS = 4


async def test_each_ended_execution_is_counted_once_whatever_breaks(
    postgres: Postgres, tmp_path: Path
) -> None:
    async with replicas(postgres.new_database(), tmp_path) as ops:
        await ops.subscribe("status=failed,timed_out,terminated workflow=invoice-*")
        await ops.happen(EXECUTIONS // 2, seconds=2)
        await ops.break_things(KILLS, pause=2)
        await ops.happen(EXECUTIONS // 2, seconds=2)
        await until(ops.is_told, deadline=300)

        assert ops.kills == KILLS
        assert ops.facts
        assert ops.alerted() == ops.facts
        assert ops.counted() == len(ops.facts)
        assert ops.duplicates() == 0
        assert ops.disordered() == 0
        assert ops.read("SELECT key, error FROM outbox WHERE state = 'dead'") == []
