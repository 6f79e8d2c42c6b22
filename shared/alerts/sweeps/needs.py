"""What the subscriptions ask of the sweeps, taken together."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from shared.alerts.finding import TROUBLE, Kind
from shared.alerts.wanted import Wanted

_SCHEDULES = frozenset({Kind.SCHEDULE_PAUSED, Kind.SCHEDULE_MISSED, Kind.SCHEDULE_FAILING})


@dataclass(frozen=True, slots=True)
class Needs:
    """Which kinds anybody wants, with the distinct bounds of Kind.SLOW.

    Nobody wants what happened before `since`, the creation of the oldest subscription.
    """

    kinds: frozenset[Kind]
    slow_seconds: frozenset[float] = frozenset()
    slow_medians: frozenset[float] = frozenset()
    since: datetime | None = None

    @property
    def slow(self) -> bool:
        """Whether somebody wants to hear of executions that run long."""
        return Kind.SLOW in self.kinds and bool(self.slow_seconds or self.slow_medians)

    @property
    def schedules(self) -> bool:
        """Whether somebody wants to hear of schedules."""
        return bool(self.kinds & _SCHEDULES)

    def stores(self, kind: Kind) -> bool:
        """Whether a finding of this kind is worth keeping; a recovery ends what was troubled."""
        return kind in self.kinds or (kind is Kind.RECOVERED and bool(self.kinds & TROUBLE))


def needs_of(wanteds: Iterable[Wanted], since: datetime | None = None) -> Needs:
    """What these filters need to be answered."""
    every = list(wanteds)
    slow = [each for each in every if Kind.SLOW in each.kinds]
    seconds = {each.slower_than_seconds for each in slow}
    medians = {each.slower_than_medians for each in slow}
    return Needs(
        kinds=frozenset().union(*(each.kinds for each in every)),
        slow_seconds=frozenset(each for each in seconds if each is not None),
        slow_medians=frozenset(each for each in medians if each is not None),
        since=since,
    )
