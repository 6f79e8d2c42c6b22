"""How a workflow has been doing: whether it is failing, and how long its executions take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from statistics import median
from typing import Any, Self

DURATIONS = 30
_ENOUGH_DURATIONS = 5


type Identity = tuple[str, str]


class Outcome(StrEnum):
    """What the end of a run says about its workflow."""

    GOOD = "good"
    BAD = "bad"
    NEITHER = "-"


@dataclass(frozen=True, slots=True)
class End:
    """How and when a run ended; `told` when it was reported as the recovery of its workflow."""

    at: datetime
    execution_id: str
    run_id: str | None
    outcome: Outcome
    duration_ms: int | None = None
    deployment: str | None = None
    told: bool = False

    @property
    def identity(self) -> Identity:
        """The same for a run however often it is listed."""
        return self.execution_id, self.run_id or self.at.isoformat()

    @property
    def place(self) -> tuple[datetime, str, str]:
        """Its place in the order of ends."""
        return (self.at, *self.identity)


@dataclass(frozen=True, slots=True)
class Health:
    """A workflow's ends of late in their order, and before them whether it was failing.

    The ends are kept for as long as another one may turn up among them.
    """

    failing: bool = False
    ends: tuple[End, ...] = ()
    durations: tuple[int, ...] = ()

    @property
    def median_ms(self) -> float | None:
        """The recent median of the completed ones, where there are enough of them."""
        return median(self.durations) if len(self.durations) >= _ENOUGH_DURATIONS else None

    @property
    def known(self) -> frozenset[Identity]:
        """The identities of the ends."""
        return frozenset(end.identity for end in self.ends)

    def with_ends(self, new: Sequence[End]) -> Self:
        """With more ends, none of them known, and their recoveries told."""
        good = [end for end in new if end.outcome is Outcome.GOOD]
        lengths = (end.duration_ms for end in good if end.duration_ms is not None)
        ends = sorted((*self.ends, *new), key=lambda end: end.place)
        durations = (*self.durations, *lengths)[-DURATIONS:]
        return replace(self, ends=_told(self.failing, ends), durations=durations)

    def settled(self, before: datetime) -> Self:
        """Without the ends before then, of which only the last word is kept."""
        failing = self.failing
        for end in self.ends:
            if end.at < before and end.outcome is not Outcome.NEITHER:
                failing = end.outcome is Outcome.BAD
        kept = tuple(end for end in self.ends if end.at >= before)
        return replace(self, failing=failing, ends=kept)

    def forgetting_ends(self) -> Self:
        """With the durations alone, after a time that nobody looked at."""
        return replace(self, failing=False, ends=())

    def with_durations(self, durations: Sequence[int]) -> Self:
        """With durations that were read elsewhere, instead of the few that are known."""
        return replace(self, durations=tuple(durations)[-DURATIONS:])

    @property
    def value(self) -> dict[str, Any]:
        """As the store keeps it."""
        return {
            "failing": self.failing,
            "ends": [_row(end) for end in self.ends],
            "durations": list(self.durations),
        }

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Self:
        """From the store."""
        ends = tuple(_end(*row) for row in value["ends"])
        return cls(value["failing"], ends, tuple(value["durations"]))


def _told(failing: bool, ends: Sequence[End]) -> tuple[End, ...]:
    """With one recovery for each time of trouble that a good end follows.

    It is the first good end; but when a better one turns up late, what was told stays told.
    """
    told = list(ends)
    block: list[int] = []
    for index, end in enumerate(ends):
        if end.outcome is Outcome.BAD:
            _tell(told, block)
            failing, block = True, []
        elif end.outcome is Outcome.GOOD and failing:
            block.append(index)
    _tell(told, block)
    return tuple(told)


def _tell(ends: list[End], block: list[int]) -> None:
    if block and not any(ends[index].told for index in block):
        ends[block[0]] = replace(ends[block[0]], told=True)


def _row(end: End) -> list[Any]:
    at = end.at.isoformat()
    rest = (end.duration_ms, end.deployment, end.told)
    return [at, end.execution_id, end.run_id, end.outcome.value, *rest]


def _end(at: str, execution_id: str, run_id: str | None, outcome: str, *rest: Any) -> End:
    return End(datetime.fromisoformat(at), execution_id, run_id, Outcome(outcome), *rest)
