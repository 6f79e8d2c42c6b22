"""What executions say, made fit for Slack: clean, without secrets, short and escaped."""

from datetime import datetime
from typing import Any

from bot.mrkdwn import line
from shared.secrets import redact_text, safe_json
from shared.text import clean, duration_words, json_text, truncate


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


def values(given: Any) -> str:
    """An input or an answer, on one line and without secrets."""
    shown = safe_json(given, 400)
    if not isinstance(shown, dict):
        return said(shown if isinstance(shown, str) else json_text(shown), 400)
    parts = (f"{said(key, 60)}: {said(_value(value), 200)}" for key, value in shown.items())
    return " · ".join(parts)


def _value(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return value
    return json_text(value)
