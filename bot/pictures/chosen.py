"""Which rows a picture has room for."""

from collections import Counter
from collections.abc import Sequence

from bot.pictures.rows import Row
from bot.pictures.tones import DONE, tone_of

MOST_ROWS = 60


def chosen(rows: Sequence[Row], most: int = MOST_ROWS) -> tuple[tuple[Row, ...], str]:
    """The rows to show in their order, and what is to be said of the others."""
    if len(rows) <= most:
        return tuple(rows), ""
    ranked = sorted(range(len(rows)), key=lambda at: _rank(rows[at], at))
    kept = set(ranked[:most])
    left = Counter(tone_of(row.state).word for at, row in enumerate(rows) if at not in kept)
    told = ", ".join(f"{count:,} {word}" for word, count in left.most_common())
    return tuple(rows[at] for at in sorted(kept)), f"not shown: {told}"


def _rank(row: Row, at: int) -> tuple[int, int, int]:
    """The whole first, then what is wrong or open, then the longest."""
    if at == 0:
        return (0, 0, 0)
    quiet = tone_of(row.state) is DONE
    length = 0 if row.end_ms is None else row.end_ms - row.start_ms
    return (2 if quiet else 1, -length, at)
