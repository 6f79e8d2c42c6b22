"""What Slack delivers, acknowledged at once and handed to the front."""

from slack_bolt.async_app import AsyncApp

from bot.desk import Desk
from bot.front import Front
from bot.listeners import actions, commands, events, shortcuts, views
from bot.seen import Seen


def register(app: AsyncApp, front: Front, desk: Desk, seen: Seen) -> None:
    """Attach every listener; Bolt tries them in this order, and each try takes time."""
    for kind in (commands, actions, views, shortcuts, events):
        kind.register(app, front, desk, seen)
