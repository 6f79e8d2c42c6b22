"""The colours of the picture, few enough for a small file that is quick to write."""

import io
from functools import cache
from itertools import chain

from PIL import Image

from bot.pictures.marks import paler
from bot.pictures.tones import (
    EDGE,
    GRID,
    INK,
    PAPER,
    RETRYING,
    RUNNING,
    SOFT,
    STRIPE,
    TONES,
    WAITING,
    WARM,
    Colour,
)  # fmt: skip

_EDGES, _FADING = 10, 40


def png(image: Image.Image) -> bytes:
    """The picture in our own colours: a third of the time and of the size of all colours."""
    written = io.BytesIO()
    few = image.quantize(palette=_palette(), dither=Image.Dither.NONE)
    few.save(written, "PNG", compress_level=6)
    return written.getvalue()


@cache
def _palette() -> Image.Image:
    """Each colour, and its shades towards the paper as smooth edges and fading bars need them."""
    going_on = (RUNNING.colour, RETRYING.colour, WAITING.colour)
    strong = (INK, SOFT, WARM, *(tone.colour for tone in TONES if tone.colour not in going_on))
    shades = (
        _in_steps(paler(each, step / count))
        for each, count in (*((x, _FADING) for x in going_on), *((x, _EDGES) for x in strong))
        for step in range(count)
    )
    colours: list[Colour] = [*dict.fromkeys((PAPER, STRIPE, GRID, EDGE, *shades))][:256]
    image = Image.new("P", (1, 1))
    image.putpalette([*chain.from_iterable(colours), *PAPER * (256 - len(colours))])
    return image


def _in_steps(colour: Colour) -> Colour:
    red, green, blue = (min(round(each / 4) * 4, 252) for each in colour)
    return red, green, blue
