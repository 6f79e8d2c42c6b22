"""Long lists of lines: short ones in the message, long ones as a file with their end shown."""

from collections.abc import Sequence

from bot.message import Block, File
from bot.render import rich
from bot.render.files import text_file
from bot.render.words import many
from shared.text import clean

_FITS = 2_500


def listing(
    name: str,
    lines: Sequence[str],
    title: str,
    noun: str,
    *,
    ending: bool = True,
    whole: Sequence[str] | None = None,
) -> tuple[list[Block], list[File]]:
    """The lines; where they are too many, the last (or first) of them, and all in a file.

    `whole` has the lines at their full length for the file, where `lines` are shortened ones.
    """
    short, full = "\n".join(lines), "\n".join(whole or lines)
    if len(short) <= _FITS and _words(short) == _words(full):
        return [rich.preformatted(short)], []
    shown = _some(lines, ending=ending)
    told = rich.paragraph(rich.faint(_told(len(shown), len(lines), noun, ending=ending)))
    return [told, rich.preformatted("\n".join(shown))], [text_file(name, full, title)]


def _told(shown: int, count: int, noun: str, *, ending: bool) -> str:
    if shown == count:
        return "Long ones are shortened; the file has all of them."
    which = "last" if ending else "first"
    return f"The {which} {shown:,} of {many(count, noun)}; all are in the file."


def _words(text: str) -> list[str]:
    return clean(text).split()


def _some(lines: Sequence[str], *, ending: bool) -> list[str]:
    kept: list[str] = []
    room = _FITS
    for line in reversed(lines) if ending else lines:
        room -= len(line) + 1
        if room < 0 and kept:
            break
        kept.append(line[:_FITS])
    return kept[::-1] if ending else kept
