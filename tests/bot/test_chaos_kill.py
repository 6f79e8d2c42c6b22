"""kill -9 of the bot at random moments while executions of every kind are watched."""

from pathlib import Path

from tests.bot.chaos import chaos
from tests.bot.chaos_verdict import judge
from tests.bot.live_stage import labels, shown
from tests.slack.workspace import until

EXECUTIONS = 6
KILLS = 2


async def test_after_kills_each_execution_has_one_card_and_a_complete_thread(
    sandbox_url: str, tmp_path: Path
) -> None:
    async with chaos(sandbox_url, tmp_path, seed=7) as ops:
        await ops.run(EXECUTIONS, KILLS)

        assert ops.bot.kills == KILLS
        for followed in ops.followed:
            assert (await judge(ops, followed)).faults == []
        assert ops.duplicates() == 0
        assert ops.read("SELECT key, error FROM outbox WHERE state = 'dead'") == []


async def test_an_answer_on_its_way_while_the_bot_is_killed_is_given_once(
    sandbox_url: str, tmp_path: Path
) -> None:
    async with chaos(sandbox_url, tmp_path, seed=3, channels=1) as ops:
        followed = await ops.start("expense-approval", "amount=480", ops.channels[0])

        async def asked() -> bool:
            return any("Approve" in labels(each) for each in ops.thread(followed))

        async def answering() -> bool:
            return ops.read("SELECT state FROM questions WHERE state != 'open'") != []

        await until(asked, deadline=240)
        [question] = [each for each in ops.thread(followed) if "Approve" in labels(each)]
        await ops.press(followed, question, "Approve")
        await until(answering)
        await ops.bot.kill()
        await ops.bot.start()
        await ops.attend(followed)
        await until(ops.is_over, deadline=240)

        assert (await judge(ops, followed)).faults == []
        result = (await ops.api.get_execution(followed.execution_id)).result
        assert result["approved"] is True
        [note] = [each for each in ops.thread(followed) if each.ts == question.ts]
        assert labels(note) == []
        assert "Manager approval" in shown(note)
