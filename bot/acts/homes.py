"""The App Home of a person, published when they look and when they ask."""

from bot.delivery import Priority
from bot.home import home_view, read_overview
from bot.visit import Visit
from shared.call import Effect


async def publish_home(visit: Visit) -> None:
    """Read the state of the workspace and show it."""
    view = home_view(
        await read_overview(visit.context),
        name=visit.person.name,
        may_write=visit.person.policy.offers(Effect.WRITE),
        now=visit.parts.clock(),
    )
    await visit.parts.calls.call(
        "views.publish", {"user_id": visit.person.id, "view": view}, Priority.INTERACTIVE
    )
