"""A waterfall of an execution as a picture: what took how long, and what went wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from bot.pictures.chosen import chosen
from bot.pictures.fonts import font_of, own
from bot.pictures.lettering import drawable, fitted, width
from bot.pictures.marks import bar, disc, open_bar, rule
from bot.pictures.palette import png
from bot.pictures.rows import Row
from bot.pictures.scale import Scale
from bot.pictures.tones import (
    EDGE,
    GRID,
    INK,
    PAPER,
    SOFT,
    STRIPE,
    WARM,
    Colour,
    Tone,
    tone_of,
)
from shared.text import duration_words

# Pixels; everything is drawn at twice the size it is usually seen at.
_WIDE, _MARGIN = 2_000, 48
_NAMES = 560
_ROW, _BAR, _DISC = 50, 24, 26
_HEAD, _AXIS, _FOOT = 120, 52, 84
_INDENT, _DEEPEST = 26, 8
_GAP = 14
_RIGHT_ROOM = 40
_TITLE, _TEXT, _SMALL = 34, 25, 22


@dataclass(slots=True)
class _Sheet:
    """The picture while it is drawn."""

    image: Image.Image
    pen: ImageDraw.ImageDraw
    scale: Scale
    now_ms: int


def waterfall(
    rows: Sequence[Row], *, title: str, subtitle: str = "", now_ms: int | None = None
) -> bytes:
    """A PNG; bars that go on reach up to `now_ms`, or else to the end of the last one.

    Sixty rows take some 0.2 s of work: call it in a thread.
    """
    shown, left_out = chosen(rows)
    height = _HEAD + _AXIS + _ROW * max(len(shown), 1) + _FOOT
    image = Image.new("RGB", (_WIDE, height), PAPER)
    last = _last(rows, now_ms)
    scale = Scale(_MARGIN + _NAMES, _WIDE - _MARGIN - _RIGHT_ROOM, _length(last))
    sheet = _Sheet(image, ImageDraw.Draw(image), scale, last)
    _head(sheet, title, subtitle)
    _axis(sheet, len(shown))
    for at, row in enumerate(shown):
        _row(sheet, row, _HEAD + _AXIS + at * _ROW)
    if not shown:
        _write(sheet, (_MARGIN, _HEAD + _AXIS + 14), "Nothing has been recorded yet.", _TEXT, SOFT)
    _foot(sheet, shown, left_out, height)
    sheet.pen.rectangle((0, 0, _WIDE - 1, height - 1), outline=EDGE, width=2)
    return png(image)


def _last(rows: Sequence[Row], now_ms: int | None) -> int:
    ends = [row.start_ms if row.end_ms is None else row.end_ms for row in rows]
    return max([1, now_ms or 0, *ends])


def _length(last: int) -> int:
    # A little room after the end, so that the last bar does not touch the edge.
    return max(round(last * 1.02), 1)


def _head(sheet: _Sheet, title: str, subtitle: str) -> None:
    room = _WIDE - 2 * _MARGIN
    named = fitted(drawable(title, 200) or "-", _TITLE, room)
    _write(sheet, (_MARGIN, 28), named, _TITLE, INK, stroke=0.6)
    told = fitted(drawable(subtitle, 300), _SMALL, room)
    _write(sheet, (_MARGIN, 76), told, _SMALL, SOFT)


def _axis(sheet: _Sheet, count: int) -> None:
    top = _HEAD + _AXIS
    bottom = top + max(count, 1) * _ROW
    for at in range(0, count, 2):
        box = (2, top + at * _ROW, _WIDE - 3, top + (at + 1) * _ROW - 1)
        sheet.pen.rectangle(box, fill=STRIPE)
    for x, words in sheet.scale.ticks():
        sheet.pen.line((x, top - 8, x, bottom), GRID, 2)
        across = width(words, _SMALL)
        place = min(max(x - across // 2, _MARGIN + _NAMES), _WIDE - _MARGIN - across)
        _write(sheet, (place, top - 38), words, _SMALL, SOFT)
    sheet.pen.line((2, top, _WIDE - 3, top), EDGE, 2)


def _row(sheet: _Sheet, row: Row, top: int) -> None:
    tone = tone_of(row.state)
    _name(sheet, row, tone, top)
    begin, end = _bar(sheet, row, tone, top)
    _told(sheet, row, tone, (begin, end), top)


def _name(sheet: _Sheet, row: Row, tone: Tone, top: int) -> None:
    x = _MARGIN + min(row.depth, _DEEPEST) * _INDENT
    mark = disc(_DISC, tone.mark, tone.colour)
    sheet.image.paste(mark, (x, top + (_ROW - _DISC) // 2), mark)
    x += _DISC + 12
    right = _MARGIN + _NAMES - _GAP * 2
    tag = f"attempt {row.attempt}" if row.attempt > 1 else ""
    tag_room = width(tag, _SMALL) + _GAP if tag else 0
    named = fitted(drawable(row.label) or "-", _TEXT, right - x - tag_room)
    _write(sheet, (x, _line(top, _TEXT)), named, _TEXT, INK)
    if tag:
        beside = x + width(named, _TEXT) + _GAP
        _write(sheet, (beside, _line(top, _SMALL) + 2), tag, _SMALL, SOFT)


def _bar(sheet: _Sheet, row: Row, tone: Tone, top: int) -> tuple[int, int]:
    """Draw it, and tell where it begins and ends."""
    begin = sheet.scale.x(row.start_ms)
    end = sheet.scale.x(sheet.now_ms if row.end_ms is None else row.end_ms)
    end = max(end, begin + 6)
    above = top + (_ROW - _BAR) // 2
    box = (begin, above, end, above + _BAR)
    if row.queued_ms > 0:
        waited = sheet.scale.x(row.start_ms - row.queued_ms)
        rule(sheet.pen, (waited, top + _ROW // 2), begin - waited, SOFT)
    if row.end_ms is None:
        open_bar(sheet.image, box, tone.colour)
    elif row.kind in ("workflow", "child"):
        bar(sheet.image, (begin, above + 6, end, above + _BAR - 6), tone.colour, hatched=False)
    else:
        bar(sheet.image, box, tone.colour, hatched=tone.hatched)
    return begin, end


def _told(sheet: _Sheet, row: Row, tone: Tone, ends: tuple[int, int], top: int) -> None:
    """How long it took and what went wrong: after the bar, or before it where that has room."""
    words = _length_words(row, sheet.now_ms)
    note = drawable(row.note)
    begin, end = ends
    after = _WIDE - _MARGIN // 2 - end - _GAP
    before = begin - sheet.scale.left - _GAP
    needed = width(words, _SMALL)
    y = _line(top, _SMALL)
    room = after if after >= needed or after >= before else before
    if needed > max(after, before):
        _inside(sheet, words, ends, tone, top)
        return
    noted = fitted(note, _SMALL, room - needed - _GAP * 2) if note else ""
    total = needed + (width(noted, _SMALL) + _GAP if noted else 0)
    x = end + _GAP if room == after else begin - _GAP - total
    _write(sheet, (x, y), words, _SMALL, INK)
    _write(sheet, (x + needed + _GAP, y), noted, _SMALL, WARM if tone.hatched else SOFT)


def _inside(sheet: _Sheet, words: str, ends: tuple[int, int], tone: Tone, top: int) -> None:
    """In a box of its own upon a bar that leaves no room beside it."""
    begin, end = ends
    across = width(words, _SMALL)
    x = max(end - across - _GAP * 4, begin)
    middle = top + _ROW // 2
    box = (x - 10, middle - 16, x + across + 10, middle + 16)
    sheet.pen.rounded_rectangle(box, 8, fill=PAPER, outline=tone.colour, width=2)
    _write(sheet, (x, _line(top, _SMALL)), words, _SMALL, INK)


def _length_words(row: Row, now_ms: int) -> str:
    if row.end_ms is None:
        return f"{duration_words(now_ms - row.start_ms)} so far"
    return duration_words(row.end_ms - row.start_ms)


def _foot(sheet: _Sheet, rows: Sequence[Row], left_out: str, height: int) -> None:
    y = height - _FOOT
    sheet.pen.line((2, y, _WIDE - 3, y), EDGE, 2)
    x = _MARGIN
    for tone in dict.fromkeys(tone_of(row.state) for row in rows):
        mark = disc(_DISC, tone.mark, tone.colour)
        sheet.image.paste(mark, (x, y + 28), mark)
        _write(sheet, (x + _DISC + 10, y + 28), tone.word, _SMALL, SOFT)
        x += _DISC + 10 + width(tone.word, _SMALL) + 36
    if any(row.queued_ms for row in rows):
        rule(sheet.pen, (x, y + 42), 44, SOFT)
        _write(sheet, (x + 56, y + 28), "waited for a worker", _SMALL, SOFT)
        x += 56 + width("waited for a worker", _SMALL) + 36
    told = fitted(left_out, _SMALL, _WIDE - _MARGIN - x)
    _write(sheet, (_WIDE - _MARGIN - width(told, _SMALL), y + 28), told, _SMALL, INK)


def _write(
    sheet: _Sheet,
    place: tuple[int, int],
    words: str,
    size: int,
    colour: Colour,
    stroke: float = 0,
) -> None:
    """Below the place; all fonts stand on the same line."""
    if words:
        x, y = place
        line = (x, y + own(size).getmetrics()[0])
        face = font_of(words, size)
        sheet.pen.text(line, words, colour, face, anchor="ls", stroke_width=stroke)


def _line(top: int, size: int) -> int:
    """Where text of this size begins to stand in the middle of a row."""
    return top + (_ROW - round(size * 1.2)) // 2
