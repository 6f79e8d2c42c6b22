"""Addresses of messages."""


def message_url(workspace_url: str, channel: str, ts: str) -> str:
    """Where a message is, as `chat.getPermalink` would say, without asking."""
    return f"{workspace_url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}"
