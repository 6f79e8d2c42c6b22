"""What follows an operation that went well: the answer, a live card, a word in threads."""

from collections.abc import Callable

from bot.acts.traces import show_trace
from bot.message import Message
from bot.mrkdwn import code, line, user
from bot.questions.words import values
from bot.visit import Visit
from shared.results import Answer, Done, Outcomes, Result, Trace
from shared.text import json_text

_SHORT = 200


async def told(visit: Visit, result: Result, show: Callable[[], Message]) -> None:
    """Show what an operation answered, in the way of its kind."""
    heard = _is_told(visit, result) and await _is_in_a_thread_that_hears(visit)
    await _tell_threads(visit, result)
    if isinstance(result, Trace):
        await show_trace(visit, result, show())
        return
    if heard:
        await visit.modal.conclude("Done", show().text)
    else:
        await say(visit, show())


async def _is_in_a_thread_that_hears(visit: Visit) -> bool:
    """Whether somebody stands in one of them."""
    origin = visit.origin
    if not origin.is_public or not origin.channel or not origin.thread_ts:
        return False
    key = await visit.parts.outbox.find(origin.channel, origin.thread_ts)
    return key in {each.card_key for each in await visit.parts.live.watches(origin.channel)}


def _is_told(visit: Visit, result: Result) -> bool:
    """Whether the threads of the execution are told all there is to say."""
    mine = visit.place.execution_id
    match result:
        case Outcomes():
            return all(each.ok and each.execution_id == mine for each in result.outcomes)
        case Answer(kind="signal" | "update"):
            whole = _answered(result) is not None
            return result.execution_id == mine and whole and not result.notes
    return False


async def say(visit: Visit, message: Message) -> None:
    """Answer; an open form becomes the short version of the answer."""
    await visit.modal.conclude("Done", message.text)
    await visit.answer(message)


async def _tell_threads(visit: Visit, result: Result) -> None:
    """Threads of executions tell what people did to them, and why."""
    by, reason = user(visit.person.id), visit.arguments.get("reason")
    because = f": {line(str(reason), 300)}" if reason else ""
    match result:
        case Outcomes():
            verb = {"cancel": "asked it to stop", "terminate": "terminated it"}[result.act]
            for each in result.outcomes:
                if each.ok:
                    await visit.parts.live.tell(each.execution_id, f"⛔ {by} {verb}{because}")
        case Done() if result.execution_id is not None:
            point = code(str(visit.arguments.get("event_id", "")))
            words = f"↩️ {by} reset it to event {point}{because}"
            await visit.parts.live.tell(result.execution_id, words)
        case Answer(kind="signal" | "update"):
            words = f"✉️ {by} sent the {result.kind} {code(result.name)}"
            await visit.parts.live.tell(result.execution_id, words + (_answered(result) or ""))


def _answered(result: Answer) -> str | None:
    """What came back, where one line can tell it; None where it cannot."""
    if result.kind == "signal" or result.value is None:
        return ""
    whole = len(json_text(result.value)) <= _SHORT
    return f", which answered {values(result.value)}" if whole else None
