"""A file as messages, for when Slack takes none: nothing that was asked for is lost."""

from collections.abc import Iterator
from itertools import islice

from bot.blocks import SECTION_LIMIT, context, preformatted, section
from bot.message import File, Message
from bot.mrkdwn import code, line
from shared.errors import OpsError
from shared.text import clean

_BLOCKS = 3
_MOST_MESSAGES = 12


def spelled_out(file: File, error: OpsError) -> Iterator[Message]:
    """Why there is no file, and its text in as many messages as it takes."""
    name = code(file.name)
    text = _text(file)
    shown = tuple(islice(_parts(text), _BLOCKS * _MOST_MESSAGES))
    left = len(text) - sum(map(len, shown))
    why = f"⚠️ {name} could not be put here. {line(str(error), 400)}"
    rest = f" The last {left:,} characters are left out." if left else ""
    told = f"{why} Its text follows.{rest}" if shown else why
    first = (section(told), *map(preformatted, shown[:_BLOCKS]))
    yield Message(told, first)
    for at in range(_BLOCKS, len(shown), _BLOCKS):
        small = f"{name}, part {at // _BLOCKS + 1} of {-(-len(shown) // _BLOCKS)}"
        yield Message(small, (context(small), *map(preformatted, shown[at : at + _BLOCKS])))


def _text(file: File) -> str:
    if file.instead:
        return file.instead
    try:
        return clean(file.content.decode())
    except UnicodeDecodeError:
        return ""


def _parts(text: str) -> Iterator[str]:
    """Pieces that a block holds, each of whole lines where lines are short enough."""
    at = 0
    while at < len(text):
        end = min(at + SECTION_LIMIT, len(text))
        if end < len(text):
            end = text.rfind("\n", at, end) + 1 or end
        yield text[at:end]
        at = end
