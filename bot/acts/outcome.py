"""What follows an operation that went well: the answer, a live card, a word in threads."""

from collections.abc import Callable

from bot.acts.traces import show_trace
from bot.message import Message
from bot.mrkdwn import code, line, user
from bot.visit import Visit
from shared.results import Done, Outcomes, Result, Trace


async def told(visit: Visit, result: Result, show: Callable[[], Message]) -> None:
    """Show what an operation answered, in the way of its kind."""
    await _tell_threads(visit, result)
    if isinstance(result, Trace):
        await show_trace(visit, result, show())
        return
    if _is_told(visit, result):
        await visit.modal.conclude("Done", show().text)
    else:
        await say(visit, show())


def _is_told(visit: Visit, result: Result) -> bool:
    """Whether the thread in which somebody stands has just heard all there is to say."""
    if not isinstance(result, Outcomes) or not visit.origin.is_public:
        return False
    return all(
        each.ok and each.execution_id == visit.place.execution_id for each in result.outcomes
    )


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
        case _:
            await _tell_message(visit, by)


async def _tell_message(visit: Visit, by: str) -> None:
    name, execution_id = visit.request.name, visit.arguments.get("execution_id")
    if name in ("signal_execution", "update_execution") and isinstance(execution_id, str):
        kind = name.partition("_")[0]
        words = f"✉️ {by} sent the {kind} {code(str(visit.arguments.get('name', '')))}"
        await visit.parts.live.tell(execution_id, words)
