"""Rich text: nothing in it is parsed, so words of others can be shown, and copied, as they are."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from bot.message import Block
from bot.mrkdwn import unix_seconds, utc_words
from shared.text import clean, one_line

type Piece = Block


def text(words: str) -> Piece:
    """Words as they are, their line ends too."""
    return {"type": "text", "text": words or " "}


def strong(words: str) -> Piece:
    """Words in bold."""
    return {"type": "text", "text": words or " ", "style": {"bold": True}}


def faint(words: str) -> Piece:
    """Words in italics."""
    return {"type": "text", "text": words or " ", "style": {"italic": True}}


def code(words: str, limit: int = 200) -> Piece:
    """An id or a name, in a fixed width and on one line."""
    return {"type": "text", "text": one_line(words, limit) or "-", "style": {"code": True}}


def prose(words: str, limit: int = 300) -> Piece:
    """Words of others, on one line."""
    return text(one_line(words, limit))


def date(moment: datetime, shown: str = "{date_short_pretty} {time}") -> Piece:
    """A time that each reader sees in their own zone."""
    if unix_seconds(moment) < 0:
        return text(utc_words(moment))
    return {
        "type": "date",
        "timestamp": unix_seconds(moment),
        "format": shown,
        "fallback": utc_words(moment),
    }


def user(user_id: str) -> Piece:
    """A person whose id came from Slack itself."""
    return {"type": "user", "user_id": user_id}


def channel(channel_id: str) -> Piece:
    """A channel whose id came from Slack itself."""
    return {"type": "channel", "channel_id": channel_id}


def link(url: str, label: str) -> Piece:
    """A link of ours."""
    return {"type": "link", "url": url, "text": label}


def paragraph(*pieces: Piece) -> Block:
    """A block of one paragraph."""
    return {"type": "rich_text", "elements": [_section(pieces)]}


def lines(rows: Iterable[Iterable[Piece]], title: str = "") -> Block | None:
    """A block of lines under a title; None where there are none."""
    listed = [list(row) for row in rows]
    if not listed:
        return None
    if title:
        listed.insert(0, [strong(title)])
    return {"type": "rich_text", "elements": [_section(_broken(listed))]}


def preformatted(words: str, title: str = "") -> Block:
    """Text of others in a fixed width, which no character in it can leave."""
    body = {"type": "rich_text_preformatted", "elements": [text(clean(words))]}
    titled = [_section([strong(title)])] if title else []
    return {"type": "rich_text", "elements": [*titled, body]}


def _section(pieces: Iterable[Piece]) -> Block:
    return {"type": "rich_text_section", "elements": list(pieces)}


def _broken(rows: Iterable[Iterable[Piece]]) -> Iterator[Piece]:
    for number, row in enumerate(rows):
        if number:
            yield text("\n")
        yield from row
