"""Text that can be drawn: safe, bounded, never wider than its room."""

import unicodedata

from bot.pictures.fonts import Font, font_of, has
from shared.text import clean, one_line

# For letters that no font of this machine has.
_FOLDED = str.maketrans(
    {
        "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u00d7": "x", "\u2022": "\u00b7",
        "\u2192": "->", "\u2190": "<-", "\u00df": "ss", "\u00e6": "ae", "\u00c6": "AE",
        "\u00f8": "o", "\u00d8": "O", "\u0153": "oe", "\u0152": "OE", "\u0142": "l",
        "\u0141": "L", "\u0131": "i", "\u20ac": "EUR ", "\u00a3": "GBP ", "\u2044": "/",
    }
)  # fmt: skip
MISSING = "\ufffd"
_ELLIPSIS = "…"
_ANY_SIZE = 24


def drawable(text: str, limit: int = 160) -> str:
    """The text in letters of the font that is best for it.

    Other letters lose their accents or are spelled out, and what is left becomes a box.
    """
    plain = unicodedata.normalize("NFC", one_line(clean(text), limit))
    if plain.isascii():
        return plain
    font = font_of(plain, _ANY_SIZE)
    return "".join(each if has(font, each) else _folded(each, font) for each in plain).strip()


def width(text: str, size: int) -> int:
    """How wide the text is, in pixels."""
    return round(font_of(text, size).getlength(text))


def fitted(text: str, size: int, room: int) -> str:
    """As much of the text as fits, with an ellipsis where some is missing."""
    if width(text, size) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        fits = width(text[:middle].rstrip() + _ELLIPSIS, size) <= room
        low, high = (middle, high) if fits else (low, middle - 1)
    return text[:low].rstrip() + _ELLIPSIS if low else ""


def _folded(letter: str, font: Font) -> str:
    plain = letter.translate(_FOLDED)
    if plain == letter:
        parts = unicodedata.normalize("NFKD", letter).translate(_FOLDED)
        plain = "".join(each for each in parts if not unicodedata.combining(each))
    return "".join(each if has(font, each) else MISSING for each in plain)
