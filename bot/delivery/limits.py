"""How often Slack lets an app call its methods.

Tiers: docs.slack.dev, apis/web-api/rate-limits and the page of each method (read November 2026);
where no page names one, the tier is a guess on the safe side.
"""

from collections.abc import Mapping

_T1, _T2, _T3, _T4 = 1, 20, 50, 100

PER_MINUTE: Mapping[str, int] = {
    # "Several hundred" a minute in a workspace, beside the limit of each channel.
    "chat.postMessage": 300,
    "auth.test": 300,
    "chat.update": _T3,
    "chat.delete": _T3,
    "chat.unfurl": _T3,
    "chat.getPermalink": 300,
    "chat.postEphemeral": _T4,
    "chat.startStream": _T2,
    "chat.stopStream": _T2,
    "chat.appendStream": _T4,
    "conversations.history": _T3,
    "conversations.replies": _T3,
    "conversations.info": _T3,
    "conversations.open": _T3,
    "conversations.join": _T3,
    "conversations.members": _T4,
    "conversations.list": _T2,
    "files.getUploadURLExternal": _T4,
    "files.completeUploadExternal": _T4,
    "files.info": _T4,
    "reactions.add": _T3,
    "reactions.remove": _T2,
    "users.info": _T4,
    "users.list": _T2,
    "users.lookupByEmail": _T3,
    "usergroups.list": _T2,
    "usergroups.users.list": _T2,
    "views.open": _T4,
    "views.push": _T4,
    "views.update": _T4,
    "views.publish": _T4,
    "assistant.threads.setStatus": _T3,
    "apps.connections.open": _T1,
}
OTHERWISE = _T2

# Methods that show something new in a channel; a channel takes one a second, with short bursts.
POSTING = frozenset({"chat.postMessage", "files.completeUploadExternal"})
POST_BURST = 3

# Carried out twice they leave what they leave once; posts are not among them.
IDEMPOTENT = frozenset(
    {
        "assistant.threads.setStatus",
        "assistant.threads.setSuggestedPrompts",
        "assistant.threads.setTitle",
        "auth.test",
        "blocks.validate",
        "bots.info",
        "chat.delete",
        "chat.getPermalink",
        "chat.unfurl",
        "chat.update",
        "conversations.history",
        "conversations.info",
        "conversations.join",
        "conversations.list",
        "conversations.members",
        "conversations.open",
        "conversations.replies",
        "files.getUploadURLExternal",
        "files.info",
        "reactions.add",
        "reactions.remove",
        "team.info",
        "usergroups.list",
        "usergroups.users.list",
        "users.info",
        "users.list",
        "users.lookupByEmail",
        "views.publish",
    }
)

# What a repetition is told when the first attempt, whose answer was lost, had been carried out.
DONE_BEFORE: Mapping[str, str] = {
    "chat.delete": "message_not_found",
    "reactions.add": "already_reacted",
    "reactions.remove": "no_reaction",
}
