"""Text that Pillow's own font can draw: safe, bounded, never wider than its room."""

import unicodedata
from functools import cache

from PIL import ImageFont

from shared.text import clean, one_line

# The font of Pillow 13 (Aileron) has ASCII and these.
_MORE = frozenset("\u00a9\u00ab\u00b0\u00b1\u00b4\u00b7\u00bb\u2018\u2019\u201c\u201d\u2026\u2122")
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

type Font = ImageFont.FreeTypeFont


@cache
def font(size: int) -> Font:
    """The font that comes with Pillow."""
    found = ImageFont.load_default(size)
    assert isinstance(found, ImageFont.FreeTypeFont)
    return found


def drawable(text: str, limit: int = 160) -> str:
    """The text in letters of the font; accents are dropped, and what it lacks becomes a box."""
    plain = one_line(clean(text), limit).translate(_FOLDED)
    folded = unicodedata.normalize("NFKD", plain).translate(_FOLDED)
    letters = (each for each in folded if not unicodedata.combining(each))
    return "".join(each if _known(each) else MISSING for each in letters).strip()


def width(text: str, of: Font) -> int:
    """How wide the text is, in pixels."""
    return round(of.getlength(text))


def fitted(text: str, of: Font, room: int) -> str:
    """As much of the text as fits, with an ellipsis where some is missing."""
    if width(text, of) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        fits = width(text[:middle].rstrip() + _ELLIPSIS, of) <= room
        low, high = (middle, high) if fits else (low, middle - 1)
    return text[:low].rstrip() + _ELLIPSIS if low else ""


def _known(letter: str) -> bool:
    return letter in _MORE or " " <= letter <= "~"
