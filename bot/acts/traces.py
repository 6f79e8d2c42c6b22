"""A trace as a picture, below the card of its execution where there is one."""

import asyncio
from dataclasses import replace

from bot.acts.cards import in_its_thread
from bot.delivery import SlackRefused, SlackUnreachable
from bot.message import Block, File, Message
from bot.pictures import rows_of_trace, waterfall
from bot.visit import Visit
from shared.results import Trace


async def show_trace(visit: Visit, trace: Trace, message: Message) -> None:
    """Show the picture, and the bars as text where Slack takes no picture."""
    visit = await in_its_thread(visit, trace.execution_id)
    picture = await _picture(trace)
    if picture is None or not visit.origin.is_public:
        files = (picture,) if picture else ()
        await visit.answer(replace(message, files=(*message.files, *files)))
        return
    shown = tuple(block for block in message.blocks if not _is_drawn_in_text(block))
    try:
        await visit.answer(replace(message, blocks=shown, files=(*message.files, picture)))
    except (SlackRefused, SlackUnreachable):
        await visit.answer(message)


async def _picture(trace: Trace) -> File | None:
    rows = rows_of_trace(trace)
    if not rows:
        return None
    drawn = await asyncio.to_thread(waterfall, rows, title=trace.execution_id)
    return File(f"{trace.execution_id}.png", drawn, title=f"Trace of {trace.execution_id}")


def _is_drawn_in_text(block: Block) -> bool:
    kinds = [part.get("type") for part in block.get("elements", ()) if isinstance(part, dict)]
    return block["type"] == "rich_text" and kinds == ["rich_text_preformatted"]
