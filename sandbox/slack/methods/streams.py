"""Text streams: started in a thread, appended to for five minutes at most, stopped."""

from sandbox.slack.access import visible, writable
from sandbox.slack.checks import check_blocks, check_metadata
from sandbox.slack.limits import Tier
from sandbox.slack.method_call import Method, MethodCall, invalid
from sandbox.slack.methods.messages import lasting
from sandbox.slack.model import Channel, Json, Message
from sandbox.slack.posting import as_json, put, tell_of, thread_of
from sandbox.slack.refusals import Refusal
from sandbox.slack.streaming import extended, is_streaming, new_stream, read_chunks

_DISPLAYS = ("timeline", "plan")
_STATUSES = ("active", "processing", "suspended", "closed")


async def start(call: MethodCall) -> Json:
    """Answer `chat.startStream`."""
    channel = writable(call.workspace, call.app, call.required("channel"))
    thread_ts = thread_of(call.workspace, channel.id, call.required("thread_ts"))
    display = _one_of(call, "task_display_mode", _DISPLAYS) or "timeline"
    user_id, team_id = _recipient(call, channel)
    mode, chunks = read_chunks(call.text("markdown_text"), call.json("chunks"))
    message = Message(
        ts=call.workspace.new_ts(),
        channel=channel.id,
        user=call.app.user,
        thread_ts=thread_ts,
        app_id=call.app.id,
        stream=new_stream(user_id, team_id, display, call.workspace.clock.now()),
    )
    extended(message, mode, chunks, [])
    put(call.workspace, message)
    return {"channel": channel.id, "ts": message.ts}


async def append(call: MethodCall) -> Json:
    """Answer `chat.appendStream`."""
    message = _streaming(call)
    mode, chunks = read_chunks(call.text("markdown_text"), call.json("chunks"))
    if not chunks:
        raise invalid("must provide one of `markdown_text` and `chunks`")
    extended(message, mode, chunks, [])
    tell_of(call.workspace, "message_changed", message, call.app)
    return {"channel": message.channel, "ts": message.ts}


async def stop(call: MethodCall) -> Json:
    """Answer `chat.stopStream`."""
    message = _streaming(call)
    assert message.stream is not None
    _one_of(call, "session_status", _STATUSES)
    mode, chunks = read_chunks(call.text("markdown_text"), call.json("chunks"))
    blocks = call.json("blocks", "invalid_blocks_format")
    metadata = call.json("metadata", "invalid_metadata_format")
    if blocks is not None:
        check_blocks(blocks)
    if metadata is not None:
        check_metadata(metadata)
    extended(message, mode, chunks, blocks or [])
    message.stream["open"] = False
    message.metadata = metadata or message.metadata
    tell_of(call.workspace, "message_changed", message, call.app)
    shown = as_json(call.workspace, message, metadata=True)
    return {"channel": message.channel, "ts": message.ts, "message": shown}


def _recipient(call: MethodCall, channel: Channel) -> tuple[str | None, str | None]:
    user_id, team_id = call.text("recipient_user_id"), call.text("recipient_team_id")
    if channel.kind != "im":
        if not user_id:
            raise Refusal("missing_recipient_user_id")
        if not team_id:
            raise Refusal("missing_recipient_team_id")
    if user_id:
        call.workspace.user(user_id)
    if team_id and team_id != call.workspace.team_id:
        raise Refusal("team_not_found")
    return user_id, team_id


def _streaming(call: MethodCall) -> Message:
    channel = visible(call.workspace, call.app, call.required("channel"))
    message = lasting(channel, call.required("ts"))
    if message.app_id != call.app.id:
        raise Refusal("message_not_owned_by_app")
    if not is_streaming(message, call.workspace.clock.now()):
        raise Refusal("message_not_in_streaming_state")
    writable(call.workspace, call.app, channel.id)
    return message


def _one_of(call: MethodCall, name: str, words: tuple[str, ...]) -> str | None:
    value = call.text(name)
    if value and value not in words:
        raise invalid(f"must be a valid enum value [json-pointer:/{name}]")
    return value


METHODS = {
    "chat.startStream": Method(start, "chat:write", Tier.T2),
    "chat.appendStream": Method(append, "chat:write", Tier.T4),
    "chat.stopStream": Method(stop, "chat:write", Tier.T2),
}
