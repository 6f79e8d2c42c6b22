"""What executions say, made fit for Slack: clean, without secrets, short and escaped."""

from datetime import datetime

from bot.mrkdwn import line
from shared.secrets import redact_text
from shared.text import clean, duration_words, truncate


def said(text: str | None, limit: int = 200) -> str:
    """Text of an execution on one line of markup."""
    return line(redact_text(clean(text or "")), limit)


def quoted(text: str | None, limit: int = 300) -> str:
    """Text of an execution for a preformatted block, which needs no escaping."""
    return truncate(redact_text(clean(text or "")).strip(), limit)


def lasted(began: datetime | None, ended: datetime | None) -> str | None:
    """How long something took, where both ends are known."""
    if began is None or ended is None:
        return None
    return duration_words((ended - began).total_seconds() * 1_000)


def many(count: int, thing: str) -> str:
    """A number of things, such as `1 step` and `2 steps`."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
