"""reactions.*: the small signs below a message."""

import re

from sandbox.slack.access import joined
from sandbox.slack.limits import Tier
from sandbox.slack.method_call import Method, MethodCall
from sandbox.slack.methods.messages import lasting
from sandbox.slack.model import Json, Message
from sandbox.slack.posting import tell_of
from sandbox.slack.refusals import Refusal

MOST = 23
_NAME = re.compile(r"[a-z0-9_+'-]{1,100}(?:::skin-tone-[2-6])?")


async def add(call: MethodCall) -> Json:
    """Answer `reactions.add`."""
    message, name = _message(call), _name(call)
    users = message.reactions.get(name, [])
    if call.app.user in users:
        raise Refusal("already_reacted")
    if sum(call.app.user in each for each in message.reactions.values()) >= MOST:
        raise Refusal("too_many_reactions")
    message.reactions[name] = [*users, call.app.user]
    tell_of(call.workspace, "reaction", message, call.app)
    return {}


async def remove(call: MethodCall) -> Json:
    """Answer `reactions.remove`."""
    message, name = _message(call), _name(call)
    users = message.reactions.get(name, [])
    if call.app.user not in users:
        raise Refusal("no_reaction")
    left = [each for each in users if each != call.app.user]
    if left:
        message.reactions[name] = left
    else:
        del message.reactions[name]
    tell_of(call.workspace, "reaction", message, call.app)
    return {}


def _message(call: MethodCall) -> Message:
    if not call.text("channel") or not call.text("timestamp"):
        raise Refusal("no_item_specified")
    channel = joined(call.workspace, call.app, call.required("channel"))
    if channel.archived:
        raise Refusal("is_archived")
    return lasting(channel, call.required("timestamp"))


def _name(call: MethodCall) -> str:
    name = call.required("name").strip(":")
    if not _NAME.fullmatch(name):
        raise Refusal("invalid_name")
    return name


METHODS = {
    "reactions.add": Method(add, "reactions:write", Tier.T3),
    "reactions.remove": Method(remove, "reactions:write", Tier.T2),
}
