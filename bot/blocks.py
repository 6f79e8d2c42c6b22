"""Builders of Block Kit, within Slack's limits; texts given to `mrkdwn` ones are escaped already.

Limits: docs.slack.dev, reference/block-kit (read November 2026).
"""

from collections.abc import Iterable, Sequence

from bot.message import Block
from bot.mrkdwn import plain

SECTION_LIMIT = 3_000
HEADER_LIMIT = 150
CONTEXT_ELEMENTS = 10
FIELDS = 10
MESSAGE_BLOCKS = 50


def plain_text(text: str, limit: int = HEADER_LIMIT, *, emoji: bool = False) -> Block:
    """A text object that is not parsed."""
    return {"type": "plain_text", "text": plain(text, limit), "emoji": emoji}


def mrkdwn(text: str, limit: int = SECTION_LIMIT) -> Block:
    """A text object in markup; cut only as a last resort, never inside an entity or a link.

    `verbatim`: Slack makes no links of addresses and no mentions of names that only look so.
    """
    return {"type": "mrkdwn", "text": cut(text, limit) or "-", "verbatim": True}


def header(text: str) -> Block:
    """A title line; emoji characters in it are fine."""
    return {"type": "header", "text": plain_text(text)}


def section(
    text: str | None = None, *, fields: Sequence[str] = (), accessory: Block | None = None
) -> Block:
    """A paragraph, up to ten fields in two columns, and one element beside them."""
    block: Block = {"type": "section"}
    if text is not None:
        block["text"] = mrkdwn(text)
    if fields:
        block["fields"] = [mrkdwn(field, 2_000) for field in fields[:FIELDS]]
    if accessory is not None:
        block["accessory"] = accessory
    return block


def context(*texts: str) -> Block:
    """Small print."""
    return {"type": "context", "elements": [mrkdwn(text) for text in texts[:CONTEXT_ELEMENTS]]}


def actions(*elements: Block) -> Block:
    """A row of buttons and menus; five are shown at most, which is our own limit."""
    return {"type": "actions", "elements": list(elements[:5])}


def small_print(*texts: str) -> Block:
    """Small print that is not parsed, for words that may hold what others wrote."""
    return {
        "type": "context",
        "elements": [plain_text(text, 600) for text in texts[:CONTEXT_ELEMENTS]],
    }


def divider() -> Block:
    """A line across."""
    return {"type": "divider"}


def preformatted(text: str) -> Block:
    """Text of others in a fixed width, which no character in it can leave."""
    part = {"type": "text", "text": text or " "}
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_preformatted", "elements": [part]}],
    }


def table(rows: Iterable[Sequence[str]]) -> Block:
    """Cells of plain text, the first row being the header; a message may hold one table."""
    return {
        "type": "table",
        "rows": [
            [{"type": "raw_text", "text": plain(cell, 300)} for cell in row[:20]]
            for row in list(rows)[:100]
        ],
    }


def cut(text: str, limit: int) -> str:
    """At most so many characters of markup, with an ellipsis where some are missing."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    for opening, closing in (("<", ">"), ("&", ";")):
        start = kept.rfind(opening)
        if start > kept.rfind(closing):
            kept = kept[:start]
    return kept + "…"


def paragraphs(texts: Sequence[str]) -> list[str]:
    """The lines in as few sections as hold them."""
    found: list[str] = []
    for text in texts:
        if found and len(found[-1]) + 1 + len(text) < SECTION_LIMIT - 100:
            found[-1] += "\n" + text
        else:
            found.append(text)
    return found
