"""Watching: a live card in a channel or in a direct message."""

from collections.abc import Iterator

from bot.acts.cards import shown_card
from bot.acts.place import channel_of
from bot.blocks import actions, context, section
from bot.buttons import button
from bot.delivery import Posted
from bot.links import message_url
from bot.live import Watched
from bot.message import Block, Message
from bot.mrkdwn import code, date, line, link, user
from bot.own_commands import WATCHES
from bot.visit import Visit
from shared.errors import InvalidArguments, OpsError

_PAGE = 20


class NotShown(OpsError):
    """Slack does not let the card be where it was wanted."""


async def watch(visit: Visit) -> None:
    """Follow an execution with a live card; without one, list what is followed here."""
    given = await visit.parts.targets.resolve("watch", visit.arguments, visit.place)
    if not given.get("execution_id"):
        await watches(visit.asking(WATCHES.name, {}))
        return
    direct = given.get("where") == "dm"
    channel = await channel_of(visit, direct=direct)
    watched = await visit.parts.live.watch(
        str(given["execution_id"]),
        channel,
        by=visit.person.id,
        mode=str(given.get("events", "all")),
    )
    await visit.parts.targets.memory.keep_last(visit.place, watched.execution_id)
    shown = await shown_card(visit, watched.card_key)
    if isinstance(shown, str):
        await visit.parts.live.unwatch(watched.execution_id, channel)
        raise NotShown(f"The card cannot be shown there: {shown}")
    await visit.whisper(_following(watched, _card(visit, shown), elsewhere=direct))


async def watch_message(visit: Visit) -> None:
    """Follow the execution that a message is about; in the thread of a card, that of the card."""
    execution_id = visit.place.execution_id
    if execution_id is None:
        shown = [str(each) for each in visit.arguments.get("shown") or ()]
        execution_id = await visit.parts.targets.shown(shown)
    if execution_id is None:
        raise InvalidArguments("This message shows no execution that I can see. Type `watch ID`.")
    await watch(visit.asking("watch", {"execution_id": execution_id}))


async def unwatch(visit: Visit) -> None:
    """Stop following; the card stays as it stands."""
    given = await visit.parts.targets.resolve("unwatch", visit.arguments, visit.place)
    execution_id = str(given.get("execution_id") or "")
    if not execution_id:
        raise InvalidArguments("unwatch: execution_id is required.")
    channel = await channel_of(visit)
    stopped = await visit.parts.live.unwatch(execution_id, channel)
    words = "is not followed here any more" if stopped else "was not followed here"
    await visit.whisper(Message(f"{code(execution_id)} {words}."))


async def watches(visit: Visit) -> None:
    """What is followed here, a page of it."""
    found = await visit.parts.live.watches(await channel_of(visit))
    if not found:
        await visit.answer(Message("Nothing is followed here. `watch ID` begins to."))
        return
    title = f"{len(found)} followed here" if len(found) > 1 else "One execution is followed here"
    last = -(-len(found) // _PAGE)
    page = min(WATCHES.validate(visit.arguments).page, last)
    shown = found[_PAGE * (page - 1) : _PAGE * page]
    rows = [_row(each, str(number)) for number, each in enumerate(shown)]
    turns = list(_turns(page, last))
    ways = [context(f"Page {page} of {last}"), actions(*turns)] if turns else []
    await visit.answer(Message(f"{title}.", (section(f"*{title}*"), *rows, *ways)))


def _turns(page: int, last: int) -> Iterator[Block]:
    """The other pages: the next one, and the first."""
    if page < last:
        yield button("Next", WATCHES.name, {"page": page + 1}, tag="next")
    if page > 1:
        yield button("First page", WATCHES.name, {"page": 1}, tag="first")


def _row(watched: Watched, tag: str) -> Block:
    me = {"execution_id": watched.execution_id}
    since = f"since {date(watched.created_at)} for {user(watched.requested_by)}"
    return section(
        f"{line(watched.workflow)} {code(watched.execution_id)}\n{since}",
        accessory=button("Stop watching", "unwatch", me, tag=tag),
    )


def _card(visit: Visit, shown: Posted | None) -> str:
    if shown is None:
        return "its card"
    return link(message_url(visit.parts.identity.url, shown.channel, shown.ts), "its card")


def _following(watched: Watched, card: str, *, elsewhere: bool) -> Message:
    where = "in your direct messages" if elsewhere else "here"
    if not watched.live:
        return Message(f"{code(watched.execution_id)} has ended; {card} is {where}.")
    words = f"{code(watched.execution_id)} is followed {where} by {card}."
    stop = button("Stop watching", "unwatch", {"execution_id": watched.execution_id})
    return Message(words, (section(words), context("Its thread tells each step."), actions(stop)))
