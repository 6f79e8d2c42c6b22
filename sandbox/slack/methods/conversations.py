"""conversations.*: channels, who is in them, and what was said there."""

from sandbox.slack.access import (
    FAMILY,
    direct_with,
    joined,
    need,
    need_for,
    visible,
)
from sandbox.slack.history import in_channel, page_of, stretch
from sandbox.slack.limits import Tier
from sandbox.slack.message_json import replies_of
from sandbox.slack.method_call import Method, MethodCall
from sandbox.slack.model import Channel, ChannelKind, Json
from sandbox.slack.paging import limit_of, page
from sandbox.slack.refusals import Refusal
from sandbox.slack.workspace import Happening

_KINDS: dict[str, ChannelKind | None] = {
    "public_channel": "channel",
    "private_channel": "private",
    "im": "im",
    "mpim": None,
}


async def info(call: MethodCall) -> Json:
    """Answer `conversations.info`."""
    channel = visible(call.workspace, call.app, call.required("channel"))
    need_for(call.app, channel, "read")
    return {"channel": channel_json(call, channel, count=call.flag("include_num_members"))}


async def list_channels(call: MethodCall) -> Json:
    """Answer `conversations.list`."""
    kinds = _kinds(call)
    limit = limit_of(call, 100)
    rows = [
        channel
        for channel in call.workspace.channels.values()
        if channel.kind in kinds
        and (channel.kind == "channel" or call.app.user in channel.members)
        and not (channel.archived and call.flag("exclude_archived"))
    ]
    shown, following = page(call, rows, limit)
    return {"channels": [channel_json(call, each, count=True) for each in shown]} | following


async def members(call: MethodCall) -> Json:
    """Answer `conversations.members`."""
    channel = visible(call.workspace, call.app, call.required("channel"))
    need_for(call.app, channel, "read")
    shown, following = page(call, sorted(channel.members), limit_of(call, 100))
    return {"members": shown} | following


async def history(call: MethodCall) -> Json:
    """Answer `conversations.history`."""
    channel = _readable(call)
    within = stretch(call)
    limit = limit_of(call, 100, 999)
    messages = [each for each in in_channel(channel) if within.holds(each.ts)]
    return page_of(call, messages, limit) | {"pin_count": 0}


async def replies(call: MethodCall) -> Json:
    """Answer `conversations.replies`: the first message of the thread, then the replies."""
    channel = _readable(call)
    named = channel.message(call.required("ts"))
    if named is None or named.to is not None:
        raise Refusal("thread_not_found")
    within = stretch(call)
    limit = limit_of(call, 1000)
    below = [each for each in replies_of(call.workspace, named) if within.holds(each.ts)]
    return page_of(call, [named, *below], limit)


async def open_conversation(call: MethodCall) -> Json:
    """Answer `conversations.open`: the direct conversation with one person."""
    channel_id, users = call.text("channel"), call.words("users")
    if channel_id:
        channel = joined(call.workspace, call.app, channel_id)
        if channel.kind != "im":
            raise Refusal("method_not_supported_for_channel_type")
    elif len(users) == 1:
        channel = direct_with(call.workspace, call.app, users[0])
    else:
        # Conversations of several people do not exist here.
        raise Refusal("too_many_users" if users else "users_list_not_supplied")
    full = call.flag("return_im")
    return {"channel": channel_json(call, channel) if full else {"id": channel.id}}


async def join(call: MethodCall) -> Json:
    """Answer `conversations.join`."""
    channel = visible(call.workspace, call.app, call.required("channel"))
    if channel.kind != "channel":
        raise Refusal("method_not_supported_for_channel_type")
    if channel.archived:
        raise Refusal("is_archived")
    if call.app.user in channel.members:
        warning = "already_in_channel"
        return {
            "channel": channel_json(call, channel),
            "warning": warning,
            "response_metadata": {"warnings": [warning]},
        }
    channel.members.add(call.app.user)
    call.workspace.tell(
        Happening("member_joined", channel=channel.id, user=call.app.user, app_id=call.app.id)
    )
    return {"channel": channel_json(call, channel)}


def channel_json(call: MethodCall, channel: Channel, *, count: bool = False) -> Json:
    """A conversation as the app sees it."""
    shown: Json = {"id": channel.id, "created": 0, "is_archived": channel.archived}
    shown |= {"is_im": channel.kind == "im", "is_mpim": False, "is_org_shared": False}
    shown["context_team_id"] = call.workspace.team_id
    if channel.kind == "im":
        others = channel.members - {call.app.user}
        shown |= {"user": next(iter(others), call.app.user), "is_open": True}
    else:
        shown |= _named(call, channel)
    return shown | ({"num_members": len(channel.members)} if count else {})


def _named(call: MethodCall, channel: Channel) -> Json:
    private = channel.kind == "private"
    nothing = {"value": "", "creator": "", "last_set": 0}
    return {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not private,
        "is_group": private,
        "is_private": private,
        "is_general": channel.name == "general",
        "is_shared": channel.shared,
        "is_ext_shared": channel.shared,
        "is_member": call.app.user in channel.members,
        "topic": nothing,
        "purpose": nothing,
    }


def _kinds(call: MethodCall) -> set[ChannelKind]:
    names = call.words("types") or ["public_channel"]
    if not set(names) <= _KINDS.keys():
        raise Refusal("invalid_types")
    kinds = {kind for name in names if (kind := _KINDS[name]) is not None}
    if "mpim" in names:
        need(call.app, "mpim:read")
    for kind in sorted(kinds):
        need(call.app, f"{FAMILY[kind]}:read")
    return kinds


def _readable(call: MethodCall) -> Channel:
    channel = visible(call.workspace, call.app, call.required("channel"))
    need_for(call.app, channel, "history")
    return joined(call.workspace, call.app, channel.id)


METHODS = {
    "conversations.info": Method(info, None, Tier.T3),
    "conversations.list": Method(list_channels, None, Tier.T2),
    "conversations.members": Method(members, None, Tier.T4),
    "conversations.history": Method(history, None, Tier.T3),
    "conversations.replies": Method(replies, None, Tier.T3),
    "conversations.open": Method(open_conversation, "im:write", Tier.T3),
    "conversations.join": Method(join, "channels:join", Tier.T3),
}
