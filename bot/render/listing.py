"""Long lists of lines: short ones in the message, long ones as a file with their end shown."""

from collections.abc import Sequence

from bot.message import Block, File
from bot.render import rich
from bot.render.files import text_file
from bot.render.words import many

_FITS = 2_500


def listing(
    name: str, lines: Sequence[str], title: str, noun: str, *, ending: bool = True
) -> tuple[list[Block], list[File]]:
    """The lines; where they are too many, the last (or first) of them, and all in a file."""
    whole = "\n".join(lines)
    if len(whole) <= _FITS:
        return [rich.preformatted(whole)], []
    shown = _some(lines, ending=ending)
    which = "last" if ending else "first"
    told = rich.paragraph(
        rich.faint(f"The {which} {len(shown):,} of {many(len(lines), noun)}; all are in the file.")
    )
    return [told, rich.preformatted("\n".join(shown))], [text_file(name, whole, title)]


def _some(lines: Sequence[str], *, ending: bool) -> list[str]:
    kept: list[str] = []
    room = _FITS
    for line in reversed(lines) if ending else lines:
        room -= len(line) + 1
        if room < 0 and kept:
            break
        kept.append(line[:_FITS])
    return kept[::-1] if ending else kept
