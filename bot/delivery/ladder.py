"""Plainer forms of a message, for when Slack refuses the richer one."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.blocks import MESSAGE_BLOCKS, SECTION_LIMIT, cut, preformatted
from bot.message import Block, File, Message
from bot.mrkdwn import escape

REFUSALS_OF_CONTENT = frozenset(
    {
        "block_mismatch",
        "invalid_attachments",
        "invalid_blocks",
        "invalid_blocks_format",
        "markdown_text_conflict",
        "msg_blocks_too_long",
        "msg_too_long",
        "too_many_attachments",
    }
)
# What every client and workspace has understood for years.
_CLASSIC = frozenset(
    {"actions", "context", "divider", "header", "image", "rich_text", "section", "video"}
)
_ALL_BLOCKS = 12_000
_TEXT = 3_000


@dataclass(frozen=True, slots=True)
class Form:
    """One way to show a message; `rest` is a file with what did not fit."""

    step: int
    text: str
    blocks: tuple[Block, ...] = ()
    rest: File | None = None


def forms(message: Message, first: int = 0) -> Iterator[Form]:
    """The message as it is, then ever plainer, beginning at a step; no form comes twice."""
    plain = [each for block in message.blocks for each in _plainer(block)]
    spelled = _spelled(message.text, plain)
    steps = [
        Form(0, message.text, message.blocks),
        Form(1, message.text, _within_limits(plain)),
        Form(2, spelled),
        Form(3, cut(spelled, _TEXT), rest=_file(spelled)),
    ]
    seen: list[tuple[str, tuple[Block, ...]]] = []
    for form in steps:
        shown = (form.text, form.blocks)
        if form.step >= first and shown not in seen:
            seen.append(shown)
            yield form


def _within_limits(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Controls are kept for as long as possible."""
    kept = list(blocks[:MESSAGE_BLOCKS])
    while kept and sum(map(_size, kept)) > _ALL_BLOCKS:
        kept.remove(max(kept, key=lambda block: (block["type"] != "actions", _size(block))))
    return tuple(kept)


def _plainer(block: Block) -> Iterator[Block]:
    """The same in old kinds of blocks."""
    match block.get("type"):
        case "table" | "data_table":
            yield preformatted(_lines(block.get("rows") or ()))
        case "container":
            for child in block.get("child_blocks") or block.get("blocks") or ():
                yield from _plainer(child)
        case kind if kind in _CLASSIC:
            yield block


def _spelled(text: str, blocks: Sequence[Block]) -> str:
    """The text, and below it what the blocks say beside it; controls have no text form."""
    said = (each for block in blocks for each in _texts(block))
    return "\n".join((text, *(each for each in said if each not in text)))


def _texts(shown: object) -> Iterator[str]:
    match shown:
        case {"type": "actions"}:
            pass
        case {"type": "mrkdwn", "text": str(text)}:
            yield text
        case {"text": str(text)}:
            # What was shown as it is must not become a mention or a link.
            yield escape(text)
        case dict():
            for name in ("text", "fields", "elements"):
                yield from _texts(shown.get(name))
        case list():
            for each in shown:
                yield from _texts(each)


def _lines(rows: Iterable[Sequence[Block]]) -> str:
    written = "\n".join(" | ".join(str(cell.get("text", "")) for cell in row) for row in rows)
    return written if len(written) <= SECTION_LIMIT else f"{written[: SECTION_LIMIT - 1]}…"


def _file(text: str) -> File:
    return File("message.txt", text.encode(), "The whole message", "text")


def _size(block: Block) -> int:
    return len(json.dumps(block, ensure_ascii=False))
