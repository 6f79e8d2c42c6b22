"""A trace as a picture, below the card of its execution where there is one."""

import asyncio
from dataclasses import replace

from bot.acts.cards import in_its_thread
from bot.message import Block, File, Message
from bot.pictures import rows_of_trace, waterfall, waterfall_text
from bot.visit import Visit
from shared.results import Trace


async def show_trace(visit: Visit, trace: Trace, message: Message) -> None:
    """Show the picture, and the bars as text where there is none."""
    visit = await in_its_thread(visit, trace.execution_id)
    picture = await _picture(trace)
    if picture is None:
        await visit.answer(message)
        return
    shown = message.blocks
    if visit.origin.is_public:
        shown = tuple(block for block in shown if not _is_drawn_in_text(block))
        picture = replace(picture, instead=waterfall_text(rows_of_trace(trace)))
    await visit.answer(replace(message, blocks=shown, files=(*message.files, picture)))


async def _picture(trace: Trace) -> File | None:
    rows = rows_of_trace(trace)
    if not rows:
        return None
    drawn = await asyncio.to_thread(waterfall, rows, title=trace.execution_id)
    return File(f"{trace.execution_id}.png", drawn, title=f"Trace of {trace.execution_id}")


def _is_drawn_in_text(block: Block) -> bool:
    kinds = [part.get("type") for part in block.get("elements", ()) if isinstance(part, dict)]
    return block["type"] == "rich_text" and kinds == ["rich_text_preformatted"]
