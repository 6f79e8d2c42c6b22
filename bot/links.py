"""Addresses of messages and of executions."""

from collections.abc import Callable
from urllib.parse import quote


def message_url(workspace_url: str, channel: str, ts: str) -> str:
    """Where a message is, as `chat.getPermalink` would say, without asking."""
    return f"{workspace_url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}"


def console_url(written: str | None) -> Callable[[str], str | None]:
    """The page of an execution in the console, where the address of one is known."""

    def url(execution_id: str) -> str | None:
        return written and written.replace("{execution_id}", quote(execution_id, safe=""))

    return url
