"""Questions of real executions: asked in the thread, answered by one person, then notes."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.buttons import Pressed, pressed
from bot.links import message_url
from bot.live.rows import Watched
from bot.live.telling import Rhythm
from bot.questions import Asked, NotOpen, Stand, UnknownQuestion
from bot.questions import rows as question_rows
from sandbox.slack.faults import Fault
from sandbox.slack.model import Message
from shared.call import Effect
from shared.errors import InvalidArguments, NotAllowed, OpsError
from shared.models import is_terminal
from shared.operations.pending import read_pending
from shared.timeline import Question, State
from tests.bot.live_stage import Bot, Theatre, labels, shown, theatre

YES = {"approved": True, "comment": "fine"}


@pytest.fixture
async def stage(sandbox_url: str, tmp_path: Path) -> AsyncGenerator[Theatre]:
    async with theatre(sandbox_url, tmp_path) as opened:
        yield opened


async def test_a_question_is_asked_in_the_thread_with_a_button_for_each_choice(
    stage: Theatre,
) -> None:
    async with stage.bot() as bot:
        await watched(stage, bot)
        card = await question_card(stage)

    assert "🟡 *Manager approval*" in shown(card)
    assert "amount: 480 · employee: eva" in shown(card)
    assert "• approved: Pay it?" in shown(card)
    assert labels(card) == ["Approve", "Reject", "Answer…"]
    requests = presses(card)
    assert [(each.name, each.confirmed) for each in requests] == [
        ("answer_question", True),
        ("answer_question", True),
        ("open_answer", False),
    ]
    assert requests[1].arguments["input"] == {"approved": False}


async def test_what_happened_before_a_question_stands_above_it_in_the_thread(
    stage: Theatre,
) -> None:
    async with stage.bot(rhythm=Rhythm()) as bot:
        await watched(stage, bot)
        question = await question_card(stage)

    [step] = [each for each in stage.thread() if "`check_policy`" in shown(each)]
    assert float(step.ts) < float(question.ts)


async def test_an_answer_reaches_the_execution_and_the_card_says_who_gave_it(
    stage: Theatre,
) -> None:
    async with stage.bot() as bot:
        execution_id = (await watched(stage, bot)).execution_id
        question = question_of(await question_card(stage))
        ana = stage.user("ana")

        answered = await bot.questions.answer(question, ana, YES, bot.person("Ana"))
        card = await card_with(stage, "*Approve* by")
        await stage.titled("✅ expense-approval · completed")
        result = (await bot.api.get_execution(execution_id)).result

    assert answered.state is Stand.ANSWERED
    assert f"<@{ana}>" in shown(card)
    assert "approved: yes · comment: fine" in shown(card)
    assert labels(card) == []
    assert result["approved"] is True


async def test_a_card_leads_to_the_open_question_and_the_question_leads_back(
    stage: Theatre,
) -> None:
    async with stage.bot() as bot:
        first = await watched(stage, bot)
        await bot.live.watch(first.execution_id, stage.channel("general"), by=stage.user("ben"))
        for channel in ("ops", "general"):
            asked = await question_card(stage, channel)
            await linked(stage, asked, channel)
            assert url_of(stage, stage.cards(channel)[0], channel) in shown(asked)

        question = question_of(await question_card(stage))
        await bot.questions.answer(question, stage.user("ana"), YES, bot.person("Ana"))
        done = await stage.titled("✅ expense-approval · completed")

    assert "/archives/" not in shown(done)


async def test_links_are_there_also_when_slack_was_slow_to_show_the_card(stage: Theatre) -> None:
    stage.slack.faults.add(Fault("slow", "chat.postMessage", times=1, seconds=2))

    async with stage.bot() as bot:
        await watched(stage, bot)
        asked = await question_card(stage)
        await stage.until(lambda: url_of(stage, asked) in shown(stage.cards()[0]))
        await stage.until(lambda: url_of(stage, stage.cards()[0]) in shown(asked))

        assert (await question_card(stage)).ts == asked.ts


async def test_of_two_people_one_answers_and_the_other_learns_who(stage: Theatre) -> None:
    async with stage.bot() as bot:
        await watched(stage, bot)
        question = question_of(await question_card(stage))

        stage.line.hold("/updates")
        answers = [
            asyncio.ensure_future(bot.questions.answer(question, user, given, bot.person(name)))
            for user, given, name in (("U1", YES, "Ana"), ("U2", {"approved": False}, "Ben"))
        ]
        # Nobody but the one who is refused comes to an end while no answer gets through.
        await asyncio.wait(answers, return_when=asyncio.FIRST_COMPLETED)
        stage.line.release()
        outcomes = await asyncio.gather(*answers, return_exceptions=True)
        with pytest.raises(NotOpen, match="was already answered by"):
            await bot.questions.answer(question, "U3", YES, bot.person("Cleo"))

    [winner] = [each for each in outcomes if isinstance(each, Asked)]
    [loser] = [each for each in outcomes if isinstance(each, NotOpen)]
    assert loser.question.answered_by == winner.answered_by
    assert f"is being answered by {winner.answered_name}" in str(loser)


async def test_an_answer_of_somebody_without_the_right_leaves_the_question_open(
    stage: Theatre,
) -> None:
    async with stage.bot() as bot:
        await watched(stage, bot)
        question = question_of(await question_card(stage))

        reader = bot.person("Dora", Effect.READ)
        with pytest.raises(NotAllowed):
            await bot.questions.answer(question, "U9", YES, reader)
        kept = await bot.questions.get(question)

        assert (kept.state, kept.note, kept.answered_by) == (Stand.OPEN, None, None)
        answered = await bot.questions.answer(question, "U1", YES, bot.person("Ana"))
        assert answered.state is Stand.ANSWERED


async def test_an_answer_that_does_not_fit_is_told_and_the_next_person_may_try(
    stage: Theatre,
) -> None:
    async with stage.bot() as bot:
        await watched(stage, bot)
        question = question_of(await question_card(stage))

        wrong = {"approved": "perhaps"}
        with pytest.raises(InvalidArguments, match="approved"):
            await bot.questions.answer(question, "U1", wrong, bot.person("Ana"))
        card = await card_with(stage, "The answer of Ana was not taken")

    assert labels(card) == ["Approve", "Reject", "Answer…"]


async def test_an_answer_that_was_given_elsewhere_turns_the_card_to_a_note(
    stage: Theatre,
) -> None:
    async with stage.bot() as bot:
        execution_id = (await watched(stage, bot)).execution_id
        question = question_of(await question_card(stage))
        asked = await bot.questions.get(question)
        given = {"task_id": asked.task_id, "input": YES}
        await bot.api.update_execution(execution_id, "__submit_input", given)

        card = await card_with(stage, "answered elsewhere")
        with pytest.raises(NotOpen, match="already answered elsewhere"):
            await bot.questions.answer(question, "U1", YES, bot.person("Ana"))

    assert labels(card) == []


async def test_a_question_of_an_execution_that_was_terminated_is_no_longer_asked(
    stage: Theatre,
) -> None:
    async with stage.bot() as bot:
        execution_id = (await watched(stage, bot)).execution_id
        question = question_of(await question_card(stage))
        await bot.api.terminate_execution(execution_id)
        await stage.titled("terminated")
        card = await stage.until(lambda: closed(stage))

        with pytest.raises(NotOpen, match="Nothing was sent"):
            await bot.questions.answer(question, "U1", YES, bot.person("Ana"))
    assert "cancelled" in shown(card)


async def test_an_answer_to_what_the_execution_no_longer_asks_closes_the_question(
    stage: Theatre,
) -> None:
    """The bot has not heard of the end: nobody watches any more."""
    async with stage.bot() as bot:
        execution_id = (await watched(stage, bot)).execution_id
        question = question_of(await question_card(stage))
        await bot.live.unwatch(execution_id, stage.channel())
        await bot.api.terminate_execution(execution_id)
        await ended(stage, bot, execution_id)

        with pytest.raises(OpsError, match="has ended"):
            await bot.questions.answer(question, "U1", YES, bot.person("Ana"))
        assert (await bot.questions.get(question)).state is Stand.GONE


async def test_an_answer_that_was_interrupted_can_be_given_again(stage: Theatre) -> None:
    async with stage.bot() as bot:
        await watched(stage, bot)
        question = question_of(await question_card(stage))
        long_ago = datetime.now(UTC) - timedelta(hours=1)
        taken = {"answered_by": "U1", "answered_name": "Ana", "answered_at": long_ago}
        store = await bot.database.store()
        async with store.writing() as connection:
            await question_rows.claim(connection, question, now=long_ago, values=taken)

        card = await card_with(stage, "The answer of Ana was interrupted, and was not taken")
        assert labels(card) == ["Approve", "Reject", "Answer…"]
        answered = await bot.questions.answer(question, "U2", YES, bot.person("Ben"))

    assert answered.answered_name == "Ben"


async def test_a_question_is_asked_once_in_each_channel_also_after_a_restart(
    stage: Theatre,
) -> None:
    async with stage.bot() as bot:
        first = await watched(stage, bot)
        await bot.live.watch(first.execution_id, stage.channel("general"), by=stage.user("ben"))
        question = question_of(await question_card(stage, "ops"))
        assert question_of(await question_card(stage, "general")) == question

    async with stage.bot() as bot:
        await bot.questions.answer(question, stage.user("ana"), YES, bot.person("Ana"))
        for channel in ("ops", "general"):
            await card_with(stage, "*Approve* by", channel)
            await stage.titled("completed", channel)
            asked = [each for each in stage.thread(channel) if "Manager approval" in shown(each)]
            assert sum("by <@" in shown(each) for each in asked) == 1


async def test_an_unknown_question_is_refused(stage: Theatre) -> None:
    async with stage.bot() as bot:
        with pytest.raises(UnknownQuestion):
            await bot.questions.answer("nothing", "U1", YES, bot.person("Ana"))
        with pytest.raises(UnknownQuestion):
            await bot.questions.get("nothing")


async def watched(stage: Theatre, bot: Bot) -> Watched:
    """A watch of an execution that waits for a person."""
    execution_id = await stage.sandbox.waiting(amount=480, employee="eva")
    return await bot.live.watch(execution_id, stage.channel(), by=stage.user("ana"))


def closed(stage: Theatre) -> Message | None:
    """The message that asked, once it does so no more."""
    asked = (each for each in stage.thread() if "Manager approval" in shown(each))
    return next((each for each in asked if labels(each) == []), None)


async def question_card(stage: Theatre, channel: str = "ops") -> Message:
    """The message that asks."""
    return await card_with(stage, "🟡 *Manager approval*", channel)


async def card_with(stage: Theatre, words: str, channel: str = "ops") -> Message:
    """The only reply with these words."""

    def look() -> Message | None:
        if not stage.cards(channel):
            return None
        found = [each for each in stage.thread(channel) if words in shown(each)]
        return found[0] if len(found) == 1 else None

    card: Message = await stage.until(look)
    return card


async def ended(stage: Theatre, bot: Bot, execution_id: str) -> None:
    """Return when the API says so."""
    async with asyncio.timeout(120):
        while not is_terminal((await bot.api.get_execution(execution_id)).status):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def linked(stage: Theatre, asked: Message, channel: str) -> None:
    """Return when the card leads to the message that asks."""
    url = url_of(stage, asked, channel)
    await stage.until(lambda: url in shown(stage.cards(channel)[0]))


def url_of(stage: Theatre, message: Message, channel: str = "ops") -> str:
    """The address of a message."""
    return message_url(stage.slack.workspace.base_url, stage.channel(channel), message.ts)


def presses(card: Message) -> list[Pressed]:
    """What the buttons of a card ask for."""
    elements: list[dict[str, Any]] = [
        each
        for block in card.blocks or ()
        if block["type"] == "actions"
        for each in block["elements"]
    ]
    return [found for each in elements if (found := pressed(each))]


def question_of(card: Message) -> str:
    """The question that a card shows."""
    [question] = {str(each.arguments["question"]) for each in presses(card)}
    return question


async def test_a_question_of_an_execution_below_the_watched_one_says_what_it_is_about(
    stage: Theatre,
) -> None:
    async with stage.bot() as bot:
        execution_id = await stage.sandbox.waiting(amount=480, employee="eva")
        [pending] = await read_pending(bot.api, execution_id)
        below = asked_as(execution_id, pending.task_id)
        async with (await bot.database.store()).writing() as connection:
            # Whoever follows its parent knows nothing of its input.
            await bot.questions.show(connection, below, stage.channel())
        bot.outbox.wake()
        shows = await stage.titled("")
        await stage.until(lambda: "amount: 480 · employee: eva" in shown(stage.cards()[0]))

    assert stage.cards()[0].ts == shows.ts


async def test_what_another_face_noted_of_a_question_is_completed_when_it_is_shown(
    stage: Theatre,
) -> None:
    noted = asked_as("nobody-knows-1", "t-1")
    async with stage.bot() as bot:
        async with (await bot.database.store()).writing() as connection:
            await question_rows.admit(connection, noted, datetime.now(UTC))
            await bot.questions.show(connection, noted, stage.channel(), input={"amount": 7})
        bot.outbox.wake()
        await stage.until(lambda: stage.cards() and "amount: 7" in shown(stage.cards()[0]))


def asked_as(execution_id: str, task_id: str) -> Question:
    """A question as events tell of it."""
    return Question(
        task_id=task_id,
        execution_id=execution_id,
        run_id="",
        workflow_name="expense-approval",
        state=State.RUNNING,
        label="Manager approval",
    )
