"""A table of measurements with their bounds."""

import operator
from collections.abc import Sequence
from dataclasses import dataclass

_SIGNS = {"at least": operator.ge, "at most": operator.le}


@dataclass(frozen=True, slots=True)
class Row:
    """One measure: what we found, what stands beside it, and what it must not cross."""

    measure: str
    ours: str
    beside: str
    value: float
    sign: str
    bound: float
    unit: str = "x"

    @property
    def holds(self) -> bool:
        return bool(_SIGNS[self.sign](self.value, self.bound))

    def cells(self) -> tuple[str, ...]:
        found = f"{self.value:,.2f}{self.unit}" if self.unit == "x" else f"{self.value:,.0f}"
        bound = f"{self.sign} {self.bound:g}{self.unit if self.unit == 'x' else ''}"
        return (
            self.measure,
            self.ours,
            self.beside,
            found if self.unit == "x" else f"{found} {self.unit}",
            bound,
            "ok" if self.holds else "MISSED",
        )


def draw(rows: Sequence[Row]) -> str:
    """The rows as a table of text."""
    head = ("measure", "ours", "beside it", "found", "bound", "")
    lines = [head, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    drawn = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    ]
    drawn.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(line.rstrip() for line in drawn)
