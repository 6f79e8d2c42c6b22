"""A waterfall in letters of one width, for where no picture can be."""

from collections.abc import Sequence

from bot.pictures.chosen import chosen
from bot.pictures.rows import Row
from bot.pictures.tones import DONE, FAILED, RETRYING, RUNNING, STOPPED, TIMED_OUT, WAITING, tone_of
from shared.text import duration_words, one_line

_MARKS = {
    DONE.word: "✓",
    RUNNING.word: "▸",
    RETRYING.word: "↻",
    WAITING.word: "?",
    FAILED.word: "✗",
    TIMED_OUT.word: "⏲",
    STOPPED.word: "■",
}
_NAMES, _BARS, _NOTE = 30, 24, 60
_MOST = 40


def waterfall_text(rows: Sequence[Row], now_ms: int | None = None, most: int = _MOST) -> str:
    """A line for each row: mark, name, bar, length, what went wrong."""
    shown, left_out = chosen(rows, most)
    ends = [row.start_ms if row.end_ms is None else row.end_ms for row in rows]
    last = max([1, now_ms or 0, *ends])
    lines = [_line(row, last) for row in shown]
    return (
        "\n".join([*lines, *([left_out] if left_out else [])]) or "Nothing has been recorded yet."
    )


def _line(row: Row, last: int) -> str:
    mark = _MARKS.get(tone_of(row.state).word, "·")
    indent = "  " * min(row.depth, 6)
    tag = f" (attempt {row.attempt})" if row.attempt > 1 else ""
    named = _short(indent + one_line(row.label, 200) + tag)
    note = f"  {one_line(row.note, _NOTE)}" if row.note else ""
    return f"{mark} {named:<{_NAMES}} |{_bar(row, last)}| {_length(row, last)}{note}"


def _short(text: str) -> str:
    return text if len(text) <= _NAMES else f"{text[: _NAMES - 1]}…"


def _bar(row: Row, last: int) -> str:
    end = last if row.end_ms is None else row.end_ms
    left, right = (min(max(round(at / last * _BARS), 0), _BARS) for at in (row.start_ms, end))
    left = min(left, _BARS - 1)
    drawn = "█" * max(right - left, 1)
    if row.end_ms is None:
        drawn = drawn[:-1] + "▸"
    return (" " * left + drawn).ljust(_BARS)


def _length(row: Row, last: int) -> str:
    if row.end_ms is None:
        return f"{duration_words(last - row.start_ms)} so far"
    return duration_words(row.end_ms - row.start_ms)
