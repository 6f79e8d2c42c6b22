"""Whether the sweeps come round for those who wait for alerts: doctor and health judge alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.alerts.behind import Wait, behind, waits
from shared.alerts.subscriptions import Subscription
from shared.doctor.standing import Standing

# Several sweeps in a row, with all the patience they have, fit into it.
SWEEP_BOUND = timedelta(minutes=5)
_SWEEPS = 3


@dataclass(frozen=True, slots=True)
class Lateness:
    """Whether no sweep was complete for too long; where some were, the parts left behind."""

    all: bool
    parts: Sequence[Wait] = ()


def sweep_bound(every: float) -> timedelta:
    """What is too long for a bot that begins a sweep after so many seconds."""
    return max(SWEEP_BOUND, _SWEEPS * timedelta(seconds=every))


def lateness(
    standing: Standing, subscriptions: Sequence[Subscription], bound: timedelta = SWEEP_BOUND
) -> Lateness:
    """What these subscriptions wait for and what did not come round for so long."""
    if standing.sweeps_are_late(bound):
        return Lateness(all=True)
    known = waits(standing.sweep, subscriptions)
    return Lateness(all=False, parts=behind(known, standing.read_at, bound))
