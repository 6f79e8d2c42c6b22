"""Slack's markup, written so that text of others stays text.

There is no way to escape a mark of formatting in it. What others wrote at length belongs into
`rich_text`, `plain_text` or `raw_text`, which are not parsed; here it is bounded, and those marks
that Slack could take for formatting are swapped for characters that look the same.
"""

import re
from datetime import UTC, datetime
from urllib.parse import quote

from shared.text import clean, one_line

_ENTITIES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))
# Between two letters or digits, as in snake_case, no mark formats: names can be copied as they are.
_INSIDE_WORD = "(?<=[A-Za-z0-9]){mark}(?=[A-Za-z0-9])"
_EDGE = re.compile(
    "|".join(f"(?:{_INSIDE_WORD.format(mark=re.escape(mark))})" for mark in "*_~") + "|([*_~`])"
)
_LOOK_ALIKE = {"*": "∗", "_": "ˍ", "~": "∼", "`": "'"}  # noqa: RUF001 - that is their point
# Below this many characters an ellipsis must do, without the number of what is missing.
_NO_ROOM_TO_COUNT = 200
_QUOTE = re.compile("^(\\s*)[>\uff1e]", re.MULTILINE)
_EMOJI = re.compile(r":(?=[\w+'-]*[a-z][\w+'-]*:)", re.IGNORECASE)


def escape(text: str) -> str:
    """Text of others for mrkdwn: no mention, link, entity, emoji or format can come from it."""
    unquoted = _QUOTE.sub("\\1›", clean(text))  # noqa: RUF001
    unmarked = _EDGE.sub(lambda found: _LOOK_ALIKE.get(found[1], found[0]), unquoted)
    return entities(_EMOJI.sub("∶", unmarked))  # noqa: RUF001


def entities(text: str) -> str:
    """The text with the three characters replaced that begin everything Slack would parse."""
    for character, entity in _ENTITIES:
        text = text.replace(character, entity)
    return text


def line(text: str, limit: int = 300) -> str:
    """Escaped text on one line; `limit` counts characters before escaping."""
    return escape(one_line(text, limit))


def code(text: str, limit: int = 200) -> str:
    """An id or a name as inline code."""
    return f"`{entities(one_line(text, limit).replace('`', chr(39))) or '-'}`"


def bold(text: str, limit: int = 200) -> str:
    """Escaped text in bold."""
    return f"*{line(text, limit) or '-'}*"


def link(url: str, label: str) -> str:
    """A link of ours; anything but http and https is only its label."""
    if not url.startswith(("http://", "https://")):
        return line(label)
    return f"<{quote(url, safe=':/?#[]@!$&()*+,;=%~-._')}|{line(label).replace('|', '¦')}>"


def user(user_id: str) -> str:
    """The mention of a user whose id came from Slack itself."""
    return f"<@{user_id}>" if user_id.isascii() and user_id.isalnum() else line(user_id)


def date(moment: datetime, shown: str = "{date_short_pretty} {time}") -> str:
    """A time that each reader sees in their own zone; old clients see UTC."""
    if unix_seconds(moment) < 0:  # "no time" of a server in Go; Slack takes nothing before 1970
        return utc_words(moment)
    return f"<!date^{unix_seconds(moment)}^{shown}|{utc_words(moment)}>"


def utc_words(moment: datetime) -> str:
    """The time in UTC for those who see no date of their own."""
    return f"{in_utc(moment):%Y-%m-%d %H:%M} UTC"


def unix_seconds(moment: datetime) -> int:
    """The time as Slack counts it."""
    return int(in_utc(moment).timestamp())


def in_utc(moment: datetime) -> datetime:
    """The same time in UTC; one that names no zone is taken to be there."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # the first or the last day of the calendar
        return moment.replace(tzinfo=UTC)


def plain(text: str, limit: int = 150) -> str:
    """Text of others for a plain_text object, which Slack does not parse."""
    shown = one_line(text, max(limit, _NO_ROOM_TO_COUNT))
    return (shown if len(shown) <= limit else f"{shown[: limit - 1]}…") or "-"
