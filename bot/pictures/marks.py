"""Shapes: the marks of states, bars and their stripes."""

from functools import cache

from PIL import Image, ImageDraw

from bot.pictures.tones import PAPER, Colour, Mark

type Pen = ImageDraw.ImageDraw
type Box = tuple[int, int, int, int]

_STEP = 7


def paler(colour: Colour, share: float) -> Colour:
    """The colour mixed with so much paper."""
    red, green, blue = (
        round(own + (paper - own) * share) for own, paper in zip(colour, PAPER, strict=True)
    )
    return red, green, blue


@cache
def disc(size: int, mark: Mark, colour: Colour) -> Image.Image:
    """A mark in a disc, with smooth edges."""
    large = size * 4
    image = Image.new("RGBA", (large, large), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.ellipse((0, 0, large - 1, large - 1), fill=colour)
    _shape(pen, mark, large)
    return image.resize((size, size), Image.Resampling.LANCZOS)


def _shape(pen: Pen, mark: Mark, size: int) -> None:
    def at(*places: float) -> list[int]:
        return [round(place * size) for place in places]

    stroke = max(size // 9, 1)
    match mark:
        case Mark.CHECK:
            pen.line(at(0.27, 0.52, 0.44, 0.69, 0.74, 0.34), PAPER, stroke, joint="curve")
        case Mark.CROSS:
            pen.line(at(0.32, 0.32, 0.68, 0.68), PAPER, stroke)
            pen.line(at(0.68, 0.32, 0.32, 0.68), PAPER, stroke)
        case Mark.PLAY:
            pen.polygon(at(0.39, 0.29, 0.39, 0.71, 0.74, 0.5), PAPER)
        case Mark.AGAIN:
            pen.arc(at(0.27, 0.27, 0.73, 0.73), 300, 215, PAPER, stroke)
            pen.polygon(at(0.52, 0.14, 0.52, 0.46, 0.74, 0.31), PAPER)
        case Mark.PAUSE:
            pen.rectangle(at(0.34, 0.3, 0.44, 0.7), PAPER)
            pen.rectangle(at(0.56, 0.3, 0.66, 0.7), PAPER)
        case Mark.CLOCK:
            pen.line(at(0.5, 0.24, 0.5, 0.52, 0.7, 0.62), PAPER, stroke, joint="curve")
        case Mark.BAR:
            pen.line(at(0.28, 0.5, 0.72, 0.5), PAPER, stroke)
        case Mark.DOT:
            pen.ellipse(at(0.39, 0.39, 0.61, 0.61), PAPER)


def bar(image: Image.Image, box: Box, colour: Colour, *, hatched: bool) -> None:
    """A bar with round corners; stripes mark it where a colour might not be seen."""
    left, top, right, bottom = box
    pen = ImageDraw.Draw(image)
    radius = min((bottom - top) // 3, (right - left) // 2)
    pen.rounded_rectangle(box, radius, fill=colour)
    if not hatched or right - left < _STEP * 2:
        return
    pale = paler(colour, 0.42)
    height = bottom - top
    for x in range(left + radius, right - height - radius, _STEP * 2):
        points = [(x, bottom), (x + height, top), (x + height + _STEP, top), (x + _STEP, bottom)]
        pen.polygon(points, fill=pale)


def open_bar(image: Image.Image, box: Box, colour: Colour) -> None:
    """A bar that goes on: it fades towards an arrow at the present."""
    left, top, right, bottom = box
    pen = ImageDraw.Draw(image)
    height = bottom - top
    tip = min(height, max(right - left, 1))
    span = max(right - tip - left, 0)
    steps = max(span // 6, 1)
    for step in range(steps):
        begin, end = (left + span * part // steps for part in (step, step + 1))
        pen.rectangle((begin, top, end, bottom), fill=paler(colour, 0.55 * step / steps))
    points = [(left + span, top), (right, (top + bottom) // 2), (left + span, bottom)]
    pen.polygon(points, fill=paler(colour, 0.3))


def rule(pen: Pen, begin: tuple[int, int], length: int, colour: Colour) -> None:
    """A line of dots across, such as a wait before the begin of a bar."""
    x, y = begin
    for at in range(x, x + length, 8):
        pen.rectangle((at, y - 1, min(at + 3, x + length), y + 1), fill=colour)
