"""Files: asked for, brought, and shared, which are three calls."""

from typing import Any

from bot.delivery.calls import SlackCalls
from bot.delivery.priority import Priority
from bot.message import File

_LARGEST_SNIPPET = 1_000_000
# Slack refuses a file without a single byte.
_EMPTY = b"\n"


async def upload(
    calls: SlackCalls,
    file: File,
    *,
    channel: str,
    thread_ts: str | None = None,
    comment: str = "",
    priority: Priority = Priority.INTERACTIVE,
) -> str:
    """Show a file in a channel or thread and return its id.

    Raises SlackRefused or SlackUnreachable.
    """
    file_id = await bring(calls, file, priority)
    arguments = sharing(file_id, file.title or file.name, channel, thread_ts, comment)
    await calls.call("files.completeUploadExternal", arguments, priority)
    calls.counters.files += 1
    return file_id


async def bring(calls: SlackCalls, file: File, priority: Priority) -> str:
    """Bring the bytes of a file to Slack, where nobody sees them yet, and return its id.

    Raises SlackRefused or SlackUnreachable.
    """
    content = file.content or _EMPTY
    is_snippet = len(content) <= _LARGEST_SNIPPET
    wanted = {
        "filename": file.name,
        "length": len(content),
        "snippet_type": file.snippet_type if is_snippet else None,
    }
    place = await calls.call("files.getUploadURLExternal", wanted, priority)
    await calls.send_bytes(str(place["upload_url"]), content)
    return str(place["file_id"])


def sharing(
    file_id: str, title: str, channel: str, thread_ts: str | None, comment: str
) -> dict[str, Any]:
    """The arguments of the call that shows a brought file."""
    return {
        "files": [{"id": file_id, "title": title}],
        "channel_id": channel,
        "thread_ts": thread_ts,
        "initial_comment": comment or None,
    }
