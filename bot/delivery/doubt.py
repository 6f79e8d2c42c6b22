"""Whether a post of which Slack gave no answer is there after all."""

from datetime import timedelta
from typing import Any

from bot.delivery.calls import SlackCalls
from bot.delivery.rows import Kind, Posted, Row

EVENT_TYPE = "workflow_ops"

# Our clock and Slack's may differ.
_EARLIER = timedelta(seconds=5)
_PAGES = 10
_PAGE = 200


def mark(key: str) -> dict[str, Any]:
    """The metadata by which a message is known; every member of the workspace can read it."""
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key}}


async def look_for(calls: SlackCalls, row: Row) -> Posted | None:
    """Where an earlier attempt of this row is shown; raises SlackRefused or SlackUnreachable."""
    channel = await _conversation(calls, row)
    asked = _question(row, channel)
    method = "conversations.replies" if row.thread_ts else "conversations.history"
    for _ in range(_PAGES):
        page = await calls.call(method, asked, row.priority)
        for message in page.get("messages") or ():
            if _is_it(message, row):
                return Posted(channel, str(message["ts"]))
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            break
        asked["cursor"] = cursor
    return None


async def _conversation(calls: SlackCalls, row: Row) -> str:
    """A message to a person lies in the conversation with them."""
    if not row.channel.startswith(("U", "W")):
        return row.channel
    opened = await calls.call("conversations.open", {"users": row.channel}, row.priority)
    return str(opened["channel"]["id"])


def _question(row: Row, channel: str) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "channel": channel,
        "limit": _PAGE,
        "inclusive": True,
        "include_all_metadata": True,
    }
    if row.attempted_at is not None:
        asked["oldest"] = f"{(row.attempted_at - _EARLIER).timestamp():.6f}"
    if row.thread_ts:
        asked["ts"] = row.thread_ts
    return asked


def _is_it(message: dict[str, Any], row: Row) -> bool:
    if row.kind is Kind.FILE:
        files = message.get("files") or ()
        return any(file.get("id") == row.content.get("file_id") for file in files)
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    return metadata.get("event_type") == EVENT_TYPE and payload.get("key") == row.key
