"""A trace as a picture, below the card of its execution where there is one."""

import asyncio
from dataclasses import replace

from bot.acts.cards import in_its_thread
from bot.message import Block, File, Message
from bot.pictures import Row, rows_of_picture, rows_of_trace, waterfall, waterfall_text
from bot.visit import Visit
from shared.errors import OpsError
from shared.operations.parts import Parts
from shared.operations.snapshot import read_picture
from shared.operations.target import find
from shared.results import Trace


async def show_trace(visit: Visit, trace: Trace, message: Message) -> None:
    """Show the picture, and the bars as text where there is none."""
    visit = await in_its_thread(visit, trace.execution_id)
    rows = rows_of_trace(trace) or await _of_events(visit, trace)
    if not rows:
        await visit.answer(message)
        return
    shown, picture = message.blocks, await _picture(trace, rows)
    if visit.origin.is_public:
        shown = tuple(block for block in shown if not _is_drawn_in_text(block))
        picture = replace(picture, instead=waterfall_text(rows))
    await visit.answer(replace(message, blocks=shown, files=(*message.files, picture)))


async def _of_events(visit: Visit, trace: Trace) -> tuple[Row, ...]:
    """What the events tell of the time, until workers have sent the trace; or nothing."""
    if trace.has_trace_data:
        return ()
    try:
        target = await find(visit.context.api, trace.execution_id)
        picture = await read_picture(visit.context, target, Parts())
    except OpsError:
        return ()
    rows = rows_of_picture(picture, visit.context.clock())
    return rows if len(rows) > 1 else ()


async def _picture(trace: Trace, rows: tuple[Row, ...]) -> File:
    drawn = await asyncio.to_thread(waterfall, rows, title=trace.execution_id)
    source = "" if trace.has_trace_data else ", from its events"
    return File(f"{trace.execution_id}.png", drawn, title=f"Trace of {trace.execution_id}{source}")


def _is_drawn_in_text(block: Block) -> bool:
    kinds = [part.get("type") for part in block.get("elements", ()) if isinstance(part, dict)]
    return block["type"] == "rich_text" and kinds == ["rich_text_preformatted"]
