"""The connections of a bot over Socket Mode, as Slack sees them."""

import asyncio

import pytest

from sandbox.slack.sockets import Socket
from tests.bot.stage import PATIENCE_SECONDS, BotStage, answer
from tests.slack.workspace import Person, until


@pytest.mark.parametrize("reason", ["refresh_requested", "lost"])
async def test_a_bot_has_two_connections_and_answers_while_one_of_them_goes(
    stage: BotStage, ana: Person, reason: str
) -> None:
    before = await connected(stage)
    first = stage.slack.sockets.open_sockets(stage.app.id)[0]
    gone = first.close(1001) if reason == "lost" else renewed(stage, ana, reason)
    # Slack hands each delivery to the next connection in turn: two of these to the one that stays.
    _, told = await asyncio.gather(gone, answer(ana, "whoami", "You are"))
    again = await answer(ana, "help", "Acts on executions")

    assert told["ephemeral"]
    assert again["ephemeral"]
    after = await connected(stage, without=first)
    assert len(after & before) == 1


async def connected(stage: BotStage, without: Socket | None = None) -> set[Socket]:
    """The connections, when there are as many as a bot has by default."""

    async def look() -> set[Socket]:
        return set(stage.slack.sockets.open_sockets(stage.app.id)) - {without}

    return await until(look, lambda found: len(found) == 2, deadline=PATIENCE_SECONDS)


async def renewed(stage: BotStage, person: Person, reason: str) -> None:
    """Slack asks one connection to leave, as it does every few hours."""
    await person.control.post("sockets", disconnect=stage.app.name, reason=reason, count=1)
