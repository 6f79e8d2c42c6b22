"""How a workflow has been doing: whether it is failing, and how long its executions take."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import dropwhile
from statistics import median
from typing import Any, Self

DURATIONS = 30
_ENOUGH_DURATIONS = 5
# Where every release has a deployment of its own, those in trouble long ago are forgotten.
_DEPLOYMENTS = 20

type Identity = tuple[str, str]


class Outcome(StrEnum):
    """What the end of a run says about its workflow."""

    GOOD = "good"
    BAD = "bad"
    NEITHER = "-"


@dataclass(frozen=True, slots=True)
class End:
    """How and when a run ended; `told` when it was reported as a recovery."""

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


type Outcomes = Mapping[str | None, Outcome]
"""How the latest run of each deployment ended, in the order of those ends."""


@dataclass(frozen=True, slots=True)
class Health:
    """A workflow's ends of late in their order, and how its deployments were doing before them.

    The ends are kept for as long as another one may turn up among them. What was good before
    anything went wrong says nothing about a recovery, so that `before` of a healthy workflow is
    empty.
    """

    before: Outcomes = field(default_factory=dict)
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
        return replace(self, ends=_told(self.before, ends), durations=durations)

    def until(self, last: End) -> Outcomes:
        """How the deployments were doing when that one of the ends came."""
        return _after(self.before, (end for end in self.ends if end.place < last.place))

    def settled(self, before: datetime) -> Self:
        """Without the ends before then, of which only the last words are kept."""
        old = [end for end in self.ends if end.at < before]
        kept = tuple(end for end in self.ends if end.at >= before)
        return replace(self, before=_since_trouble(_after(self.before, old)), ends=kept)

    def forgetting_ends(self) -> Self:
        """With the durations alone, after a time that nobody looked at."""
        return replace(self, before={}, ends=())

    def with_durations(self, durations: Sequence[int]) -> Self:
        """With durations that were read elsewhere, instead of the few that are known."""
        return replace(self, durations=tuple(durations)[-DURATIONS:])

    @property
    def value(self) -> dict[str, Any]:
        """As the store keeps it; `failing` is for replicas of an earlier release."""
        return {
            "before": [[name, outcome.value] for name, outcome in self.before.items()],
            "failing": [*self.before.values()][-1:] == [Outcome.BAD],
            "ends": [_row(end) for end in self.ends],
            "durations": list(self.durations),
        }

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Self:
        """From the store."""
        # An earlier release did not say in which deployment the trouble was.
        unknown = [(None, Outcome.BAD)] if value["failing"] else []
        rows = value.get("before", unknown)
        ends = tuple(_end(*row) for row in value["ends"])
        before = {name: Outcome(outcome) for name, outcome in rows}
        return cls(before, ends, tuple(value["durations"]))


def _told(before: Outcomes, ends: Sequence[End]) -> tuple[End, ...]:
    """With a recovery, for each deployment, of each time of trouble that a good end of it follows.

    It is the first good end; but when a better one turns up late, what was told stays told.
    """
    told = list(ends)
    doing = dict(before)
    following: dict[str | None, list[int]] = {}
    for index, end in enumerate(ends):
        if end.outcome is Outcome.BAD:
            _tell(told, following)
            following = {}
        elif end.outcome is Outcome.GOOD and end.deployment in following:
            following[end.deployment].append(index)
        elif end.outcome is Outcome.GOOD and _ends_trouble(doing, end.deployment):
            following[end.deployment] = [index]
        _take(doing, end)
    _tell(told, following)
    return tuple(told)


def _tell(ends: list[End], following: Mapping[str | None, Sequence[int]]) -> None:
    for block in following.values():
        if not any(ends[index].told for index in block):
            ends[block[0]] = replace(ends[block[0]], told=True)


def _ends_trouble(doing: Outcomes, deployment: str | None) -> bool:
    """Whether a good end of it is the first since its own trouble, or since that of another."""
    for name, outcome in [*doing.items()][::-1]:
        if outcome is Outcome.BAD:
            return True
        if name == deployment:
            return False
    return False


def _after(before: Outcomes, ends: Iterable[End]) -> Outcomes:
    doing = dict(before)
    for end in ends:
        _take(doing, end)
    return doing


def _take(doing: dict[str | None, Outcome], end: End) -> None:
    if end.outcome is not Outcome.NEITHER:
        doing.pop(end.deployment, None)
        doing[end.deployment] = end.outcome


def _since_trouble(doing: Outcomes) -> Outcomes:
    """From the first that is in trouble on; of very many deployments the latest."""
    latest = [*doing.items()][-_DEPLOYMENTS:]
    return dict(dropwhile(lambda each: each[1] is not Outcome.BAD, latest))


def _row(end: End) -> list[Any]:
    at = end.at.isoformat()
    rest = (end.duration_ms, end.deployment, end.told)
    return [at, end.execution_id, end.run_id, end.outcome.value, *rest]


def _end(at: str, execution_id: str, run_id: str | None, outcome: str, *rest: Any) -> End:
    return End(datetime.fromisoformat(at), execution_id, run_id, Outcome(outcome), *rest)
