"""The axis of time."""

from dataclasses import dataclass

from shared.text import duration_words

_STEPS = (
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000,
    120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000,
    43_200_000, 86_400_000, 172_800_000, 604_800_000, 1_209_600_000, 2_592_000_000,
)  # fmt: skip
_TICKS = 7


@dataclass(frozen=True, slots=True)
class Scale:
    """Milliseconds to pixels between `left` and `right`."""

    left: int
    right: int
    length_ms: int

    def x(self, moment_ms: float) -> int:
        """Where a moment is; what lies outside is at the edge."""
        share = min(max(moment_ms / self.length_ms, 0.0), 1.0)
        return self.left + round(share * (self.right - self.left))

    def ticks(self) -> list[tuple[int, str]]:
        """Where lines go, and what is written there."""
        step = next((each for each in _STEPS if self.length_ms / each <= _TICKS), None)
        step = step or max(round(self.length_ms / _TICKS), 1)
        marks = range(0, self.length_ms + 1, step)
        return [(self.x(mark), duration_words(mark) if mark else "0") for mark in marks]
