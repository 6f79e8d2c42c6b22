"""A trace that workers have not sent yet, as they do some seconds late."""

from pathlib import Path

from tests.bot.failing_api import failing_api
from tests.bot.stage import bot_stage, seen
from tests.mcp_server.faces import Stage
from tests.slack.workspace import until


async def test_a_trace_that_is_not_there_yet_is_drawn_from_the_events(
    sandbox_url: str, tmp_path: Path
) -> None:
    execution_id = await Stage(sandbox_url).ended("failing-report")
    async with (
        failing_api(sandbox_url) as api,
        bot_stage(api.url, tmp_path / "ops.db") as face,
        face.person("ana") as ana,
    ):
        api.tell("GET .*/trace/info", {"has_trace_data": False})
        said = await ana.say("ops", f"@workflows trace {execution_id}")
        await seen(ana, "There is no trace yet", thread=said)

        async def titles() -> list[str]:
            messages = await ana.messages("ops", said)
            return [file["title"] for each in messages for file in each.get("files") or ()]

        assert await until(titles) == [f"Trace of {execution_id}, from its events"]

        face.app.scopes.discard("files:write")
        again = await ana.say("ops", f"@workflows trace {execution_id}")
        await seen(ana, "render_report", thread=again)
