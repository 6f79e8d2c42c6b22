"""Slack's markup, written so that text of others stays text."""

from datetime import datetime
from urllib.parse import quote

from shared.text import clean, one_line, truncate

_ENTITIES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))
# A word joiner is invisible; between a mark and its word it keeps Slack from drawing either.
_JOINER = "\u2060"
_MARKS = "*_~`"


def escape(text: str) -> str:
    """Text of others for mrkdwn: no mention, link or entity can come from it, no mark formats it."""
    escaped = clean(text)
    for character, entity in _ENTITIES:
        escaped = escaped.replace(character, entity)
    return "".join(_JOINER + each + _JOINER if each in _MARKS else each for each in escaped)


def line(text: str, limit: int = 300) -> str:
    """Escaped text on one line; `limit` counts characters before escaping."""
    return escape(one_line(text, limit))


def code(text: str, limit: int = 200) -> str:
    """An id or a name as inline code."""
    plain = one_line(text, limit).replace("`", "'")
    for character, entity in _ENTITIES:
        plain = plain.replace(character, entity)
    return f"`{plain}`" if plain else "`-`"


def bold(text: str, limit: int = 200) -> str:
    """Escaped text in bold."""
    return f"*{line(text, limit)}*"


def link(url: str, label: str) -> str:
    """A link of ours; anything but http and https is only its label."""
    if not url.startswith(("http://", "https://")):
        return line(label)
    return f"<{quote(url, safe=':/?#[]@!$&()*+,;=%~-._')}|{line(label).replace('|', '¦')}>"


def user(user_id: str) -> str:
    """The mention of a user whose id came from Slack itself."""
    return f"<@{user_id}>" if user_id.isalnum() else line(user_id)


def date(moment: datetime, shown: str = "{date_short_pretty} {time}") -> str:
    """A time that each reader sees in their own zone; old clients see UTC."""
    fallback = f"{moment:%Y-%m-%d %H:%M} UTC"
    return f"<!date^{int(moment.timestamp())}^{shown}|{fallback}>"


def plain(text: str, limit: int = 150) -> str:
    """Text of others for a plain_text object, which Slack does not parse."""
    return truncate(one_line(text, limit), limit) or "-"
