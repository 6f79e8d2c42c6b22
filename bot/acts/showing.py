"""What the bot itself can tell: help, rights, results in full, and the trail of acts."""

from bot.blocks import section
from bot.grammar import all_routes
from bot.message import Message
from bot.mrkdwn import code
from bot.own_commands import AUDIT, HELP, RESULT
from bot.render.files import shown_json
from bot.render.help import render_group_help, render_help, render_verb_help
from bot.render.people import render_audit, render_whoami
from bot.visit import Visit
from shared.audit_rows import read_rows
from shared.errors import InvalidArguments
from shared.operations.snapshot import snapshot
from shared.operations.target import find
from shared.times import parse_moment

# Nobody reads more than this, and Slack takes it.
_WHOLE = 20_000_000


async def show_help(visit: Visit) -> None:
    """The commands, or one of them."""
    routes, command = all_routes(), visit.parts.settings.command
    words = tuple(HELP.validate(visit.arguments).words)
    found = [route for route in routes if route.words[: len(words)] == words] if words else []
    if words and not found:
        raise InvalidArguments(f"There is no command {' '.join(words)}. `help` lists them all.")
    if len(found) == 1 or (found and found[0].words == words):
        await visit.whisper(render_verb_help(found[0], routes, visit.view, command))
    elif found:
        await visit.whisper(render_group_help(words, found, visit.view))
    else:
        await visit.whisper(render_help(routes, visit.view, command))


async def dismiss(visit: Visit) -> None:
    """A question that was not answered with yes."""
    message = Message("Nothing was done.")
    await visit.parts.replies.whisper(visit.origin, message, replace=True)


async def show_who(visit: Visit) -> None:
    """Who somebody is, and what they may do."""
    await visit.whisper(render_whoami(visit.person, visit.view))


async def show_result(visit: Visit) -> None:
    """What an execution returned, as a file when it is long."""
    given = await visit.parts.targets.resolve("result", visit.arguments, visit.place)
    execution_id = RESULT.validate(given).execution_id
    target = await find(visit.context.api, execution_id)
    result = await snapshot(visit.context, target, max_chars=_WHOLE)
    await visit.parts.targets.notice(visit.place, result)
    if result.result is None:
        raise InvalidArguments(
            f"There is no result of {execution_id}: its status is {result.status or 'unknown'}."
        )
    blocks, files = shown_json("Result", f"result-{execution_id}", result.result)
    text = f"The result of {code(execution_id)}"
    await visit.answer(Message(f"{text}.", (section(text), *blocks), tuple(files)))


async def show_audit(visit: Visit) -> None:
    """Who did what, newest first."""
    given = AUDIT.validate(visit.arguments)
    rows = await read_rows(
        await visit.parts.database.store(),
        since=parse_moment(given.since, visit.parts.clock()) if given.since else None,
        actor=_actor(given.by),
        limit=given.limit,
    )
    await visit.whisper(render_audit(rows, visit.view))


def _actor(by: str | None) -> str | None:
    """The id of a mention, or the name that was typed."""
    return by.removeprefix("@").strip() if by else None
