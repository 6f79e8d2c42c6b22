"""assistant.threads.*: the line that says what an app is about, titles and suggestions.

They pass away within two minutes and change no message: the log of calls is where they are seen.
"""

from typing import Any

from sandbox.slack.access import need, writable
from sandbox.slack.limits import Tier
from sandbox.slack.method_call import Method, MethodCall, invalid
from sandbox.slack.model import Channel, Json
from sandbox.slack.refusals import Refusal

MOST_MESSAGES = 10
MOST_PROMPTS = 4


async def set_status(call: MethodCall) -> Json:
    """Answer `assistant.threads.setStatus`, in a thread of any channel; empty clears it."""
    need(call.app, "chat:write", "assistant:write")
    if call.text("status") is None:
        raise invalid("missing required field: status")
    _check_thread(call)
    if len(call.words("loading_messages")) > MOST_MESSAGES:
        raise invalid(f"no more than {MOST_MESSAGES} items [json-pointer:/loading_messages]")
    return {}


async def set_title(call: MethodCall) -> Json:
    """Answer `assistant.threads.setTitle`, in a direct conversation."""
    call.required("title")
    _check_direct(_check_thread(call))
    return {}


async def set_suggested_prompts(call: MethodCall) -> Json:
    """Answer `assistant.threads.setSuggestedPrompts`, in a direct conversation."""
    prompts: Any = call.json("prompts")
    if not isinstance(prompts, list) or not 1 <= len(prompts) <= MOST_PROMPTS:
        raise invalid(f"1 to {MOST_PROMPTS} prompts [json-pointer:/prompts]")
    for prompt in prompts:
        if not isinstance(prompt, dict) or not (prompt.get("title") and prompt.get("message")):
            raise invalid("a title and a message are required [json-pointer:/prompts]")
    _check_direct(_check_thread(call, optional=True))
    return {}


def _check_thread(call: MethodCall, optional: bool = False) -> Channel:
    channel = writable(call.workspace, call.app, call.required("channel_id"))
    thread_ts = call.text("thread_ts") if optional else call.required("thread_ts")
    if thread_ts:
        message = channel.message(thread_ts)
        if message is None or message.to is not None:
            raise Refusal("invalid_thread_ts")
    return channel


def _check_direct(channel: Channel) -> None:
    if channel.kind != "im":
        raise Refusal("channel_not_found")


METHODS = {
    "assistant.threads.setStatus": Method(set_status, None, Tier.SPECIAL),
    "assistant.threads.setTitle": Method(set_title, "assistant:write", Tier.T3),
    "assistant.threads.setSuggestedPrompts": Method(
        set_suggested_prompts, "assistant:write", Tier.T3
    ),
}
