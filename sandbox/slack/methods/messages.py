"""chat.*: what apps say, change and take back."""

from sandbox.slack.access import addressed, visible, writable
from sandbox.slack.limits import Tier
from sandbox.slack.method_call import Method, MethodCall
from sandbox.slack.model import Channel, Json, Message
from sandbox.slack.posting import as_json, delete, post, update
from sandbox.slack.refusals import Refusal


async def post_message(call: MethodCall) -> Json:
    """Answer `chat.postMessage`."""
    channel = addressed(call.workspace, call.app, call.required("channel"))
    call.slack.limits.post(call.app.id, channel.id)
    text, blocks = _content(call)
    message = post(
        call.workspace,
        call.app,
        channel.id,
        text=text,
        blocks=blocks,
        attachments=call.json("attachments", "invalid_attachments"),
        thread_ts=call.text("thread_ts") or None,
        metadata=call.json("metadata", "invalid_metadata_format"),
        broadcast=call.flag("reply_broadcast"),
        links=_links(call),
    )
    return _answer(call, message)


async def post_ephemeral(call: MethodCall) -> Json:
    """Answer `chat.postEphemeral`: nothing but the ts, which no other method knows."""
    channel = addressed(call.workspace, call.app, call.required("channel"))
    user = call.required("user")
    if user not in call.workspace.users or user not in channel.members:
        raise Refusal("user_not_in_channel")
    text, blocks = _content(call)
    message = post(
        call.workspace,
        call.app,
        channel.id,
        text=text,
        blocks=blocks,
        attachments=call.json("attachments", "invalid_attachments"),
        thread_ts=call.text("thread_ts") or None,
        to=user,
        links=_links(call),
    )
    return {"message_ts": message.ts}


async def update_message(call: MethodCall) -> Json:
    """Answer `chat.update`."""
    message = _own(call, "cant_update_message", "is_inactive")
    text, blocks = _content(call)
    update(
        call.workspace,
        call.app,
        message,
        text=text,
        blocks=blocks,
        attachments=call.json("attachments", "invalid_attachments"),
        metadata=call.json("metadata", "invalid_metadata_format"),
        links=_links(call),
    )
    return _answer(call, message) | {"text": message.text}


async def delete_message(call: MethodCall) -> Json:
    """Answer `chat.delete`."""
    message = _own(call, "cant_delete_message", "is_archived")
    delete(call.workspace, call.app, message)
    return {"channel": message.channel, "ts": message.ts}


async def permalink(call: MethodCall) -> Json:
    """Answer `chat.getPermalink`."""
    channel = visible(call.workspace, call.app, call.required("channel"))
    message = lasting(channel, call.required("message_ts"))
    address = f"{call.workspace.base_url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.thread_ts not in (None, message.ts):
        address += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": address}


def lasting(channel: Channel, ts: str) -> Message:
    """A message that everybody sees; ephemeral ones are out of reach. Raises message_not_found."""
    message = channel.message(ts)
    if message is None or message.to is not None or message.subtype == "tombstone":
        raise Refusal("message_not_found")
    return message


def _own(call: MethodCall, of_others: str, archived: str) -> Message:
    channel = visible(call.workspace, call.app, call.required("channel"))
    message = lasting(channel, call.required("ts"))
    if message.app_id != call.app.id:
        raise Refusal(of_others)
    if channel.archived:
        raise Refusal(archived)
    writable(call.workspace, call.app, channel.id)
    return message


def _content(call: MethodCall) -> tuple[str | None, list[Json] | None]:
    """Text and blocks, which may be written as one text in Markdown."""
    text, blocks = call.text("text"), call.json("blocks", "invalid_blocks_format")
    markdown = call.text("markdown_text")
    if not markdown:
        return text, blocks
    if text or blocks:
        raise Refusal("markdown_text_conflict")
    return markdown, [{"type": "markdown", "text": markdown}]


def _links(call: MethodCall) -> bool:
    return call.text("parse") != "none"


def _answer(call: MethodCall, message: Message) -> Json:
    shown = as_json(call.workspace, message, metadata=True)
    return {"channel": message.channel, "ts": message.ts, "message": shown}


METHODS = {
    "chat.postMessage": Method(post_message, "chat:write", Tier.SPECIAL),
    "chat.postEphemeral": Method(post_ephemeral, "chat:write", Tier.T4),
    "chat.update": Method(update_message, "chat:write", Tier.T3),
    "chat.delete": Method(delete_message, "chat:write", Tier.T3),
    "chat.getPermalink": Method(permalink, None, Tier.SPECIAL),
}
