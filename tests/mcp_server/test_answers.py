"""A person in Slack and an assistant over MCP answer the same question: one of them does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.types import CallToolResult

from sandbox.slack.model import Json
from tests.bot.slow_api import SlowApi, slow_api
from tests.bot.stage import PATIENCE_SECONDS, BotStage, after, bot_stage, newest, seen, text_of
from tests.mcp_server.faces import client_of, fresh, rows_of, server_at
from tests.mcp_server.faces import text_of as words_of
from tests.slack.workspace import Person, until

REJECTED = {"approved": False, "comment": "no receipt"}


@dataclass(frozen=True, slots=True)
class Both:
    """Two faces with one store, before an API that can be held up."""

    bot: BotStage
    ana: Person
    assistant: Client
    api: SlowApi
    database: Path

    async def question(self) -> tuple[str, Json]:
        """An execution that waits, and its question in Slack."""
        execution_id = fresh("both")
        before = await newest(self.ana)
        start = f"/workflows start expense-approval amount=48 execution_id={execution_id}"
        await self.ana.command("ops", start)
        card = await after(self.ana, before, execution_id)
        return execution_id, await seen(self.ana, "What the manager answers", thread=card["ts"])

    async def reject(self, execution_id: str, **more: Any) -> CallToolResult:
        """The assistant answers."""
        given = {"execution_id": execution_id, "input": REJECTED, **more}
        return await self.assistant.call_tool("submit_input", given)

    async def sent(self, execution_id: str) -> None:
        """The first answer is on its way: its question is taken."""
        await until(lambda: self._states(execution_id), lambda found: found == ["answering"])

    async def noted(self, execution_id: str) -> None:
        """The first answer has arrived, and whoever gave it knows."""
        await until(lambda: self._states(execution_id), lambda found: found == ["answered"])

    async def told(self, question: Json, words: str) -> Json:
        """What Slack tells the person alone."""
        shown = await seen(self.ana, words, thread=question["thread_ts"])
        assert shown["ephemeral"]
        return shown

    async def result(self, execution_id: str) -> Json:
        """What the execution returned in the end."""

        async def look() -> Json:
            found: Json = await self.bot.read(f"/executions/{execution_id}")
            return found

        ended = await until(look, lambda each: each["status"] == "COMPLETED", deadline=120)
        found: Json = ended["result"]
        return found

    async def accepted(self, execution_id: str) -> list[str]:
        """Who the trail says gave an answer that was taken."""

        async def tried() -> list[Json]:
            rows = [row for row in rows_of(self.database) if row["operation"] == "submit_input"]
            return [row for row in rows if execution_id in str(row)]

        rows = await until(tried, lambda rows: all(row["outcome"] != "started" for row in rows))
        return [row["actor_kind"] for row in rows if row["outcome"] == "ok"]

    async def _states(self, execution_id: str) -> list[str]:
        rows = await self._read("SELECT state FROM questions WHERE execution_id = ?", execution_id)
        return [row["state"] for row in rows]

    async def _read(self, query: str, *given: str) -> list[Any]:
        import sqlite3

        with sqlite3.connect(self.database) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(query, given).fetchall()


@pytest.fixture(scope="module")
async def both(sandbox_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    database = tmp_path_factory.mktemp("both") / "ops.db"
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(slow_api(sandbox_url))
        bot = await stack.enter_async_context(bot_stage(api.url, database))
        ana = await stack.enter_async_context(bot.person("ana"))
        assistant = await stack.enter_async_context(client_of(server_at(api.url, database)))
        yield Both(bot, ana, assistant, api, database)


async def test_a_person_learns_that_an_assistant_is_answering(both: Both) -> None:
    execution_id, question = await both.question()
    both.api.hold(f"POST .*/{execution_id}/updates")
    answering = asyncio.create_task(both.reject(execution_id))
    await both.sent(execution_id)

    await both.ana.click(question, "Approve")
    told = await both.told(question, "is being answered by")
    both.api.release()

    assert " via " in text_of(told), "the assistant has a name"
    assert "who began" in text_of(told), "and it is said since when"
    assert not (await answering).is_error
    assert (await both.result(execution_id))["comment"] == "no receipt"
    assert await both.accepted(execution_id) == ["local"]

    async def closed() -> bool:
        shown = await both.ana.messages("ops", question["thread_ts"])
        [card] = [each for each in shown if each["ts"] == question["ts"]]
        return "Approve" not in text_of(card) and " via " in text_of(card)

    await until(closed, deadline=PATIENCE_SECONDS)


async def test_an_assistant_learns_which_person_answers_and_which_one_has_answered(
    both: Both,
) -> None:
    execution_id, question = await both.question()
    both.api.hold(f"POST .*/{execution_id}/updates")
    await both.ana.click(question, "Approve")
    await both.sent(execution_id)

    meanwhile = await both.reject(execution_id)
    both.api.release()
    assert (await both.result(execution_id))["approved"] is True
    assert await both.accepted(execution_id) == ["slack"]
    await both.noted(execution_id)
    later = await both.reject(execution_id)

    assert meanwhile.is_error
    assert later.is_error
    assert "“Manager approval” is being answered by Ana Almeida" in words_of(meanwhile)
    assert "“Manager approval” was already answered by Ana Almeida" in words_of(later)
    assert "Nothing was sent." in words_of(later)


async def test_of_both_at_once_exactly_one_is_heard(both: Both) -> None:
    execution_id, question = await both.question()
    answer, _ = await asyncio.gather(both.reject(execution_id), both.ana.click(question, "Approve"))
    result = await both.result(execution_id)

    if answer.is_error:
        assert "answered by Ana Almeida" in words_of(answer)
        assert result["approved"] is True
        assert await both.accepted(execution_id) == ["slack"]
    else:
        await both.told(question, "answered by")
        assert result["comment"] == "no receipt"
        assert await both.accepted(execution_id) == ["local"]
