"""A live card where somebody asked for it, and what they are told when it cannot be there."""

import asyncio
from dataclasses import replace

from bot.acts.aftermath import why
from bot.acts.place import channel_of
from bot.blocks import MESSAGE_BLOCKS, section
from bot.delivery import Posted
from bot.message import Message
from bot.mrkdwn import code
from bot.request import By
from bot.visit import Visit
from shared.errors import OpsError
from shared.results import ExecutionDetail

_PATIENCE_SECONDS = 4
_LOOK_SECONDS = 0.1


async def post_card(visit: Visit, result: ExecutionDetail, otherwise: Message) -> None:
    """Follow what was started; `otherwise` is shown where no card can be."""
    channel = await channel_of(visit)
    started = f"Started {code(result.execution_id)}"
    try:
        watched = await visit.parts.live.watch(result.execution_id, channel, by=visit.person.id)
    except OpsError as error:
        # Whoever reads of a failure starts another one.
        runs = f"{started}: do not start it again. Its card cannot be shown: {why(error)}"
        await _without_card(visit, runs, otherwise)
        return
    shown = await shown_card(visit, watched.card_key)
    if isinstance(shown, str):
        await visit.parts.live.unwatch(result.execution_id, channel)
        await _without_card(visit, f"{started}. Its card cannot be shown here: {shown}", otherwise)
        return
    await _in_view(visit, f"{started}; its card is in <#{channel}>.")
    if visit.origin.by is By.MENTION:
        await visit.answer(Message(f"{started}; its card is below."))


async def _without_card(visit: Visit, note: str, otherwise: Message) -> None:
    # Slack shows the blocks alone, so that the note has to be one of them.
    blocks = (section(note), *otherwise.blocks)[:MESSAGE_BLOCKS]
    await visit.whisper(Message(note, blocks, otherwise.files))
    await _in_view(visit, note)


async def in_its_thread(visit: Visit, execution_id: str) -> Visit:
    """The visit, moved below the card of the execution where its channel has one.

    A picture cannot be shown to one person alone.
    """
    origin = visit.origin
    if origin.by is not By.COMMAND or origin.channel is None:
        return visit
    card = await visit.parts.live.card_of(execution_id, origin.channel)
    if card is None:
        return visit
    below = replace(origin, by=By.BUTTON, message_ts=card.ts, thread_ts=card.ts, ephemeral=False)
    await visit.whisper(Message("The answer is in the thread of its card."))
    return replace(visit, request=replace(visit.request, origin=below))


async def shown_card(visit: Visit, key: str) -> Posted | str | None:
    """Where the card is; why it cannot be shown; or None while nobody knows."""
    for _ in range(round(_PATIENCE_SECONDS / _LOOK_SECONDS)):
        place = await visit.parts.outbox.place_of(key) or await _why_not(visit, key)
        if place is not None:
            return place
        await asyncio.sleep(_LOOK_SECONDS)
    return None


async def _why_not(visit: Visit, key: str) -> str | None:
    dead = await visit.parts.outbox.dead()
    return next((each.error for each in dead if each.key == key), None)


async def _in_view(visit: Visit, words: str) -> None:
    await visit.modal.conclude("Started", words)
