"""The fonts of a picture: Pillow's own, and those of the machine for the letters which it lacks."""

from collections.abc import Iterator
from functools import cache, lru_cache

from PIL import ImageFont

type Font = ImageFont.FreeTypeFont

# Usual ones of Linux, macOS and Windows, those of many scripts first; which of them are there
# depends on the machine, and a picture is readable without any.
_OF_MACHINES = (
    "DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf",
    "Arial Unicode.ttf", "Arial.ttf", "arial.ttf", "segoeui.ttf",
    "NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "DroidSansFallbackFull.ttf",
    "wqy-microhei.ttc", "wqy-zenhei.ttc", "PingFang.ttc", "Hiragino Sans GB.ttc",
    "AppleSDGothicNeo.ttc", "msyh.ttc", "msgothic.ttc", "malgun.ttf",
    "NotoSansArabic-Regular.ttf", "NotoSansHebrew-Regular.ttf", "NotoSansDevanagari-Regular.ttf",
    "NotoSansThai-Regular.ttf", "Nirmala.ttf", "LeelawUI.ttf", "unifont.otf", "unifont.ttf",
)  # fmt: skip
_NOBODYS = "\U0010ffff"
_ANY_SIZE = 24


@lru_cache(maxsize=4_096)
def font_of(text: str, size: int) -> Font:
    """Pillow's own font where it has every letter, else the one that has most of them."""
    letters = set(text)
    best, missing = own(size), sum(not has(own(_ANY_SIZE), letter) for letter in letters)
    for name in _there() if missing else ():
        lacks = sum(not has(_of_machine(name, _ANY_SIZE), letter) for letter in letters)
        if lacks < missing:
            best, missing = _of_machine(name, size), lacks
        if not missing:
            break
    return best


@cache
def own(size: int) -> Font:
    """The font that comes with Pillow: Aileron, with ASCII and a few signs."""
    found = ImageFont.load_default(size)
    assert isinstance(found, ImageFont.FreeTypeFont)
    return found


@lru_cache(maxsize=16_384)
def has(font: Font, letter: str) -> bool:
    """Whether the font can draw the letter; for others it draws the same box."""
    return letter.isspace() or _drawn(font, letter) != _drawn(font, _NOBODYS)


def _there() -> Iterator[str]:
    return (name for name in _OF_MACHINES if _is_there(name))


@cache
def _is_there(name: str) -> bool:
    try:
        _of_machine(name, _ANY_SIZE)
    except OSError:
        return False
    return True


@cache
def _of_machine(name: str, size: int) -> Font:
    return ImageFont.truetype(name, size)


def _drawn(font: Font, letter: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(letter, mode="1")
    return mask.size, bytes(mask)
