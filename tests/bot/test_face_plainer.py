"""A workspace that knows no new kinds of blocks: people read the rows all the same."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import insert

from sandbox.slack.faults import Fault
from shared.alerts import group_rows
from shared.alerts.finding import Kind
from shared.alerts.groups import opened
from shared.alerts.subscriptions import short_id
from shared.context import utc_now
from shared.tables.alerts import alert_occurrences
from tests.bot.alerts_made import occurrence
from tests.bot.stage import BotStage, answer, seen, text_of
from tests.bot.test_alerts_buttons import below, choose
from tests.bot.test_alerts_threads import subscription
from tests.mcp_server.faces import Stage, fresh
from tests.slack.workspace import Person

NEW = ("alert", "card", "carousel", "container", "data_table", "markdown", "table", "task_card")


@pytest.fixture(autouse=True)
def old_workspace(face: BotStage) -> Iterator[None]:
    """Slack refuses every message with a new kind of block, by whichever way it comes."""
    for kind in NEW:
        face.slack.faults.add(Fault("invalid_blocks", block_type=kind, times=99))
    yield
    face.slack.faults.clear()


async def test_a_typed_list_has_its_rows_and_their_buttons(face: BotStage, on_call: Person) -> None:
    batch = await Stage(face.api_url).ended("order-batch", orders=2)
    tree = (await face.read(f"/runs?root_execution_id={batch}"))["executions"]
    listed = await answer(on_call, f"list root_execution_id={batch}", batch)
    for each in tree:
        row = next(row for row in listed["blocks"] if each["execution_id"] in text_of(row))
        assert "Diagnose" in text_of(row["accessory"])
    assert len(tree) == 3


async def test_a_digest_of_alerts_has_its_table_as_lines(face: BotStage, on_call: Person) -> None:
    mine = await subscription(face, mode="digest", digest_seconds="60")
    # Its window of time is over.
    then = utc_now() - timedelta(minutes=10)
    failed = fresh("gone")
    facts = {"workflow": "failing-report", "execution_id": failed, "subject": failed, "at": then}
    first = occurrence(Kind.FAILED, step="net_revenue", error="no data", **facts)
    made = opened(short_id(), mine.id, "e" * 40, {"workflow": "failing-report"}, first, then)
    row = {"subscription_id": mine.id, "finding_key": failed, "group_id": made.id}
    told = {"number": 1, "at": then, "snapshot": first.model_dump(mode="json"), "told": False}
    store = await face.parts.database.store()
    async with store.writing() as connection:
        await group_rows.add(connection, [made])
        await connection.execute(insert(alert_occurrences), {**row, **told})

    message = await seen(on_call, f"subscription `{mine.id}`")
    assert "table" not in {each["type"] for each in message["blocks"]}
    assert "Workflow | What | Times | Last | Error" in text_of(message["blocks"])
    assert "failing-report | ❌ failed in net_revenue | 1 | " in text_of(message["blocks"])

    await choose(on_call, message, "1. failing-report failed")
    await below(on_call, message, f"alert `{made.id}`")
