"""Where a card goes."""

from bot.delivery import Priority
from bot.visit import Visit


async def channel_of(visit: Visit, *, direct: bool = False) -> str:
    """The channel somebody asks in, or their direct conversation with the bot."""
    if visit.origin.channel is not None and not direct:
        return visit.origin.channel
    opened = await visit.parts.calls.call(
        "conversations.open", {"users": visit.person.id}, Priority.INTERACTIVE
    )
    return str(opened["channel"]["id"])
