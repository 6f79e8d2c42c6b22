"""Which conversations an app may see, read and write, and with which scopes."""

from sandbox.slack.model import App, Channel, ChannelKind
from sandbox.slack.refusals import Refusal
from sandbox.slack.workspace import Workspace

FAMILY: dict[ChannelKind, str] = {"channel": "channels", "private": "groups", "im": "im"}


def need(app: App, scope: str, *others: str) -> None:
    """Raises missing_scope unless the app has the scope, or one of the others."""
    if app.scopes.isdisjoint((scope, *others)):
        raise Refusal("missing_scope", needed=scope, provided=",".join(sorted(app.scopes)))


def need_for(app: App, channel: Channel, act: str) -> None:
    """The scope of an act (read, history, write) depends on the kind of the conversation."""
    need(app, f"{FAMILY[channel.kind]}:{act}")


def visible(workspace: Workspace, app: App, channel_id: str) -> Channel:
    """A channel that the app may know of; raises channel_not_found."""
    channel = workspace.channel(channel_id)
    if channel.kind != "channel" and app.user not in channel.members:
        raise Refusal("channel_not_found")
    return channel


def joined(workspace: Workspace, app: App, channel_id: str) -> Channel:
    """A channel that the app is in; raises not_in_channel."""
    channel = visible(workspace, app, channel_id)
    if app.user not in channel.members:
        raise Refusal("not_in_channel")
    return channel


def writable(workspace: Workspace, app: App, channel_id: str) -> Channel:
    """A channel that the app may post in; raises is_archived and not_in_channel."""
    channel = visible(workspace, app, channel_id)
    if channel.archived:
        raise Refusal("is_archived")
    if app.user not in channel.members and "chat:write.public" not in app.scopes:
        raise Refusal("not_in_channel")
    return channel


def addressed(workspace: Workspace, app: App, address: str) -> Channel:
    """Where a post goes: a channel's id or name, or a person, whose conversation is opened."""
    if address in workspace.channels:
        return writable(workspace, app, address)
    if address in workspace.users:
        return direct_with(workspace, app, address)
    named = workspace.channel_named(address)
    return writable(workspace, app, named.id if named.kind != "im" else "")


def direct_with(workspace: Workspace, app: App, user_id: str) -> Channel:
    """The direct conversation of the app with a person."""
    user = workspace.user(user_id)
    if user.app_id is not None:
        raise Refusal("cannot_dm_bot")
    if user.deleted:
        raise Refusal("user_disabled")
    if (app.features.get("app_home") or {}).get("messages_tab_enabled") is False:
        raise Refusal("messages_tab_disabled")
    return workspace.direct(app.user, user_id)
