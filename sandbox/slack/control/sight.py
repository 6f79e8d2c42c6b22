"""What a person may see."""

from sandbox.slack.control.question import invalid
from sandbox.slack.model import Channel, Message, User
from sandbox.slack.workspace import Happening, Workspace


def may_read(user: User, channel: Channel) -> bool:
    """Public channels are open to members of the workspace, all else to those who are in it."""
    insider = not (user.guest or user.stranger)
    return user.id in channel.members or (channel.kind == "channel" and insider)


def seen(user: User, channel: Channel) -> list[Message]:
    """The messages of a channel, ephemeral ones to this person included."""
    if not may_read(user, channel):
        raise invalid(f"{user.name} is not in this channel.", "not_in_channel")
    return [each for each in channel.messages if each.to in (None, user.id)]


def concerns(workspace: Workspace, user: User, happening: Happening) -> bool:
    """Whether a person may know that this happened."""
    if happening.kind in ("view", "view_closed", "home"):
        return happening.user == user.id
    channel = workspace.channels.get(happening.channel or "")
    if channel is None:
        return happening.channel is None
    if not may_read(user, channel) and happening.user != user.id:
        return False
    message = channel.message(happening.ts) if happening.ts is not None else None
    return message is None or message.to in (None, user.id)
